"""Handle borrowing: open the list, check each item against the rules, and submit the checkout. Show a greeting."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Accepted, Deferred, Source
from kiosk.central import Refused as CentralRefused
from kiosk.desk import item_tags, visit_lines
from kiosk.desk.effects import AskHub, AskItem, Deliver
from kiosk.desk.session import Context, Session, as_shown, guest_of, is_proved, on_visit, with_guest
from kiosk.desk.visit_lines import count_loan, is_capped, with_loan
from kiosk.events import HubAnswered, ItemKnown, Settled
from kiosk.views import Blocked, Borrowing, LineState, OtherCard, TagState, VisitLine, VisitTask
from kiosk.views.visit import Guide, NewTitles, ServiceGreeting, Shown
from lending import policy as law
from lending.model import Block, Item, ItemId, Patron, Reason
from lending.policy import Rule
from lending.questions import GREETING, Greeting, Greets
from lending.transactions import Checkout, PinStatus, Undo

MOST_NEW_TITLES = 5
"""Maximum number of new titles."""
BOOK = "book"


def open_list(session: Session, ctx: Context) -> Session:
    """Open the list of an identified patron, or show why they cannot borrow. Look up items scanned before the card."""
    guest = guest_of(session, ctx)
    assert guest is not None, "the list opens after the card"
    if block := _borrowing_block(session, ctx):
        return session.show(Blocked(as_shown(session, ctx, block), guest, session.lines, still(block, ctx)))
    waiting = [line.item for line in session.lines if _waits_for_card(line)]
    listed = tuple(replace(line, state=LineState.CHECKING) if _waits_for_card(line) else line for line in session.lines)
    others = tuple(OtherCard(each.mark, each.patron.name) for each in session.visit.aside if each.patron)
    view = Borrowing(guest, listed, finds=ctx.finds, other_cards=others, greeting=session.visit.greeting)
    return ask_greeting(session.show(view).want(*(AskItem(item) for item in reversed(waiting))), ctx)


def _waits_for_card(line: VisitLine) -> bool:
    return line.state is LineState.WAITING and not line.waits_for_pad


def still(block: Block, ctx: Context) -> tuple[VisitTask, ...]:
    """Return the errands that remain possible despite the block."""
    back = () if ctx.rules.returns == "off" else (VisitTask.RETURN,)
    find = (VisitTask.FIND,) if ctx.finds else ()
    match block.reason:
        case (
            Reason.LIMIT
            | Reason.OFFLINE_CAP
            | Reason.OFFLINE_WINDOW
            | Reason.CENTRAL_FORBIDS
            | Reason.FEES
            | Reason.CARD_EXPIRED
        ):
            return (*back, VisitTask.ACCOUNT, *find)
        case _:
            return (*back, *find)


def _borrowing_block(session: Session, ctx: Context) -> Block | None:
    patron = session.visit.patron
    assert patron is not None
    if not ctx.accepts_loans:
        return Block(Reason.OFFLINE_WINDOW)
    if ctx.policy is None:
        return Block(Reason.NEEDS_CENTRAL)
    return law.borrowing_block(ctx.policy, patron, ctx.rules.branch, ctx.now) or _offline_limit(
        session, ctx.policy, patron
    )


def _offline_limit(session: Session, policy: law.Policy, patron: Patron) -> Block | None:
    """Apply the offline loan limit while the central is away, or was when the PIN should have been checked."""
    visit = session.visit
    away = visit.source is Source.SNAPSHOT or visit.verified is PinStatus.UNVERIFIED or not session.central_answers
    return law.offline_block(policy, patron) if away else None


def on_scan(session: Session, item: ItemId) -> Session:
    """Handle a scanned item while the list is open."""
    line = visit_lines.find(session.lines, item, VisitTask.BORROW)
    if line is not None and line.state is not LineState.REFUSED and not line.waits_for_pad:
        return visit_lines.report_duplicate(session, line)
    if line is not None:
        session = visit_lines.take(session, line)
    return visit_lines.put(session, VisitLine(item, VisitTask.BORROW, LineState.CHECKING)).want(AskItem(item))


def on_item(session: Session, ctx: Context, event: ItemKnown, line: VisitLine) -> Session:
    """Handle the item lookup: check the loan and submit the checkout."""
    if isinstance(event.answer, Block):
        return visit_lines.refuse(session, line, event.answer)
    item = event.answer.value
    session = on_visit(session, items={**session.visit.items, item.id: item})
    line = visit_lines.describe_line(line, item)
    outdated = event.answer.source is Source.OUTDATED
    verdict = Block(Reason.OUTDATED) if outdated else _judge(session, ctx, item)
    if isinstance(verdict, Block):
        return visit_lines.refuse(session, line, as_shown(session, ctx, verdict))
    assert session.visit.card is not None
    act = Checkout(session.visit.card, item.id, verdict.due, session.visit.verified)
    unless = _offline_refusal(session, ctx, item)
    session = on_visit(session, lending=(*session.visit.lending, item.id))
    return visit_lines.put(session, line).want(Deliver(item.id, act, unless, _is_on_pad(session, ctx, line)))


def _is_on_pad(session: Session, ctx: Context, line: VisitLine) -> bool:
    return line.tag is not TagState.NONE or line.item in item_tags.items_on_pad(session, ctx)


def _judge(session: Session, ctx: Context, item: Item) -> law.Terms | Block:
    """Apply the rules, counting unconfirmed checkouts of this visit as loans."""
    if not ctx.accepts_loans:
        return Block(Reason.OFFLINE_WINDOW)
    if ctx.policy is None or session.visit.patron is None:
        return Block(Reason.NEEDS_CENTRAL)
    patron = _with_pending_loans(session, session.visit.patron)
    return _offline_limit(session, ctx.policy, patron) or law.checkout(
        ctx.policy, patron, item, ctx.rules.branch, ctx.now
    )


def _offline_refusal(session: Session, ctx: Context, item: Item) -> Block | None:
    """Return why the kiosk's own rules forbid the loan; they apply if the library system stops answering now."""
    if ctx.policy is None or session.visit.patron is None or not ctx.policy.central_decides:
        return None
    alone = replace(ctx.policy, central_decides=False)
    patron = _with_pending_loans(session, session.visit.patron)
    verdict = law.offline_block(alone, patron) or law.checkout(alone, patron, item, ctx.rules.branch, ctx.now)
    return as_shown(session, ctx, verdict) if isinstance(verdict, Block) else None


def _with_pending_loans(session: Session, patron: Patron) -> Patron:
    for each in session.visit.lending:
        if each not in session.visit.included:
            patron = with_loan(patron, session.visit.items[each].type, 1, promised=1)
    return patron


def accept_fee(session: Session, ctx: Context, line: VisitLine) -> Session:
    """Submit the checkout again with the fee that the patron accepted."""
    item, block = session.visit.items.get(line.item), line.block
    verdict = _judge(session, ctx, item) if item else Block(Reason.NEEDS_CENTRAL)
    if isinstance(verdict, Block):
        return visit_lines.refuse(session, line, as_shown(session, ctx, verdict))
    if block is None or session.visit.card is None:
        return session
    act = Checkout(session.visit.card, line.item, verdict.due, session.visit.verified, block.amount)
    unless = _offline_refusal(session, ctx, item) if item else None
    session = on_visit(session, lending=(*session.visit.lending, line.item))
    line = replace(line, state=LineState.CHECKING, block=None, due=None)
    return visit_lines.put(session, line).want(Deliver(line.item, act, unless, _is_on_pad(session, ctx, line)))


def on_settled(session: Session, ctx: Context, event: Settled, act: Checkout) -> Session:
    """Apply the courier's result of a checkout."""
    visit = session.visit
    session = on_visit(session, lending=tuple(each for each in visit.lending if each != event.item))
    line = visit_lines.find(session.lines, event.item, VisitTask.BORROW)
    if line is None:
        return session
    match event.outcome:
        case CentralRefused(block=block):
            line = replace(line, due=act.due) if block.reason is Reason.LOAN_COSTS else line
            return visit_lines.refuse(session, line, as_shown(session, ctx, block))
        case Accepted() | Deferred() as outcome:
            session = count_loan(session, event.item, 1, is_capped(session, isinstance(outcome, Accepted)))
            line = replace(
                visit_lines.apply_result(line, event, act.due), extra_days=_extra_days(session, ctx, line.item)
            )
            keeps = isinstance(outcome, Accepted) and outcome.keeps_security
            return _settle_tags(with_guest(visit_lines.put(session, line), ctx), ctx, line, keeps)


def _settle_tags(session: Session, ctx: Context, line: VisitLine, keeps: bool) -> Session:
    """Let a borrowed item pass the gate. An item that was lifted off the pad meanwhile is not borrowed."""
    if line.tag is TagState.LIFTED and line.transaction:
        undoing = visit_lines.put(session, replace(line, state=LineState.CHECKING))
        return undoing.want(Deliver(line.item, Undo(line.transaction)))
    return item_tags.keep_secured(session, ctx, line) if keeps else item_tags.release(session, ctx, line)


def _extra_days(session: Session, ctx: Context, item: ItemId) -> int:
    """Return by how many days the patron's services lengthen the loan of the item."""
    patron, found = session.visit.patron, session.visit.items.get(item)
    if ctx.policy is None or patron is None or found is None:
        return 0
    rule = ctx.policy.rule_for(patron.category, found.type, ctx.rules.branch)
    return ctx.policy.extra_days(patron, rule) if rule else 0


def ask_greeting(session: Session, ctx: Context) -> Session:
    """Request the greeting once per card; after the PIN if a card alone must not reveal that it is known."""
    visit = session.visit
    tells = ctx.rules.pin != "always" or is_proved(session)
    if visit.card is None or visit.greeted or not tells or not session.central_answers:
        return session
    return on_visit(session, greeted=True).want(AskHub(GREETING, visit.card))


def on_greeting(session: Session, ctx: Context, event: HubAnswered) -> Session:
    patron, view = session.visit.patron, session.ground
    greeting: Greeting | None = event.answer
    if event.card != session.visit.card or patron is None or greeting is None:
        return session
    shown = _greeting_to_show(greeting, patron, ctx)
    session = on_visit(session, greeting=shown)
    return session.on_ground(replace(view, greeting=shown)) if isinstance(view, Borrowing) else session


def _greeting_to_show(greeting: Greeting, patron: Patron, ctx: Context) -> Shown | None:
    match greeting.kind:
        case Greets.GUIDE:
            rule = _usual(patron, ctx)
            days, renews = (rule.days or 0, rule.renewals > 0) if rule else (0, False)
            return Guide(greeting.words, days, renews, phone=bool(ctx.receipts), finds=ctx.finds)
        case Greets.NEWS:
            titles = ctx.showcase.news[:MOST_NEW_TITLES]
            return NewTitles(greeting.words, titles) if titles else None
        case Greets.SERVICE:
            return ServiceGreeting(greeting.words)


def _usual(patron: Patron, ctx: Context) -> Rule | None:
    """Return the rule by which a book is lent to this patron here."""
    rule = ctx.policy.patron_rule(patron, BOOK, ctx.rules.branch) if ctx.policy else None
    return None if rule is None or rule.reading_room_only else rule
