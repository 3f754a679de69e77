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
from kiosk.views import Returning, TagProblem, TagState, VisitLine, VisitTask
from lending.model import ItemId
from lending.number_patterns import NumberKind
from lending.tags import TagData, TagTrouble, Usage, names_part_twice


def items_on_pad(session: Session, ctx: Context) -> Mapping[ItemId, tuple[PadTag, ...]]:
    """Return the tags on the pad by the item that they name, in the order in which they were laid down."""
    found: dict[ItemId, tuple[PadTag, ...]] = {}
    for tag in session.pile.tags:
        if (item := item_of(tag, ctx)) is not None:
            found[item] = (*found.get(item, ()), tag)
    return found


def item_of(tag: PadTag, ctx: Context) -> ItemId | None:
    """Return the item of a tag; None if it names none of this library (`problem_of`)."""
    match tag.content:
        case TagData(item=number) if problem_of(tag, ctx) is None:
            kind = ctx.rules.numbers.kind(number)
            return None if kind is None else ItemId(kind.text)
        case _:
            return None


def problem_of(tag: PadTag, ctx: Context) -> TagProblem | None:
    """Return why a tag names no item of this library; None if it names one."""
    match tag.content:
        case TagTrouble.BLANK:
            return TagProblem.BLANK
        case TagTrouble.FOREIGN:
            return TagProblem.FOREIGN
        case TagTrouble():
            return TagProblem.UNREAD
        case TagData(usage=Usage.PATRON_CARD):
            return TagProblem.CARD
        case TagData(item=number, owner=owner):
            kind = ctx.rules.numbers.kind(number)
            is_item = kind is not None and kind.kind is NumberKind.ITEM
            is_own = not owner or not ctx.rules.tag_owners or owner in ctx.rules.tag_owners
            return None if is_item and is_own else TagProblem.OTHER_LIBRARY


def problems_on_pad(session: Session, ctx: Context) -> tuple[TagProblem, ...]:
    """Return the problems of the tags on the pad, without one for each item that was entered by its label.

    With the pad in the bin, only what fell during this visit counts.
    """
    shown = (tag for tag in session.pile.tags if not ctx.rules.pad_in_bin or tag.handle in session.visit.unread)
    found = (problem_of(each, ctx) for each in shown)
    problems = sorted((each for each in found if each is not None), key=list(TagProblem).index)
    errand = VisitTask.RETURN if isinstance(session.ground, Returning) else VisitTask.BORROW
    done = (line for line in session.lines if line.errand is errand and line.state in visit_lines.WENT_WELL)
    by_label = sum(line.tag is TagState.NONE for line in done)
    items = [each for each in problems if each is not TagProblem.CARD]
    return (*items[by_label:], *problems[len(items) :])


def is_doubled(tags: tuple[PadTag, ...]) -> bool:
    """Return whether two of an item's tags name the same part, so that they may be on two items."""
    return names_part_twice(each.content for each in tags)


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


def keep_secured(session: Session, ctx: Context, line: VisitLine) -> Session:
    """Leave the security of a borrowed item on, and say so if it lies on the pad."""
    if not items_on_pad(session, ctx).get(line.item) and line.tag is TagState.NONE:
        return session
    return visit_lines.put(session, replace(line, tag=TagState.KEPT))


def switch(session: Session, ctx: Context, line: VisitLine, *, secured: bool, is_last: bool = True) -> Session:
    """Switch the security of all tags of the line's item that lie on the pad; `is_last` as in `SwitchSecurity`.

    Nothing is switched off if two tags name the same part: one of them may be on an item that is not on loan.
    """
    tags = items_on_pad(session, ctx).get(line.item, ())
    if not tags:
        return visit_lines.put_anywhere(session, replace(line, tag=TagState.LIFTED if secured else TagState.OWED))
    if not secured and is_doubled(tags):
        return visit_lines.put_anywhere(session, replace(line, tag=TagState.FAILED))
    session = visit_lines.put_anywhere(session, replace(line, tag=TagState.SWITCHING))
    return session.want(SwitchSecurity(line.item, tuple(each.handle for each in tags), secured, is_last))


def secure_again(session: Session, ctx: Context, item: ItemId) -> Session:
    """Make the gate ring again for an item whose loan was undone, if it lies on the pad."""
    tags = items_on_pad(session, ctx).get(item, ())
    return session.want(SwitchSecurity(item, tuple(each.handle for each in tags), True)) if tags else session
