"""Search the catalogue: typed keys, results, the page of one title, and other copies of a refused item."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import identification
from kiosk.desk.effects import AskTitles
from kiosk.desk.session import Context, Session, guest_of
from kiosk.events import Pressed, TitleKnown, TitlesFound
from kiosk.views import ForYou, Refused, VisitLine, VisitTask
from kiosk.views.find import LEAST, LONGEST, Find, TitlePage
from kiosk.views.text_entry import Board
from lending import policy as law
from lending import shelves
from lending.model import Item, ItemStatus, Reason
from lending.shelves import Stand
from lending.title_result import Availability, SearchResults, TitleResult

MOST_IN_SIGHT = 12
"""Results whose bays are looked up; more are never in sight at once."""
OF_THIS_COPY = (Reason.READING_ROOM, Reason.NO_RULE, Reason.HELD_FOR_OTHER)
"""Reasons that concern one copy, so that another one of the title may be lent."""


def open_up(session: Session, ctx: Context) -> Session:
    """Open an empty search field with the keyboard."""
    guest, lines = guest_of(session, ctx), session.lines
    online, offline = bool(ctx.showcase.resources), not session.status.online
    return session.show(Find(branch=ctx.rules.branch, offline=offline, online=online, guest=guest, lines=lines))


def on_press(session: Session, ctx: Context, view: Find, event: Pressed) -> Session:
    choice = event.choice or ""
    match event.name:
        case "key":
            return _set_text(session, ctx, view, view.typed + choice)
        case "erase" if choice:
            return _set_text(session, ctx, view, "")
        case "erase":
            return _set_text(session, ctx, view, view.typed[:-1])
        case "fewer":
            return _set_text(session, ctx, view, view.typed.rsplit(maxsplit=1)[0])
        case "turn":
            return session.show(replace(view, board=Board(choice)))
        case "hold" if view.answer is not None:
            return identification.for_page(session, ctx, view.answer)
        case "read" if view.answer is not None:
            return session.show(replace(view.answer, on_phone=True))
        case "title":
            return _title(session, ctx, view, int(choice))
        case "tell_me" if view.agreeing:
            return identification.for_page(session, ctx, view)
        case "tell_me":
            return session.show(replace(view, agreeing=True))
        case _:
            return session


def on_page_press(session: Session, ctx: Context, view: TitlePage, name: str) -> Session:
    match name:
        case "hold":
            return identification.for_page(session, ctx, view)
        case "tell_back" if view.agreeing:
            return identification.for_page(session, ctx, view)
        case "tell_back":
            return session.show(replace(view, agreeing=True))
        case "read":
            return session.show(replace(view, on_phone=not view.on_phone))
        case _:
            return session


def isbn(session: Session, ctx: Context, number: str) -> Session:
    """Search for a scanned ISBN."""
    view = session.view
    if isinstance(view, TitlePage):
        view = view.under
    return _set_text(session, ctx, view, number) if isinstance(view, Find) else session


def on_results(session: Session, ctx: Context, event: TitlesFound) -> Session:
    """Show results if they belong to the current query."""
    view = session.ground
    if not isinstance(view, Find) or view.typed != event.typed or event.found is None:
        return session
    return session.on_ground(with_first_result(ctx, replace(view, found=event.found, asked=event.typed)))


def back(session: Session, ctx: Context, view: Find | TitlePage) -> Session:
    """Go back: from a title to its results or to the recommendations, else to the first screen or the visit's list."""
    if view.agreeing:
        return session.show(replace(view, agreeing=False))
    if isinstance(view, TitlePage):
        if view.on_phone:
            return session.show(replace(view, on_phone=False))
        if view.recommended is not None:
            return session.show(replace(view.recommended, lines=view.lines))
        under = replace(view.under, guest=view.guest, lines=view.lines, offline=not session.status.online)
        return session.show(with_first_result(ctx, under))
    return identification.leave_page(session, ctx)


def _set_text(session: Session, ctx: Context, view: Find, typed: str) -> Session:
    """Start a search; earlier results stay visible until new ones arrive, too short input starts none."""
    typed = typed.lstrip()[:LONGEST]
    view = replace(view, typed=typed, alert=None, offline=not session.status.online)
    if len(typed.strip()) < LEAST:
        return session.show(with_first_result(ctx, replace(view, found=None, asked="")))
    return session.show(view).want(AskTitles(typed))


def with_first_result(ctx: Context, view: Find) -> Find:
    """Add the page of the first result, and the bays of those in sight."""
    works = view.found.works[:MOST_IN_SIGHT] if view.found else ()
    stands = {each.id: _stand(ctx, view, each) for each in works}
    bays = {key: each.bays[0].code for key, each in stands.items() if each is not None and len(each.bays) == 1}
    return replace(view, answer=page_of(ctx, view, works[0]) if works else None, bays=bays)


def _stand(ctx: Context, view: Find, work: TitleResult) -> Stand | None:
    """Return the bays of a title that this branch has; None without a floor plan that has them."""
    is_here = any(each.branch == view.branch for each in work.copies)
    return shelves.stand(work.call_number_at(view.branch), ctx.floors) if is_here else None


def _title(session: Session, ctx: Context, view: Find, key: int) -> Session:
    work = next((each for each in view.found.works if each.id == key), None) if view.found else None
    return session if work is None else session.show(page_of(ctx, view, work))


def page_of(ctx: Context, view: Find, work: TitleResult) -> TitlePage:
    """Return the page of one title of the results."""
    alone = work.whereabouts(view.branch) is Availability.ONLINE
    names = ctx.policy.branches if ctx.policy else {}
    houses = tuple(names[each] for each in work.houses(view.branch) if any(names.get(each, {}).values()))
    return TitlePage(
        work,
        replace(view, answer=None, bays={}),
        _stand(ctx, view, work),
        houses,
        on_phone=alone,
        keeps=ctx.rules.record,
        guest=view.guest,
        lines=view.lines,
    )


def on_recommended_title(session: Session, ctx: Context, event: TitleKnown) -> Session:
    """Open the page of a recommended title, if its cover is still on the screen."""
    view = session.view
    if not isinstance(view, ForYou) or all(each.item != event.item for each in view.picks or ()):
        return session
    offline, guest = not session.status.online, guest_of(session, ctx)
    for work in event.found.works:
        search = Find(work.title, found=event.found, branch=ctx.rules.branch, offline=offline)
        page = page_of(ctx, replace(search, guest=guest, lines=session.lines), work)
        return session.show(replace(page, recommended=view))
    return session


def search_other_copies(session: Session, was: Session, ctx: Context) -> Session:
    """Search for the other copies of an item that was just refused, if one of them can help."""
    view = session.view
    if not ctx.finds or not isinstance(view, Refused) or (isinstance(was.view, Refused) and was.view.line == view.line):
        return session
    line = view.line
    helps = line.errand is VisitTask.BORROW and line.block is not None and line.block.reason in OF_THIS_COPY
    return session.want(AskTitles(line.title)) if helps and line.title else session


def on_other_copies(session: Session, ctx: Context, event: TitlesFound) -> Session:
    """Add the other copies to the refusal on the screen, if the answer is about its title."""
    view = session.view
    if not isinstance(view, Refused) or event.found is None or event.found.outdated or view.line.title != event.typed:
        return session
    works = (each for each in event.found.works if any(copy.id == view.line.item for copy in each.copies))
    work = next(
        (each for whole in works if (each := _allowed_copies(session, ctx, whole, view.line)) is not None), None
    )
    if work is None:
        return session
    results = SearchResults((work,), as_of=event.found.as_of)
    under = Find(
        event.typed, found=results, asked=event.typed, branch=ctx.rules.branch, offline=not session.status.online
    )
    page = page_of(ctx, replace(under, guest=guest_of(session, ctx), lines=session.lines), work)
    return session.show(replace(view, other=page)) if page.keeps or page.work.on_shelf else session


def _allowed_copies(session: Session, ctx: Context, work: TitleResult, line: VisitLine) -> TitleResult | None:
    """Return the title with the copies that this patron may borrow or wait for; None if there are none."""
    others = tuple(each for each in work.copies if each.id != line.item and _may_be_lent(session, ctx, each))
    if not others and line.block is not None and line.block.reason is Reason.HELD_FOR_OTHER:
        return work
    return replace(work, copies=others) if others else None


def _may_be_lent(session: Session, ctx: Context, copy: Item) -> bool:
    """Return whether the rules allow the loan once the copy is on its shelf."""
    patron = session.visit.patron
    if ctx.policy is None or patron is None or copy.status is ItemStatus.LOST:
        return False
    shelved = replace(copy, status=ItemStatus.ON_SHELF, reserved_for=None)
    return isinstance(law.checkout(ctx.policy, patron, shelved, ctx.rules.branch, ctx.now), law.Terms)
