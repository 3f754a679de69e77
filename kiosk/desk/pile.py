"""Borrow and return what lies on the item pad: act on what is laid down or lifted off."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import checkin, item_tags, out_of_service, scan, visit_lines
from kiosk.desk.effects import AskItem, Deliver
from kiosk.desk.home import start_again, welcome
from kiosk.desk.session import Context, Session, on_visit, without_refusal
from kiosk.events import ItemKnown, PadTag, PileSeen, SecuritySwitched, SwitchResult
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Borrowing,
    Details,
    Feedback,
    Find,
    ForYou,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    PadContents,
    Question,
    Refused,
    Returning,
    TagProblem,
    TagState,
    TitlePage,
    VisitLine,
    VisitTask,
    Welcome,
)
from lending.model import ItemId
from lending.transactions import Undo

READY_VIEWS = (
    Welcome
    | Identify
    | Borrowing
    | Returning
    | Account
    | Refused
    | ForYou
    | Details
    | AskLibrarian
    | Find
    | TitlePage
    | Learn
    | Feedback
)
"""Views in which an item laid down starts or continues a loan or return."""


def on_pile(session: Session, event: PileSeen) -> Session:
    """Remember what lies on the pad. A tag that was lifted off and laid down again counts as a new one."""
    there = frozenset(each.handle for each in event.tags)
    if isinstance(session.view, IdleWarning) and there - {each.handle for each in session.pile.tags}:
        session = session.show(session.view.under)
    before = session.pile
    pile = replace(
        before,
        tags=event.tags,
        steady=event.steady,
        crowded=event.crowded,
        taken=before.taken & there,
        unread=before.unread & there,
    )
    return replace(session, pile=pile)


def attend(session: Session, ctx: Context) -> Session:
    """Act on what was laid down or lifted off since the last step, and count what lies on the pad."""
    before = session.lines
    session = _lift(session, ctx)
    if session.pile.steady and not out_of_service.is_shut(session):
        if ctx.rules.pad_in_bin:
            session = _note_unread(_match_falls(session, ctx), ctx)
        for item, tags in item_tags.items_on_pad(session, ctx).items():
            session = _lay(session, ctx, item, tags)
    session = _mark_listed(session, ctx)
    if session.lines != before:
        session = replace(session, since=ctx.seconds)
    return _count(session, ctx)


def read_again(session: Session, ctx: Context) -> Session:
    """Act once more on the items on the pad that were refused or could not be switched."""
    again = {line.item for line in session.lines if _is_retried(line)}
    handles = {
        tag.handle for item, tags in item_tags.items_on_pad(session, ctx).items() if item in again for tag in tags
    }
    return replace(session, pile=replace(session.pile, taken=session.pile.taken - handles))


def _match_falls(session: Session, ctx: Context) -> Session:
    """Match new items in the bin with what the sensor detected; with too few falls, none is known to have fallen."""
    pile, there = session.pile, item_tags.items_on_pad(session, ctx)
    new = [item for item, tags in there.items() if any(each.handle not in pile.taken for each in tags)]
    new = [item for item in new if item not in pile.fallen]
    falls = tuple(at for at in pile.falls if ctx.seconds - at <= checkin.DROP_SECONDS)
    fallen = pile.fallen & there.keys()
    if new:
        fallen |= frozenset(new if len(new) <= len(falls) else ())
        falls = falls[len(new) :]
    return replace(session, pile=replace(pile, falls=falls, fallen=fallen))


def _note_unread(session: Session, ctx: Context) -> Session:
    """Open the list of returns for items that fell into the bin and could not be read."""
    nameless = frozenset(tag.handle for tag in session.pile.tags if item_tags.problem_of(tag, ctx) is not None)
    new = nameless - session.pile.unread
    if not new or not isinstance(session.view, Welcome | Returning):
        return session
    session = checkin.open_list(session, ctx) if isinstance(session.view, Welcome) else session
    session = replace(session, pile=replace(session.pile, unread=session.pile.unread | new))
    return on_visit(session, unread=session.visit.unread | new)


def _lift(session: Session, ctx: Context) -> Session:
    """Mark the lines of items that left the pad before they were settled: never lend what left it."""
    there = item_tags.items_on_pad(session, ctx)
    session = _forget_lifted_question(session, ctx, tuple(there))
    for line in session.lines:
        if line.tag is TagState.LISTED and line.state is LineState.REFUSED and line.item not in there:
            session = visit_lines.put(session, replace(line, tag=TagState.NONE))
        if line.tag is not TagState.LISTED or line.state not in (LineState.CHECKING, LineState.WAITING):
            continue
        if line.transaction or (line.errand is VisitTask.RETURN and ctx.rules.returns == "bin"):
            continue  # its undo is under way, or it fell into the bin
        tags = there.get(line.item, ())
        missing = item_tags.missing_parts(tags)
        if line.missing and tags:
            session = visit_lines.put(session, replace(line, missing=missing)) if missing else session
        elif not tags or (missing and not ctx.rules.lends_incomplete_sets):
            session = _lift_line(session, line)
    return session


def _lift_line(session: Session, line: VisitLine) -> Session:
    """Mark an item that left the pad. What is submitted is decided when it is settled."""
    if line.state is LineState.CHECKING and (line.sent or _is_submitted(session, line)):
        return visit_lines.put(session, replace(line, tag=TagState.LIFTED))
    if line.state is LineState.CHECKING:
        return visit_lines.put(session, replace(line, state=LineState.WAITING, tag=TagState.LIFTED))
    session = on_visit(session, lifted=session.visit.lifted | {line.item})
    return visit_lines.take(session, line)  # it only waited, for a card or for its other parts


def _forget_lifted_question(session: Session, ctx: Context, there: tuple[ItemId, ...]) -> Session:
    """Ask only about items that still lie on the pad: borrow or return?"""
    view = session.view
    if not _asks_errand(session) or not isinstance(view, Asking) or view.line is None:
        return session
    if view.line.tag is not TagState.LISTED:
        return session
    pile = session.visit.from_pile
    asked = tuple(each for each in (view.line.item, *session.visit.also) if each in there or each not in pile)
    if not asked:
        return start_again(session, ctx)
    if asked[0] != view.line.item:
        session = session.show(replace(view, line=_line_on_pad(asked[0]))).want(AskItem(asked[0]))
    return on_visit(session, also=asked[1:])


def _is_submitted(session: Session, line: VisitLine) -> bool:
    return line.item in (session.visit.lending if line.errand is VisitTask.BORROW else session.visit.taking)


def _lay(session: Session, ctx: Context, item: ItemId, tags: tuple[PadTag, ...]) -> Session:
    """Borrow or return an item that was laid down, as the view has it."""
    if all(each.handle in session.pile.taken for each in tags):
        return session
    returns = ctx.rules.pad_in_bin or isinstance(session.ground, Returning)
    errand = VisitTask.RETURN if returns else VisitTask.BORROW
    if ctx.rules.pad_in_bin and not isinstance(without_refusal(session).view, Welcome | Returning):
        return session  # it lies in the bin, and waits until the visit is over
    line = visit_lines.find(session.lines, item, errand)
    aside = next((each for card in session.visit.aside for each in card.lines if each.item == item), None)
    if line is None and aside is not None and aside.state in visit_lines.WENT_WELL:
        line = aside
    if line is not None and line.tag is TagState.SWITCHING:
        return session  # what was laid down meanwhile waits for the result
    if line is not None and line.state is LineState.CHECKING:
        # Lifted off and laid down again before its transaction was settled: it waits until that is undone.
        # Returned by its label, which is submitted already: its tag is switched on afterwards.
        waits = line.tag is TagState.LIFTED or (line.errand is VisitTask.RETURN and line.tag is TagState.NONE)
        return session if waits else _mark_taken(session, tags)
    if line is not None and line.state in visit_lines.WENT_WELL:
        still = tuple(each for each in line.missing if each in item_tags.missing_parts(tags))
        return _mark_taken(_switch_done(session, ctx, replace(line, missing=still)), tags)
    if not isinstance(session.view, READY_VIEWS) and not _asks_errand(session):
        return session
    missing = item_tags.missing_parts(tags)
    if missing and errand is VisitTask.BORROW and not ctx.rules.lends_incomplete_sets:
        return _wait_for_parts(session, item, line, missing, tags)
    session = _mark_taken(session, tags)
    if line is not None and (line.waits_for_pad or line.state is LineState.REFUSED):
        session = visit_lines.take(session, line)
    return _enter(without_refusal(session), ctx, item)


def _switch_done(session: Session, ctx: Context, line: VisitLine) -> Session:
    """Switch the tags of an item whose loan or return is done: entered by its label, owed, or a further tag of it."""
    if line.tag is TagState.KEPT:
        return session
    if line.errand is VisitTask.BORROW:
        return item_tags.switch(session, ctx, line, secured=False)
    return item_tags.switch(session, ctx, line, secured=True) if line.errand is VisitTask.RETURN else session


def _asks_errand(session: Session) -> bool:
    """Return whether the question is whether to borrow or return what lies on the pad."""
    view = session.view
    is_asked = isinstance(view, Asking) and view.question is Question.BORROW_OR_RETURN and view.line is not None
    return is_asked and isinstance(view, Asking) and view.line is not None and view.line.tag is TagState.LISTED


def _mark_taken(session: Session, tags: tuple[PadTag, ...]) -> Session:
    handles = frozenset(each.handle for each in tags)
    return replace(session, pile=replace(session.pile, taken=session.pile.taken | handles))


def _enter(session: Session, ctx: Context, item: ItemId) -> Session:
    """Enter the item as if its label had been scanned; on the first screen, ask once for the whole pile."""
    match session.view:
        case Welcome() if ctx.rules.pad_in_bin:
            return checkin.on_scan(checkin.open_list(session, ctx), ctx, item)
        case Welcome() if ctx.rules.returns == "off":
            return session.show(Identify(VisitTask.BORROW, lines=(_line_on_pad(item),))).want(AskItem(item))
        case Welcome():
            asking = Asking(Question.BORROW_OR_RETURN, welcome(ctx), _line_on_pad(item))
            return on_visit(session, from_pile=frozenset({item})).show(asking).want(AskItem(item))
        case Asking():
            session = on_visit(session, from_pile=session.visit.from_pile | {item})
            return scan.item_scanned(session, ctx, item)
        case _:
            return scan.item_scanned(session, ctx, item)


def _line_on_pad(item: ItemId) -> VisitLine:
    return VisitLine(item, VisitTask.BORROW, LineState.WAITING, tag=TagState.LISTED)


def _mark_listed(session: Session, ctx: Context) -> Session:
    """Mark the lines of items on the pad that are not submitted yet: they count only while they lie there."""
    there = item_tags.items_on_pad(session, ctx)

    def lies_there(line: VisitLine) -> bool:
        open_line = line.state in (LineState.CHECKING, LineState.WAITING) and not _is_submitted(session, line)
        return open_line and line.tag is TagState.NONE and line.item in there

    lines = tuple(replace(each, tag=TagState.LISTED) if lies_there(each) else each for each in session.lines)
    return session if lines == session.lines else session.with_lines(lines)


def _wait_for_parts(
    session: Session, item: ItemId, line: VisitLine | None, missing: tuple[int, ...], tags: tuple[PadTag, ...]
) -> Session:
    """List an incomplete set until its other parts lie there; before the card, nothing is listed."""
    if not isinstance(session.ground, Borrowing):
        return session
    session = _mark_taken(session, tags)
    if line is not None and line.state is LineState.WAITING:
        return visit_lines.put(session, replace(line, missing=missing, tag=TagState.LISTED))
    waiting = VisitLine(item, VisitTask.BORROW, LineState.WAITING, tag=TagState.LISTED, missing=missing)
    return visit_lines.put(session, waiting).want(AskItem(item))


def _count(session: Session, ctx: Context) -> Session:
    """Show how much lies on the pad."""
    ground = session.ground
    if not isinstance(ground, Borrowing | Returning):
        return session
    shown = _contents(session, ctx)
    return session if ground.on_pad == shown else session.on_ground(replace(ground, on_pad=shown))


def _contents(session: Session, ctx: Context) -> PadContents | None:
    pile = session.pile
    if ctx.rules.pad_in_bin:
        problems = item_tags.problems_on_pad(session, ctx)
        return PadContents(len(problems), problems, in_bin=True) if problems else None
    if not pile.tags and not pile.crowded:
        return None
    named = item_tags.items_on_pad(session, ctx)
    nameless = sum(item_tags.problem_of(each, ctx) not in (None, TagProblem.CARD) for each in pile.tags)
    doubled = sum(item_tags.is_doubled(tags) for tags in named.values())
    retries = any(
        _is_retried(line) and line.item in named and not item_tags.is_doubled(named[line.item])
        for line in session.lines
    )
    problems = item_tags.problems_on_pad(session, ctx)
    return PadContents(len(named) + nameless, problems, doubled, pile.crowded, retries)


def _is_retried(line: VisitLine) -> bool:
    """Return whether reading the pad again does something about the line."""
    return line.state is LineState.REFUSED or line.tag in (TagState.OWED, TagState.FAILED, TagState.LIFTED)


def on_switched(session: Session, ctx: Context, event: SecuritySwitched) -> Session:
    """Apply the result of switching: note it on a loan, submit a return, undo a loan."""
    line = _switching_line(session, event.item)
    if line is None:
        return session
    result = event.result
    if line.errand is VisitTask.RETURN:
        return _on_secured(session, ctx, line, result)
    if event.secured:
        return _on_undo_secured(session, line, result)
    after = {SwitchResult.DONE: TagState.SWITCHED, SwitchResult.GONE: TagState.OWED}
    session = visit_lines.put_anywhere(session, replace(line, tag=after.get(result, TagState.FAILED)))
    return item_tags.secure_again(session, ctx, line.item) if line.state is LineState.REFUSED else session


def _switching_line(session: Session, item: ItemId) -> VisitLine | None:
    aside = (line for card in session.visit.aside for line in card.lines)
    every = (each for each in (*session.lines, *aside) if each.item == item)
    return next((each for each in every if each.tag is TagState.SWITCHING), None)


def _on_undo_secured(session: Session, line: VisitLine, result: SwitchResult) -> Session:
    """Undo the loan of an item that the gate rings for again; otherwise the loan stays."""
    if result is SwitchResult.DONE and line.transaction:
        session = visit_lines.put(session, replace(line, tag=TagState.LISTED))
        return session.want(Deliver(line.item, Undo(line.transaction)))
    kept = replace(line, tag=TagState.SWITCHED if result is SwitchResult.GONE else TagState.FAILED)
    return visit_lines.put(session, visit_lines.as_before(kept))


def _on_secured(session: Session, ctx: Context, line: VisitLine, result: SwitchResult) -> Session:
    """Submit the return of an item that the gate rings for again; one that was lifted off is not returned."""
    known = next((each for each in session.visit.securing if each.item == line.item), None)
    session = on_visit(session, securing=_drop_lookup(session.visit.securing, line.item))
    if result is SwitchResult.GONE and ctx.rules.returns != "bin" and line.state is LineState.CHECKING:
        lifted = replace(line, state=LineState.WAITING, tag=TagState.LIFTED, missing=())
        return visit_lines.put(session, lifted)
    line = replace(line, tag=TagState.SWITCHED if result is SwitchResult.DONE else TagState.FAILED)
    session = visit_lines.put_anywhere(session, line)
    return session if known is None else checkin.on_item(session, ctx, known, line)


def _drop_lookup(known: tuple[ItemKnown, ...], item: ItemId) -> tuple[ItemKnown, ...]:
    return tuple(each for each in known if each.item != item)
