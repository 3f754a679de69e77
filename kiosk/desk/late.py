"""Show the library system's late answer to a promise while the patron is still at the kiosk."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Refused
from kiosk.desk import account, farewell, visit_lines
from kiosk.desk.loan_count import count_loan, is_capped, release_offline_limit
from kiosk.desk.session import Context, Session, as_shown, on_visit, with_guest
from kiosk.events import PromiseSettled
from kiosk.views import Farewell, LineState, VisitLine, VisitTask


def on_promise_settled(session: Session, ctx: Context, event: PromiseSettled) -> Session:
    """Confirm or refuse the line of a promised transaction; those of earlier visits have none."""
    session = _settle_other_cards(session, event)
    line = visit_lines.by_transaction(session.lines, event.transaction)
    if line is None or line.confirmed:
        return session
    done = _with_late_result(line, event)
    if isinstance(session.ground, Farewell):
        return farewell.on_line_changed(session, ctx, done)
    if line.state is LineState.CHECKING:
        return visit_lines.put(session, done)  # an undo of it is pending; its result decides the line
    if isinstance(event.outcome, Refused):
        return _refuse(session, ctx, done, event.outcome)
    if done.errand is VisitTask.BORROW:
        session = with_guest(release_offline_limit(session, done.item), ctx)
    return account.on_renewal_changed(visit_lines.put(session, done), done)


def _refuse(session: Session, ctx: Context, line: VisitLine, outcome: Refused) -> Session:
    block = as_shown(session, ctx, outcome.block)
    if line.errand is VisitTask.BORROW:
        session = with_guest(count_loan(session, line.item, -1, is_capped(session, False)), ctx)
    return visit_lines.refuse(account.on_renewal_changed(session, replace(line, block=block)), line, block)


def _with_late_result(line: VisitLine, event: PromiseSettled) -> VisitLine:
    if line.state is LineState.CHECKING:
        return replace(line, confirmed=not isinstance(event.outcome, Refused))
    done = visit_lines.apply_result(line, event, line.due)
    provisional = line.provisional and done.state is LineState.DONE
    return replace(done, state=LineState.SAVED) if provisional else done


def _settle_other_cards(session: Session, event: PromiseSettled) -> Session:
    """Apply it to the cards of the visit that are set aside."""
    if not any(visit_lines.by_transaction(each.lines, event.transaction) for each in session.visit.aside):
        return session

    def with_result(line: VisitLine) -> VisitLine:
        return _with_late_result(line, event) if line.transaction == event.transaction else line

    aside = tuple(replace(each, lines=tuple(map(with_result, each.lines))) for each in session.visit.aside)
    return on_visit(session, aside=aside)
