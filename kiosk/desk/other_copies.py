"""Offer another copy or a hold in place of an item that cannot be borrowed."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import find
from kiosk.desk.effects import AskTitles
from kiosk.desk.session import Context, Session, guest_of
from kiosk.events import TitlesFound
from kiosk.views import Refused, VisitLine, VisitTask
from kiosk.views.find import Find
from lending import policy as law
from lending.model import Item, ItemStatus, Reason
from lending.title_result import SearchResults, TitleResult

OF_THIS_COPY = (Reason.READING_ROOM, Reason.NO_RULE, Reason.HELD_FOR_OTHER)
"""Reasons that concern one copy, so that another one of the title may be lent."""


def search_other_copies(session: Session, was: Session, ctx: Context) -> Session:
    """Search for the other copies of an item that was just refused, if one of them can help."""
    view = session.view
    if not ctx.finds or not isinstance(view, Refused) or (isinstance(was.view, Refused) and was.view.line == view.line):
        return session
    line = view.line
    helps = line.errand is VisitTask.BORROW and line.block is not None and line.block.reason in OF_THIS_COPY
    return session.want(AskTitles(line.title)) if helps and line.title else session


def on_titles(session: Session, ctx: Context, event: TitlesFound) -> Session:
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
    page = find.page_of(ctx, replace(under, guest=guest_of(session, ctx), lines=session.lines), work)
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
