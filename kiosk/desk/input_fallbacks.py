"""What stands in where a part does not work or is not fitted: the pad, other ways to show a card; knows no driver."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import identification, other_cards, registration, scan, scan_item, shared_visit
from kiosk.desk.session import Context, Session, notice
from kiosk.system.health import Condition, PartName
from kiosk.views import DIGITS, Borrowing, Identify, Pad, Returning, Ways, Welcome, pad_pages
from kiosk.views.common import LONGEST_NUMBER
from lending.model import Block, ItemId, Reason
from lending.number_patterns import Number, NumberKind

MISTYPED = "mistyped"


def stands_in(session: Session, ctx: Context) -> Session:
    """Puts the pad on the lists while no scanner works, and asks for a card only in ways that work."""
    ground, letters = session.ground, ctx.rules.numbers.letters
    reader, scanner = (_condition(session, part) for part in (PartName.CARD_READER, PartName.BARCODE_SCANNER))
    match ground:
        case Borrowing() | Returning():
            wanted = scanner is not Condition.READY
            if wanted == (ground.typed is not None):
                return session
            pad = Pad(letters, fitted=scanner is not Condition.ABSENT)
            return session.on_ground(replace(ground, typed="" if wanted else None, pad=pad if wanted else DIGITS))
        case Identify() if ground.registers != (offered := _registers(ctx, ground)):
            return stands_in(session.on_ground(replace(ground, registers=offered)), ctx)
        case Identify() if ground.pad.letters != letters:
            return stands_in(session.on_ground(replace(ground, pad=Pad(letters))), ctx)
        case Welcome() if ground.finds != ctx.finds:
            return stands_in(session.on_ground(replace(ground, finds=ctx.finds)), ctx)
        case Welcome() | Identify() if ground.ways != (ways := Ways(reader, scanner)):
            return session.on_ground(replace(ground, ways=ways))
        case _:
            return session


def _registers(ctx: Context, view: Identify) -> bool:
    """While nobody is known yet."""
    return not view.pin and not view.checking and view.guest is None and registration.is_offered(ctx)


def turned(pad: Pad) -> Pad:
    """The next page of its keys."""
    return replace(pad, page=(pad.page + 1) % len(pad_pages(pad.letters)))


def _condition(session: Session, part: PartName) -> Condition:
    """A part that has not told yet is waited for."""
    state = session.parts.get(part)
    return Condition.READY if state is None else state.condition


def pressed(session: Session, ctx: Context, name: str, sign: str) -> Session:
    """A key of the pad. A number that is none of the library's stays, so that it can be mended."""
    ground = session.ground
    if not isinstance(ground, Borrowing | Returning) or ground.typed is None:
        return session
    match name:
        case "key" if len(ground.typed) < LONGEST_NUMBER:
            return session.on_ground(replace(ground, typed=ground.typed + sign))
        case "erase":
            return session.on_ground(replace(ground, typed=ground.typed[:-1]))
        case "turn":
            return session.on_ground(replace(ground, pad=turned(ground.pad)))
        case "enter" if ctx.rules.numbers.kind(ground.typed) is None:
            return notice(session, MISTYPED)
        case "enter":
            cleared = replace(ground, typed="", pad=replace(ground.pad, page=0))
            return scan.scanned(session.on_ground(cleared), ctx, ground.typed)
        case _:
            return session


def number_typed(session: Session, ctx: Context, view: Identify) -> Session:
    """Instead of a card or a book that is shown."""
    number = ctx.rules.numbers.kind(view.typed)
    session = session.show(replace(view, typed="", problem=None))
    match number:
        case Number(NumberKind.CARD, text):
            card = ctx.reference(text)
            if other_cards.holds(session, card):
                return shared_visit.choose(session, ctx, card)
            return identification.card_shown(session, ctx, card, view.errand)
        case Number(NumberKind.ITEM, text):
            return scan_item.item(session, ctx, ItemId(text))
        case _:
            return session.show(replace(view, typed="", problem=Block(Reason.UNREADABLE)))
