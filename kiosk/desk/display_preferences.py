"""Her look on the glass: put on when her card is known, told when she leaves, where she wished it remembered.

What outlives the visit lies with the library alone. A tap may put it on: it tells how she reads, and nothing else.
Where a card must not even tell that it is known it waits for the PIN.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import Deliver, KeepLook
from kiosk.desk.home import defaults
from kiosk.desk.session import Context, Session, on_visit
from kiosk.views import Status, in_look, look_of
from lending.display_preferences import LOOK, OFF, read
from lending.languages import kin, languages
from lending.model import CardRef, ItemId
from lending.patron_record import ERASE
from lending.transactions import PatronResponse


def known(session: Session, text: str) -> Session:
    """What is remembered for the card that was shown; nothing is put on yet."""
    return on_visit(session, look=text, worn=False)


def worn(session: Session, ctx: Context) -> Session:
    """The screen as she likes it, once in a visit: what she changes afterwards stays as she has it."""
    look = read(session.visit.look)
    if look is None or session.visit.worn:
        return session
    status = in_look(session.status, look, defaults(session.status, ctx))
    session = replace(on_visit(session, worn=True), status=named(status, ctx))
    return on_visit(session, wore=text_of(session))


def taken_off(session: Session, ctx: Context) -> Session:
    """Before another card of the same visit: hers is nobody else's."""
    if not session.visit.worn:
        return session
    return replace(on_visit(session, worn=False), status=defaults(session.status, ctx))


def named(status: Status, ctx: Context) -> Status:
    """The library's name in the language of the glass, and whether the kiosk has a voice for it."""
    mute = kin(status.language) not in ctx.rules.voices
    return replace(status, library=ctx.rules.name(status.language), mute=mute)


def unlisted(session: Session) -> Session:
    """The list of languages goes as soon as something else is touched or shown."""
    return replace(session, status=replace(session.status, choosing=False))


def text_of(session: Session) -> str:
    """Her look as the glass has it now. What this kiosk has not stays as it was."""
    status, before = session.status, read(session.visit.look)
    look = look_of(status)
    if before is None:
        return str(look)
    lacks = {name for name, has in (("lower", status.low), ("voice", status.voice)) if has is None}
    if not languages()[status.language].upright:
        lacks.add("upright")
    return str(replace(look, on=look.on | (before.on & lacks)))


def left(was: Session, session: Session) -> Session:
    """Her visit is over, or another card is taken up: what she changed is told, once, and stands for her next visit."""
    before, card = was.visit, was.visit.card
    ends = (session.visit.number, session.visit.card) != (before.number, card)
    if card is None or not before.worn or not ends or (text := text_of(was)) == before.wore:
        return session
    aside = tuple(replace(each, look=text) if each.card == card else each for each in session.visit.aside)
    said = PatronResponse(LOOK, text, "", card)
    return on_visit(session, aside=aside).want(KeepLook(card, text), Deliver(ItemId(""), said))


def wished(session: Session, card: CardRef, text: str) -> Session:
    """She wants it remembered as it is, or no more: what is on the glass stays there till the visit is over."""
    kept = "" if text == OFF else text
    return on_visit(session, look=kept, worn=bool(kept), wore=kept).want(KeepLook(card, kept))


def unheard(session: Session, act: PatronResponse) -> Session:
    """What she said of it counts nowhere: the kiosk goes by what the library has."""
    if act.ask not in (LOOK, ERASE) or act.card is None:
        return session
    return on_visit(session, look="", worn=False).want(KeepLook(act.card, None))
