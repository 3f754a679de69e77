"""Has a title kept for the patron who is known, or her told when one comes; both go the way of every transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.desk.effects import Deliver
from kiosk.desk.session import Context, Session, guest_of, is_locked
from kiosk.domain.agreed import TELL_ME
from kiosk.domain.model import Block, ItemId, Reason
from kiosk.domain.transactions import Said
from kiosk.events import Settled
from kiosk.sync.central import Accepted, Deferred, Refused
from kiosk.views import LineState
from kiosk.views.find import Find, TitlePage

HOLD, SEARCH = "hold", "search"
WANTED = "wanted"
Page = Find | TitlePage


def wished(session: Session, ctx: Context, page: Page) -> Session:
    """Her wish of that page is written down and handed over; she is known, and proved where the library asks for it."""
    card = session.visit.card
    assert card is not None, "whoever wants something kept is known by a card"
    guest = guest_of(session, ctx)
    page = replace(page, guest=guest, lines=session.lines)
    if is_locked(session, ctx):
        return session.show(_became(page, LineState.REFUSED, Block(Reason.NEEDS_CENTRAL)))
    said = (
        Said(HOLD, WANTED, str(page.work.id), card)
        if isinstance(page, TitlePage)
        else Said(SEARCH, page.typed, TELL_ME.version, card)
    )
    return session.show(_became(page, LineState.CHECKING)).want(Deliver(ItemId(""), said))


def settled(session: Session, event: Settled, act: Said) -> Session:
    """The courier's answer to a wish, where the page it came from still stands."""
    page = session.ground
    if not _is_of(page, act):
        return session
    match event.outcome:
        case Accepted():
            return session.on_ground(_became(page, LineState.DONE))
        case Deferred():
            return session.on_ground(_became(page, LineState.SAVED))
        case Refused(block=block):
            return session.on_ground(_became(page, LineState.REFUSED, block))


def not_written(session: Session, act: Said) -> Session:
    """The journal did not take it: nothing was promised."""
    page = session.ground
    return session.on_ground(_became(page, None)) if _is_of(page, act) else session


def _is_of(page: object, act: Said) -> bool:
    """The same wish of another patron, who has stood here before, is not hers."""
    match page:
        case Find() | TitlePage() if page.guest is None or page.guest.card != act.card:
            return False
        case TitlePage():
            return act.ask == HOLD and act.about == str(page.work.id)
        case Find():
            return act.ask == SEARCH and act.answer == page.typed
        case _:
            return False


def _became(page: Any, state: LineState | None, block: Block | None = None) -> Any:
    if isinstance(page, TitlePage):
        return replace(page, hold=state, block=block)
    return replace(page, told=state)
