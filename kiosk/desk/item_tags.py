"""Find the RFID tags of an item on the pad, and switch their security: only for items of this visit.

A loan is in the journal before its security is switched off; a return is submitted after it was switched on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kiosk.desk import visit_lines
from kiosk.desk.effects import LetThrough, SwitchSecurity
from kiosk.desk.session import Context, Session
from kiosk.events import PadTag
from kiosk.views import TagState, VisitLine
from lending.model import ItemId
from lending.number_patterns import NumberKind
from lending.tags import TagData, Usage


def items_on_pad(session: Session, ctx: Context) -> Mapping[ItemId, tuple[PadTag, ...]]:
    """Return the tags on the pad by the item that they name, in the order in which they were laid down."""
    found: dict[ItemId, tuple[PadTag, ...]] = {}
    for tag in session.pile.tags:
        if (item := item_of(tag, ctx)) is not None:
            found[item] = (*found.get(item, ()), tag)
    return found


def item_of(tag: PadTag, ctx: Context) -> ItemId | None:
    """Return the item of a tag; None if the tag is unreadable, a patron card, or no number of this library."""
    match tag.content:
        case TagData(usage=Usage.PATRON_CARD):
            return None
        case TagData(item=number):
            kind = ctx.rules.numbers.kind(number)
            return ItemId(kind.text) if kind is not None and kind.kind is NumberKind.ITEM else None
        case _:
            return None


def missing_parts(tags: tuple[PadTag, ...]) -> tuple[int, ...]:
    """Return the ordinals of the parts of a set that no tag on the pad has."""
    every = [each.content for each in tags if isinstance(each.content, TagData)]
    there, parts = {each.part for each in every}, max((each.parts for each in every), default=1)
    return tuple(each for each in range(1, parts + 1) if each not in there)


def release(session: Session, ctx: Context, line: VisitLine) -> Session:
    """Let a borrowed item pass the gate: by its tags if they lie on the pad, otherwise by the relay."""
    if not items_on_pad(session, ctx).get(line.item) and line.tag is TagState.NONE:
        return session.want(LetThrough())
    return switch(session, ctx, line, secured=False)


def switch(session: Session, ctx: Context, line: VisitLine, *, secured: bool, is_last: bool = True) -> Session:
    """Switch the security of all tags of the line's item that lie on the pad; `is_last` as in `SwitchSecurity`."""
    tags = items_on_pad(session, ctx).get(line.item, ())
    if not tags:
        return visit_lines.put_anywhere(session, replace(line, tag=TagState.LIFTED if secured else TagState.OWED))
    session = visit_lines.put_anywhere(session, replace(line, tag=TagState.SWITCHING))
    return session.want(SwitchSecurity(line.item, tuple(each.handle for each in tags), secured, is_last))


def secure_again(session: Session, ctx: Context, item: ItemId) -> Session:
    """Make the gate ring again for an item whose loan was undone, if it lies on the pad."""
    tags = items_on_pad(session, ctx).get(item, ())
    return session.want(SwitchSecurity(item, tuple(each.handle for each in tags), True)) if tags else session
