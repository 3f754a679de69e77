"""Handle returns, without a card, in the library's return mode: provisional, bin or trusted."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Refused as CentralRefused
from kiosk.central import Source, Sourced
from kiosk.desk import item_tags, visit_lines
from kiosk.desk.effects import AskItem, Deliver, Later
from kiosk.desk.session import BinDrop, Context, Session, guest_of, on_visit, with_guest
from kiosk.desk.visit_lines import count_loan
from kiosk.events import DropMissed, ItemKnown, Settled
from kiosk.views import LineState, Returning, TagState, VisitLine, VisitTask
from lending import policy as law
from lending.model import Block, ItemId, ItemStatus, Reason
from lending.transactions import Checkin, ReturnMode, TagFinding, TagReport

DROP_SECONDS = 10.0
"""Seconds after the scan within which the sensor must detect the drop, in `bin` mode."""


def open_list(session: Session, ctx: Context) -> Session:
    """Open the list of returns, without items that only waited for a card."""
    listed = visit_lines.without_waiting(session.lines)
    return session.show(Returning(listed, guest_of(session, ctx), hears=ctx.rules.hears))


def on_scan(session: Session, ctx: Context, item: ItemId) -> Session:
    """Handle a scanned item while the list of returns is open."""
    line = visit_lines.find(session.lines, item, VisitTask.RETURN)
    if line is not None and line.state is not LineState.REFUSED and not line.waits_for_pad:
        return visit_lines.report_duplicate(session, line)
    if line is not None:
        session = visit_lines.take(session, line)
    return expect(session, ctx, item).want(AskItem(item))


def expect(session: Session, ctx: Context, item: ItemId) -> Session:
    """Add the item to the list; in `bin` mode, start the sensor's timeout."""
    session = visit_lines.put(session, VisitLine(item, VisitTask.RETURN, LineState.CHECKING))
    if ctx.rules.returns != "bin":
        return session
    if item in session.pile.fallen:
        return _decide(session, BinDrop(item, sensed=True))
    waiting = _awaiting_sensor(session)
    session = session.want(Later(DROP_SECONDS, DropMissed(item)))
    for drop in (*waiting, BinDrop(item)):
        session = _decide(session, replace(drop, alone=not waiting))
    return session


def on_item(session: Session, ctx: Context, event: ItemKnown, line: VisitLine) -> Session:
    """Handle the item lookup. An item that cannot be looked up now is accepted: no return needs the central."""
    item = event.answer.value if isinstance(event.answer, Sourced) else None
    if item is not None:
        session = on_visit(session, items={**session.visit.items, item.id: item})
        line = replace(
            visit_lines.describe_line(line, item), someone_waits=item.waiting > 0 or item.reserved_for is not None
        )
    if block := _judge(event):
        session = on_visit(session, drops=tuple(each for each in session.visit.drops if each.item != event.item))
        return visit_lines.refuse(session, line, block)
    unsecured = line.tag is TagState.NONE and event.item in item_tags.items_on_pad(session, ctx)
    if unsecured or line.tag in (TagState.LISTED, TagState.SWITCHING):
        return _secure_first(session, ctx, event, line)
    session = on_visit(visit_lines.put(session, line), taking=(*session.visit.taking, event.item))
    if _is_not_on_loan(event):
        return _submit_for_refusal(session, event.item)
    match ctx.rules.returns:
        case "bin":
            drop = next(each for each in session.visit.drops if each.item == event.item)
            return _decide(session, replace(drop, judged=True))
        case "trusted" if item is not None:
            return session.want(Deliver(event.item, Checkin(event.item, ReturnMode.TRUSTED)))
        case _:
            return session.want(Deliver(event.item, Checkin(event.item, ReturnMode.PROVISIONAL)))


def _secure_first(session: Session, ctx: Context, event: ItemKnown, line: VisitLine) -> Session:
    """Switch the security of an item on the pad on, before its return is submitted."""
    if line.tag is TagState.SWITCHING:
        return session
    parts = item_tags.items_on_pad(session, ctx).get(event.item, ())
    line = replace(line, missing=item_tags.missing_parts(parts) if parts else ())
    session = on_visit(visit_lines.put(session, line), securing=(*session.visit.securing, event))
    return item_tags.switch(session, ctx, line, secured=True, is_last=False)


def _judge(event: ItemKnown) -> Block | None:
    """Refuse only items that the central reports as not the library's own."""
    match event.answer:
        case Block(reason=Reason.UNKNOWN_ITEM):
            return event.answer
        case _:
            return None


def _is_not_on_loan(event: ItemKnown) -> bool:
    """Return whether the central itself reports that the item is not on loan."""
    match event.answer:
        case Sourced(value=item, source=Source.CENTRAL):
            return law.checkin(item) is not None
        case _:
            return False


def _submit_for_refusal(session: Session, item: ItemId) -> Session:
    """Submit it all the same: another kiosk may still hold an unsent loan of it, which this return must close."""
    session = on_visit(session, drops=tuple(each for each in session.visit.drops if each.item != item))
    return session.want(Deliver(item, Checkin(item, ReturnMode.PROVISIONAL)))


def on_drop(session: Session, ctx: Context) -> Session:
    """Handle a sensor event: mark the item, if exactly one is expected. If none is, its tag may be read next."""
    match _awaiting_sensor(session):
        case [BinDrop(alone=True) as drop]:
            return _decide(session, replace(drop, sensed=True))
        case [] if ctx.rules.pad_in_bin:
            return replace(session, pile=replace(session.pile, falls=(*session.pile.falls, ctx.seconds)))
        case _:
            return session


def _awaiting_sensor(session: Session) -> list[BinDrop]:
    return [drop for drop in session.visit.drops if drop.sensed is None]


def drop_missed(session: Session, item: ItemId) -> Session:
    """Handle the end of the sensor's time."""
    drop = next((each for each in _awaiting_sensor(session) if each.item == item), None)
    return _decide(session, replace(drop, sensed=False)) if drop else session


def _decide(session: Session, drop: BinDrop) -> Session:
    """Submit the return once the item was looked up and the sensor's result is known."""
    if drop.judged and not drop.delivered and (drop.sensed is not None or not drop.alone):
        drop = replace(drop, delivered=True)
        mode = ReturnMode.BIN if drop.sensed and drop.alone else ReturnMode.PROVISIONAL
        session = session.want(Deliver(drop.item, Checkin(drop.item, mode)))
    over = drop.delivered and drop.sensed is not None
    others = tuple(each for each in session.visit.drops if each.item != drop.item)
    return on_visit(session, drops=others if over else (*others, drop))


def on_settled(session: Session, ctx: Context, event: Settled, act: Checkin) -> Session:
    """Apply the courier's result of a return. A provisional return stays SAVED until staff check the item in."""
    session = on_visit(session, taking=tuple(each for each in session.visit.taking if each != event.item))
    line = visit_lines.find(session.lines, event.item, VisitTask.RETURN)
    if line is None:
        return session
    if isinstance(event.outcome, CentralRefused):
        return visit_lines.refuse(session, line, event.outcome.block)
    if line.missing:
        session = session.want(Deliver(event.item, TagReport(event.item, TagFinding.INCOMPLETE)))
    done = visit_lines.apply_result(line, event)
    if act.mode is ReturnMode.PROVISIONAL:
        done = replace(done, state=LineState.SAVED, provisional=True)
    session = visit_lines.put(session, done)
    item = session.visit.items.get(event.item)
    patron = session.visit.patron
    if item and patron and item.status is ItemStatus.ON_LOAN and item.holder == patron.ref:
        session = with_guest(count_loan(session, event.item, -1), ctx)
    return session
