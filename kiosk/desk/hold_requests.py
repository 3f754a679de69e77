"""Place a hold, or an availability or search alert, for the identified patron; sent as transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.central import Accepted, Deferred, Refused
from kiosk.desk.effects import Deliver
from kiosk.desk.session import Context, Session, guest_of, is_locked
from kiosk.events import Settled
from kiosk.views import LineState
from kiosk.views.find import Find, TitlePage
from lending.kiosk_consents import TELL_BACK, TELL_ME
from lending.model import Block, CardRef, ItemId, Reason
from lending.transactions import PatronResponse

HOLD, BACK, SEARCH = "hold", "back", "search"
WANTED = "wanted"
Page = Find | TitlePage


def wished(session: Session, ctx: Context, page: Page) -> Session:
    """Submit the request of a page; the patron is identified, and proved if the library requires it."""
    card = session.visit.card
    assert card is not None, "a hold needs a card"
    said = _said(page, card)
    page = replace(page, agreeing=False, guest=guest_of(session, ctx), lines=session.lines)
    if is_locked(session, ctx):
        return session.show(_with_outcome(page, said, LineState.REFUSED, Block(Reason.NEEDS_CENTRAL)))
    return session.show(_with_outcome(page, said, LineState.CHECKING)).want(Deliver(ItemId(""), said))


def _said(page: Page, card: CardRef) -> PatronResponse:
    if isinstance(page, Find):
        return PatronResponse(SEARCH, page.typed, TELL_ME.version, card)
    about = str(page.work.id)
    return (
        PatronResponse(BACK, TELL_BACK.version, about, card)
        if page.agreeing
        else PatronResponse(HOLD, WANTED, about, card)
    )


def settled(session: Session, event: Settled, act: PatronResponse) -> Session:
    """Apply the courier's result, if the page is still open."""
    page = session.ground
    if not _is_of(page, act):
        return session
    match event.outcome:
        case Accepted():
            return session.on_ground(_with_outcome(page, act, LineState.DONE))
        case Deferred():
            return session.on_ground(_with_outcome(page, act, LineState.SAVED))
        case Refused(block=block):
            return session.on_ground(_with_outcome(page, act, LineState.REFUSED, block))


def not_written(session: Session, act: PatronResponse) -> Session:
    """Restore the page, because the journal write failed and nothing was promised."""
    page = session.ground
    return session.on_ground(_with_outcome(page, act, None)) if _is_of(page, act) else session


def _is_of(page: object, act: PatronResponse) -> bool:
    """Return whether the page belongs to the request and to the same patron."""
    match page:
        case Find() | TitlePage() if page.guest is None or page.guest.card != act.card:
            return False
        case TitlePage():
            return act.ask in (HOLD, BACK) and act.about == str(page.work.id)
        case Find():
            return act.ask == SEARCH and act.answer == page.typed
        case _:
            return False


def _with_outcome(page: Any, act: PatronResponse, state: LineState | None, block: Block | None = None) -> Any:
    """Show one request per title at a time: the state of the other is hidden."""
    if act.ask == HOLD:
        return replace(page, hold=state, block=block, told=None)
    if act.ask == BACK:
        return replace(page, told=state, hold=None, block=None)
    return replace(page, told=state)
