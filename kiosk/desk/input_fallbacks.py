"""Adapt a view to what works and what is published now: number pad, ways to present a card, new titles, events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.desk import identification, other_cards, registration, scan, shared_visit
from kiosk.desk.home import minute
from kiosk.desk.session import Context, Session, notice
from kiosk.system.health import Condition, PartName
from kiosk.views import DIGITS, Borrowing, CardInputs, Identify, Pad, Returning, Welcome, pad_pages
from kiosk.views.common import LONGEST_NUMBER
from lending.model import Block, ItemId, Reason
from lending.number_patterns import Number, NumberKind
from lending.showcase import NewTitle

MISTYPED = "mistyped"


def stands_in(session: Session, ctx: Context) -> Session:
    """Show the number pad on lists while no scanner works, and list only working ways to present a card."""
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
        case Welcome() if ground != (furnished := _with_published(ground, ctx)):
            return stands_in(session.on_ground(furnished), ctx)
        case Welcome() | Identify() if ground.ways != (ways := CardInputs(reader, scanner)):
            return session.on_ground(replace(ground, ways=ways))
        case _:
            return session


def _with_published(view: Welcome, ctx: Context) -> Welcome:
    """Return the first screen with what the library publishes at this moment."""
    shows, now = ctx.showcase, minute(ctx)
    today = now.date()
    hours = (shows.hours(today), shows.hours(today + timedelta(days=1))) if shows.week else None
    news = tuple(each for each in view.slides if isinstance(each, NewTitle))
    joins = registration.is_offered(ctx)
    return replace(view, finds=ctx.finds, news=news, events=shows.dates(ctx.now), joins=joins, hours=hours)


def _registers(ctx: Context, view: Identify) -> bool:
    """Return whether registration is offered: only before a patron is identified."""
    return not view.pin and not view.checking and view.guest is None and registration.is_offered(ctx)


def next_pad_page(pad: Pad) -> Pad:
    """Turn to the next page of keys."""
    return replace(pad, page=(pad.page + 1) % len(pad_pages(pad.letters)))


def _condition(session: Session, part: PartName) -> Condition:
    """Return the condition of a part; one that has not reported yet counts as ready."""
    state = session.parts.get(part)
    return Condition.READY if state is None else state.condition


def on_pad_key(session: Session, ctx: Context, name: str, sign: str) -> Session:
    """Handle a key of the pad. A number that matches no pattern stays, so that it can be corrected."""
    ground = session.ground
    if not isinstance(ground, Borrowing | Returning) or ground.typed is None:
        return session
    match name:
        case "key" if len(ground.typed) < LONGEST_NUMBER:
            return session.on_ground(replace(ground, typed=ground.typed + sign))
        case "erase":
            return session.on_ground(replace(ground, typed=ground.typed[:-1]))
        case "turn":
            return session.on_ground(replace(ground, pad=next_pad_page(ground.pad)))
        case "enter" if ctx.rules.numbers.kind(ground.typed) is None:
            return notice(session, MISTYPED)
        case "enter":
            cleared = replace(ground, typed="", pad=replace(ground.pad, page=0))
            return scan.on_scan(session.on_ground(cleared), ctx, ground.typed)
        case _:
            return session


def number_typed(session: Session, ctx: Context, view: Identify) -> Session:
    """Handle a typed number like a scanned one."""
    number = ctx.rules.numbers.kind(view.typed)
    session = session.show(replace(view, typed="", problem=None))
    match number:
        case Number(NumberKind.CARD, text):
            card = ctx.reference(text)
            if other_cards.holds(session, card):
                return shared_visit.choose(session, ctx, card)
            return identification.card_shown(session, ctx, card, view.errand)
        case Number(NumberKind.ITEM, text):
            return scan.item_scanned(session, ctx, ItemId(text))
        case _:
            return session.show(replace(view, typed="", problem=Block(Reason.UNREADABLE)))
