"""Place a hold, or an availability or search alert, for the identified patron; sent as transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.desk.effects import submit
from kiosk.desk.session import Context, Session, guest_of, is_locked
from kiosk.desk.visit_lines import shown_outcome
from kiosk.events import Settled
from kiosk.views import LineState
from kiosk.views.find import Find, TitlePage
from lending.kiosk_consents import TELL_BACK, TELL_ME
from lending.model import Block, CardRef, Reason
from lending.responses import AvailabilityAlertRequest, HoldRequest, SearchAlertRequest

WANTED = "wanted"
Page = Find | TitlePage
PageRequest = HoldRequest | AvailabilityAlertRequest | SearchAlertRequest


def submit_request(session: Session, ctx: Context, page: Page) -> Session:
    """Submit the request of a page; the patron is identified, and proved if the library requires it."""
    card = session.visit.card
    assert card is not None, "a hold needs a card"
    request = _request(page, card)
    page = replace(page, agreeing=False, guest=guest_of(session, ctx), lines=session.lines)
    if is_locked(session, ctx):
        return session.show(_with_outcome(page, request, LineState.REFUSED, Block(Reason.NEEDS_CENTRAL)))
    return session.show(_with_outcome(page, request, LineState.CHECKING)).want(submit(request))


def _request(page: Page, card: CardRef) -> PageRequest:
    if isinstance(page, Find):
        return SearchAlertRequest(page.typed, TELL_ME.version, card)
    about = str(page.work.id)
    return (
        AvailabilityAlertRequest(TELL_BACK.version, about, card) if page.agreeing else HoldRequest(WANTED, about, card)
    )


def on_settled(session: Session, event: Settled, act: PageRequest) -> Session:
    """Apply the courier's result, if the page is still open."""
    page = session.ground
    if not _is_of(page, act):
        return session
    state, block = shown_outcome(event.outcome)
    return session.on_ground(_with_outcome(page, act, state, block))


def not_written(session: Session, act: PageRequest) -> Session:
    """Restore the page, because the journal write failed and nothing was promised."""
    page = session.ground
    return session.on_ground(_with_outcome(page, act, None)) if _is_of(page, act) else session


def _is_of(page: object, act: PageRequest) -> bool:
    """Return whether the page belongs to the request and to the same patron."""
    match page:
        case Find() | TitlePage() if page.guest is None or page.guest.card != act.card:
            return False
        case TitlePage():
            return not isinstance(act, SearchAlertRequest) and act.about == str(page.work.id)
        case Find():
            return isinstance(act, SearchAlertRequest) and act.answer == page.typed
        case _:
            return False


def _with_outcome(page: Any, act: PageRequest, state: LineState | None, block: Block | None = None) -> Any:
    """Show one request per title at a time: the state of the other is hidden."""
    if isinstance(act, HoldRequest):
        return replace(page, hold=state, block=block, alert=None)
    if isinstance(act, AvailabilityAlertRequest):
        return replace(page, alert=state, hold=None, block=None)
    return replace(page, alert=state)
