"""Apply a patron's stored display preferences after the card, and save changes when the visit ends.

Preferences that outlive the visit are stored by the library only. A card alone may apply them, because they reveal
nothing else about the patron. Where the PIN is always required, they are applied after the PIN.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import StoreDisplayPreferences, submit
from kiosk.desk.home import defaults
from kiosk.desk.session import Context, Session, on_visit
from kiosk.views import Status, apply_preferences, preferences_of
from lending.display_preferences import OFF, read
from lending.languages import kin, languages
from lending.model import CardRef
from lending.responses import PatronResponse, RecordErasure, StoredPreferences


def on_preferences(session: Session, text: str) -> Session:
    """Keep the preferences stored for the card; they are applied by `apply_stored`."""
    return on_visit(session, look=text, worn=False)


def apply_stored(session: Session, ctx: Context) -> Session:
    """Apply the stored preferences, once per visit, so that later changes by the patron are kept."""
    look = read(session.visit.look)
    if look is None or session.visit.worn:
        return session
    status = apply_preferences(session.status, look, defaults(session.status, ctx))
    session = replace(on_visit(session, worn=True), status=localise_status(status, ctx))
    return on_visit(session, wore=text_of(session))


def reset_preferences(session: Session, ctx: Context) -> Session:
    """Reset the display before another card of the same visit is used."""
    if not session.visit.worn:
        return session
    return replace(on_visit(session, worn=False), status=defaults(session.status, ctx))


def localise_status(status: Status, ctx: Context) -> Status:
    """Set the library's name in the screen language, and whether the kiosk has a voice for it."""
    mute = kin(status.language) not in ctx.rules.voices
    return replace(status, library=ctx.rules.name(status.language), mute=mute)


def close_panel(session: Session) -> Session:
    """Close the panel of the status bar."""
    return replace(session, status=replace(session.status, panel=None))


def text_of(session: Session) -> str:
    """Return the current preferences as text; settings that this kiosk lacks keep their stored value."""
    status, before = session.status, read(session.visit.look)
    look = preferences_of(status)
    if before is None:
        return str(look)
    lacks = {name for name, has in (("lower", status.low), ("voice", status.voice)) if has is None}
    if not languages()[status.language].upright:
        lacks.add("upright")
    return str(replace(look, on=look.on | (before.on & lacks)))


def on_leave(was: Session, session: Session) -> Session:
    """Save changed preferences, once, when the visit ends or another card is chosen."""
    before, card = was.visit, was.visit.card
    ends = (session.visit.number, session.visit.card) != (before.number, card)
    if card is None or not before.worn or not ends or (text := text_of(was)) == before.wore:
        return session
    aside = tuple(replace(each, look=text) if each.card == card else each for each in session.visit.aside)
    change = StoredPreferences(text, card=card)
    return on_visit(session, aside=aside).want(StoreDisplayPreferences(card, text), submit(change))


def store_preferences(session: Session, card: CardRef, text: str) -> Session:
    """Store the current preferences for the card, or delete them; the screen itself stays as it is."""
    kept = "" if text == OFF else text
    return on_visit(session, look=kept, worn=bool(kept), wore=kept).want(StoreDisplayPreferences(card, kept))


def unheard(session: Session, act: PatronResponse) -> Session:
    """Drop the local copy if the change was refused or not written: the library's copy counts."""
    if not isinstance(act, StoredPreferences | RecordErasure) or act.card is None:
        return session
    return on_visit(session, look="", worn=False).want(StoreDisplayPreferences(act.card, None))
