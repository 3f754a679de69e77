"""Track the patron's number of loans during a visit: as reported, plus changes made since."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Source, Sourced
from kiosk.desk import visit_lines
from kiosk.desk.effects import AskPatron
from kiosk.desk.session import Context, Session, on_visit, with_guest
from kiosk.events import PatronKnown
from kiosk.views import LineState
from lending.model import ItemId, Patron
from lending.transactions import PinStatus


def store_patron(session: Session, patron: Patron, source: Source) -> Session:
    """Store a fresh patron record; pending transactions may already be included in its loan count."""
    return on_visit(session, patron=patron, source=source, included=_pending_items(session), recounting=False)


def _pending_items(session: Session) -> tuple[ItemId, ...]:
    visit = session.visit
    falling = {drop.item for drop in visit.drops if not drop.delivered}
    undoing = (line.item for line in session.lines if line.transaction and line.state is LineState.CHECKING)
    return (*visit.lending, *(each for each in visit.taking if each not in falling), *undoing)


def is_capped(session: Session, confirmed: bool) -> bool:
    """Return whether a loan counts against the offline limit: unconfirmed, or with an unverified PIN."""
    return not confirmed or session.visit.verified is PinStatus.UNVERIFIED


def count_loan(session: Session, item: ItemId, change: int, capped: bool = False) -> Session:
    """Add `change` to the patron's loans, and to the offline limit if `capped`."""
    visit = session.visit
    if visit.patron is None or item in visit.included:
        return session
    kind = visit.items[item].type if item in visit.items else "book"
    return on_visit(session, patron=with_loan(visit.patron, kind, change, promised=change if capped else 0))


def release_offline_limit(session: Session, item: ItemId) -> Session:
    """Remove a promised loan from the offline limit once the library system has confirmed it."""
    visit = session.visit
    if visit.patron is None or visit.verified is PinStatus.UNVERIFIED or item in visit.included:
        return session
    return on_visit(session, patron=replace(visit.patron, promised=max(0, visit.patron.promised - 1)))


def with_loan(patron: Patron, kind: str, change: int, promised: int = 0) -> Patron:
    loans = {**patron.loans, kind: max(0, patron.loans.get(kind, 0) + change)}
    return replace(patron, loans=loans, promised=max(0, patron.promised + promised))


def count_anew(session: Session) -> Session:
    """Request the loan count again once all pending transactions are settled."""
    visit = session.visit
    if not visit.included or visit.card is None or visit.recounting or visit_lines.checking(session.lines):
        return session
    return on_visit(session, recounting=True, overtaken=False).want(AskPatron(visit.card))


def on_recount(session: Session, ctx: Context, event: PatronKnown) -> Session:
    """Apply the new count; discard and repeat it if another transaction came between."""
    visit = session.visit
    if not visit.recounting or visit.card != event.card or visit.patron is None:
        return session
    session = on_visit(session, recounting=False)
    if visit.overtaken or visit_lines.checking(session.lines):
        return session
    session = on_visit(session, included=())
    if not isinstance(event.answer, Sourced):
        return session
    now = event.answer.value
    promised = visit.patron.promised if visit.verified is PinStatus.UNVERIFIED else now.promised
    return with_guest(on_visit(session, patron=replace(visit.patron, loans=now.loans, promised=promised)), ctx)
