"""Show the patron's account (loans, holds, fees) and renew loans; fees are shown, not paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from kiosk.central import Refused as CentralRefused
from kiosk.central import Source, Sourced
from kiosk.desk import checkout, visit_lines
from kiosk.desk.effects import AskAccount, Deliver
from kiosk.desk.session import Context, Session, as_shown, guest_of, is_locked, on_visit
from kiosk.desk.visit_lines import store_patron
from kiosk.events import AccountKnown, Settled
from kiosk.views import Account, Blocked, LineState, LoanLine, VisitLine, VisitTask
from lending import policy as law
from lending.model import Account as Facts
from lending.model import Block, Item, ItemId, Reason
from lending.transactions import Renew

NO_DUE = datetime.max.replace(tzinfo=UTC)


def open_list(session: Session, ctx: Context) -> Session:
    """Open the account of the identified patron and request the loans."""
    guest = guest_of(session, ctx)
    card = session.visit.card
    assert guest is not None and card is not None, "the account opens after the card"
    currency = ctx.policy.currency if ctx.policy else ""
    locked = is_locked(session, ctx)
    opened = Account(
        guest,
        locked=locked,
        currency=currency,
        lines=session.lines,
        hears=ctx.rules.hears,
        record=ctx.rules.record,
    )
    return session.show(opened).want(AskAccount(card))


def on_account(session: Session, ctx: Context, event: AccountKnown) -> Session:
    """Show the requested account, unless the patron has moved on."""
    ground = session.ground
    if not isinstance(ground, Account) or ground.loans is not None or session.visit.card != event.card:
        return session
    match event.answer:
        case Sourced(value=facts, source=source):
            session = _store_facts(session, facts, source)
            guest = guest_of(session, ctx) or ground.guest
            listed = (
                (item, _loan(session, ctx, item)) for item in sorted(facts.loans, key=lambda item: item.due or NO_DUE)
            )
            loans = tuple(replace(line, unconfirmed=item.id in facts.unconfirmed) for item, line in listed)
            offline = source is Source.SNAPSHOT
            holds, fees = ((), ()) if ground.locked else (facts.holds, facts.fees)
            updated = replace(
                ground, guest=guest, loans=loans, unnamed=facts.unnamed, holds=holds, fees=fees, offline=offline
            )
            return session.on_ground(updated)
        case block:
            still = (VisitTask.BORROW, *checkout.still(block, ctx))
            return session.show(Blocked(block, ground.guest, ground.lines, still))


def _store_facts(session: Session, facts: Facts, source: Source) -> Session:
    items = {**session.visit.items, **{item.id: item for item in facts.loans}}
    return store_patron(on_visit(session, items=items), facts.patron, source)


def _loan(session: Session, ctx: Context, item: Item) -> LoanLine:
    verdict = _judge(session, ctx, item)
    line = visit_lines.find(session.lines, item.id, VisitTask.RENEW)
    return LoanLine(
        item.id,
        item.title,
        item.due,
        overdue=item.due is not None and ctx.policy is not None and law.is_overdue(ctx.policy, item.due, ctx.now),
        author=item.author,
        subject=item.subject,
        cover=item.cover,
        state=line.state if line else None,
        block=verdict if isinstance(verdict, Block) else None,
        transaction=line.transaction if line else None,
        renewals_left=_renewals_left(session, ctx, item),
    )


def _renewals_left(session: Session, ctx: Context, item: Item) -> int | None:
    patron = session.visit.patron
    if ctx.policy is None or patron is None:
        return None
    return law.renewals_left(ctx.policy, patron, item, ctx.rules.branch)


def _judge(session: Session, ctx: Context, item: Item) -> law.Terms | Block:
    patron = session.visit.patron
    if not ctx.accepts_loans:
        return Block(Reason.OFFLINE_WINDOW)
    if ctx.policy is None or patron is None:
        return Block(Reason.NEEDS_CENTRAL)
    verdict = law.renew(ctx.policy, patron, item, ctx.rules.branch, ctx.now)
    return as_shown(session, ctx, verdict) if isinstance(verdict, Block) else verdict


def _offline_refusal(session: Session, ctx: Context, item: Item) -> Block | None:
    """Return why the kiosk's own rules forbid the renewal; they apply if the library system stops answering now."""
    if ctx.policy is None or not ctx.policy.central_decides:
        return None
    verdict = _judge(session, replace(ctx, policy=replace(ctx.policy, central_decides=False)), item)
    return verdict if isinstance(verdict, Block) else None


def renew(session: Session, ctx: Context, item: ItemId) -> Session:
    """Request the renewal of one loan."""
    facts = session.visit.items[item]
    line = visit_lines.describe_line(VisitLine(item, VisitTask.RENEW, LineState.CHECKING), facts)
    verdict = _judge(session, ctx, facts)
    if isinstance(verdict, Block):
        return visit_lines.refuse(_show_on_loan(session, item, LineState.REFUSED, verdict), line, verdict)
    assert session.visit.card is not None
    act = Renew(session.visit.card, item, verdict.due, session.visit.verified)
    return visit_lines.put(_show_on_loan(session, item, LineState.CHECKING), line).want(
        Deliver(item, act, _offline_refusal(session, ctx, facts))
    )


def renew_all(session: Session, ctx: Context, view: Account) -> Session:
    """Request a renewal for each eligible loan, the earliest due date first."""
    session = on_visit(session, many=True)
    for loan in view.loans or ():
        if loan.block is None and loan.state is None:
            session = renew(session, ctx, loan.item)
    return session


def on_settled(session: Session, ctx: Context, event: Settled, act: Renew) -> Session:
    """Apply the courier's result of a renewal."""
    line = visit_lines.find(session.lines, event.item, VisitTask.RENEW)
    if line is None:
        return session
    done = visit_lines.apply_result(line, event, act.due)
    if done.block is not None:
        done = replace(done, block=as_shown(session, ctx, done.block))
    session = _show_on_loan(
        visit_lines.update_renewed_loan(visit_lines.put(session, done), done), event.item, done.state, done.block, done
    )
    if isinstance(event.outcome, CentralRefused) and not session.visit.many:
        return visit_lines.say_no(session, done)
    return session


def undone(session: Session, ctx: Context, item: ItemId) -> Session:
    """Show the loan as it was before the renewal."""
    loan = visit_lines.find(session.lines, item, VisitTask.BORROW)
    if loan is not None:
        session = visit_lines.put(session, replace(loan, due=session.visit.items[item].due, due_text=""))
    ground = session.ground
    if not isinstance(ground, Account):
        return session
    before = _loan(session, ctx, session.visit.items[item])
    loans = tuple(
        replace(before, unconfirmed=loan.unconfirmed) if loan.item == item else loan for loan in ground.loans or ()
    )
    return session.on_ground(replace(ground, loans=loans))


def on_renewal_changed(session: Session, line: VisitLine) -> Session:
    """Update the loan whose promise was confirmed or refused."""
    if line.errand is VisitTask.RENEW:
        return _show_on_loan(visit_lines.update_renewed_loan(session, line), line.item, line.state, line.block, line)
    ground = session.ground
    if line.errand is not VisitTask.BORROW or not isinstance(ground, Account):
        return session
    loans = tuple(replace(each, unconfirmed=False) if each.item == line.item else each for each in ground.loans or ())
    return session.on_ground(replace(ground, loans=loans))


def _show_on_loan(
    session: Session,
    item: ItemId,
    state: LineState | None,
    block: Block | None = None,
    done: VisitLine | None = None,
) -> Session:
    """Show the outcome of a renewal on its loan."""
    ground = session.ground
    if not isinstance(ground, Account):
        return session

    def update_loan(loan: LoanLine) -> LoanLine:
        if loan.item != item:
            return loan
        due = None if done and done.due_text else (done.due if done else None) or loan.due
        overdue = loan.overdue and due == loan.due
        transaction = done.transaction if done else None
        return replace(loan, state=state, block=block, due=due, overdue=overdue, transaction=transaction)

    return session.on_ground(replace(ground, loans=tuple(update_loan(loan) for loan in ground.loans or ())))
