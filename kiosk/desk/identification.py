"""Identify the patron: card, lookup and, if the library requires it, the PIN; then open the errand.

The private areas need a proof of identity, whatever the library requires for loans: a found card can borrow, but
reveals nothing about the patron.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import PinVerdict, Source, Sourced
from kiosk.desk import (
    account,
    checkout,
    display_preferences,
    event_booking,
    for_you,
    hold_requests,
    my_details,
    visit_lines,
)
from kiosk.desk.effects import AskCode, AskPatron, AskPin, AskProof, SendCode
from kiosk.desk.home import start_again
from kiosk.desk.session import Context, Session, guest_of, is_proved, on_visit
from kiosk.desk.visit_lines import on_recount, store_patron
from kiosk.events import CodeSent, PatronKnown, PinChecked, ProofKnown
from kiosk.views import Blocked, CurrentPatron, Finding, Identify, Learn, OneTimeCode, Returning, VisitTask
from lending.model import Block, CardRef, CardStatus, PatronRef, Reason
from lending.policy import Allowance
from lending.transactions import PinStatus

BULLET = "•"
FOR_YOU = "for_you"
"""Private area, as My details is: it needs proof of identity, whatever the library requires for loans."""
STOPPED = {
    CardStatus.BLOCKED: Reason.CARD_BLOCKED,
    CardStatus.LOST: Reason.CARD_LOST,
    CardStatus.PROVISIONAL: Reason.CARD_PROVISIONAL,
}


def ask_card(session: Session, errand: VisitTask, problem: Block | None = None) -> Session:
    """Ask for a card; keep the lines of the visit."""
    session = on_visit(session, card=None, patron=None, pin="")
    return session.show(Identify(errand, problem=problem, lines=session.lines))


def card_shown(session: Session, ctx: Context, card: CardRef, errand: VisitTask) -> Session:
    """Look up a card that was presented, unless too many unknown cards have paused lookups."""
    if not session.guard.takes_cards(ctx.seconds):
        block = Block(Reason.CARDS_PAUSED)
        return session.show(Blocked(block, lines=session.lines, still=checkout.still(block, ctx)))
    session = on_visit(session, card=card, patron=None, pin="")
    return session.show(Identify(errand, checking=True, lines=session.lines)).want(AskPatron(card))


def patron_known(session: Session, ctx: Context, event: PatronKnown) -> Session:
    """Handle the patron lookup, if it is still awaited."""
    ground = session.ground
    if not isinstance(ground, Identify) or ground.pin or not ground.checking or session.visit.card != event.card:
        return on_recount(session, ctx, event)
    match event.answer:
        case Sourced(value=patron, source=source):
            session = store_patron(on_visit(session, verified=PinStatus.CARD), patron, source)
            return enter(display_preferences.on_preferences(session, event.look), ctx, ground.errand)
        case Block(reason=Reason.UNKNOWN_CARD) if ctx.rules.pin == "always" and session.central_answers:
            return _ask_pin(session, ctx, ground.errand)
        case Block(reason=Reason.UNKNOWN_CARD):
            return ask_card(session, ground.errand, event.answer)
        case block:
            session = on_visit(session, card=None)
            return session.show(Blocked(block, lines=session.lines, still=checkout.still(block, ctx)))


def enter(session: Session, ctx: Context, errand: VisitTask) -> Session:
    """Open an errand for an identified patron, after the PIN if this library requires it."""
    patron = session.visit.patron
    assert patron is not None, "an errand opens after the card"
    if patron.card in STOPPED:
        block = Block(STOPPED[patron.card])
        return _show_blocked(session, ctx, block, checkout.still(block, ctx))
    session = on_visit(session, room="")
    if ctx.rules.pin != "always" or session.visit.verified is not PinStatus.CARD:
        session = display_preferences.apply_stored(session, ctx)
    asks = ctx.rules.pin == "always" or (ctx.rules.pin == "account" and errand is VisitTask.HOLD)
    if not asks or session.visit.verified is PinStatus.PIN:
        return _open(session, ctx, errand)
    return _ask_pin(session, ctx, errand)


def for_page(session: Session, ctx: Context, page: Finding) -> Session:
    """Carry out the request of a page, after identifying the patron if needed."""
    session = on_visit(session, page=page)
    if session.visit.patron is None:
        return ask_card(session, VisitTask.HOLD)
    return enter(session, ctx, VisitTask.HOLD)


def leave_page(session: Session, ctx: Context) -> Session:
    """Return from the catalogue or the learning section: to the patron's list, or to the first screen."""
    return start_again(session, ctx) if session.visit.patron is None else enter(session, ctx, VisitTask.BORROW)


def unlock(session: Session, ctx: Context) -> Session:
    """Ask for the PIN that the account's private parts need."""
    return _ask_pin(session, ctx, VisitTask.ACCOUNT)


def _ask_pin(session: Session, ctx: Context, errand: VisitTask) -> Session:
    if session.visit.source is Source.SNAPSHOT or not session.central_answers:
        return without_pin(session, ctx, errand)
    if session.guard.tries_left(patron_card(session), ctx.seconds) == 0:
        return _show_pin_pause(session, ctx)
    session = on_visit(session, pin="")
    return session.show(Identify(errand, pin=True, lines=session.lines, guest=_before_pin(session, ctx)))


def _before_pin(session: Session, ctx: Context) -> CurrentPatron | None:
    """Return the patron shown on the PIN screen; without a name if a card alone must not reveal that it is known."""
    if ctx.rules.pin == "always":
        return CurrentPatron(patron_card(session), PatronRef(""), Allowance(0, 0))
    return guest_of(session, ctx)


def patron_card(session: Session) -> CardRef:
    assert session.visit.card is not None, "the visit has a card"
    return session.visit.card


def _open(session: Session, ctx: Context, errand: VisitTask) -> Session:
    if errand is VisitTask.HOLD and (page := session.visit.page) is not None:
        session = on_visit(session, page=None)
        return (
            event_booking.request_place(session, ctx, page)
            if isinstance(page, Learn)
            else hold_requests.submit_request(session, ctx, page)
        )
    return account.open_list(session, ctx) if errand is VisitTask.ACCOUNT else checkout.open_list(session, ctx)


def without_pin(session: Session, ctx: Context, errand: VisitTask) -> Session:
    """Continue without PIN while it cannot be checked, as far as the library's settings permit."""
    session = on_visit(session, pin="")
    if session.visit.room:
        return refuse_private_area(session, ctx, Block(Reason.NEEDS_CENTRAL))
    if session.visit.patron is None:
        block = Block(Reason.NEEDS_CENTRAL)
        return session.show(Blocked(block, lines=session.lines, still=checkout.still(block, ctx)))
    if errand is VisitTask.HOLD:
        return _open(session, ctx, errand)
    if ctx.rules.pin == "account":
        return account.open_list(session, ctx)
    capped = ctx.rules.pin == "always" and ctx.rules.offline_pin == "lend_capped"
    if errand is not VisitTask.ACCOUNT and capped:
        return checkout.open_list(
            display_preferences.apply_stored(on_visit(session, verified=PinStatus.UNVERIFIED), ctx), ctx
        )
    block = Block(Reason.NEEDS_CENTRAL)
    return _show_blocked(session, ctx, block, ((VisitTask.BORROW,) if capped else ()) + checkout.still(block, ctx))


def enter_room(session: Session, ctx: Context) -> Session:
    """Open the private area that was requested before the proof of identity."""
    room = session.visit.room
    session = on_visit(session, room="")
    return for_you.open_list(session, ctx) if room == FOR_YOU else my_details.open_up(session, ctx)


def refuse_private_area(session: Session, ctx: Context, block: Block) -> Session:
    """Explain why a private area stays closed, and offer what remains possible."""
    session = on_visit(session, room="", pin="")
    find = (VisitTask.FIND,) if ctx.finds else ()
    return _show_blocked(session, ctx, block, (VisitTask.BORROW, VisitTask.ACCOUNT, *find))


def _show_pin_pause(session: Session, ctx: Context) -> Session:
    """Explain the pause after too many wrong PINs; errands without PIN remain possible."""
    block = Block(Reason.PIN_LOCKED)
    more = (VisitTask.ACCOUNT,) if ctx.rules.pin == "account" or session.visit.room else ()
    session = on_visit(session, room="")
    return _show_blocked(session, ctx, block, (*checkout.still(block, ctx), *more))


def _show_blocked(session: Session, ctx: Context, block: Block, still: tuple[VisitTask, ...]) -> Session:
    return session.show(Blocked(block, guest_of(session, ctx), session.lines, still))


def pin_checked(session: Session, ctx: Context, event: PinChecked) -> Session:
    """Handle the result of a PIN or code check, if it is still awaited."""
    ground = session.ground
    if not isinstance(ground, Identify) or not ground.pin or not ground.checking or session.visit.turn != event.turn:
        return session
    match event.verdict:
        case PinVerdict.RIGHT if session.visit.patron is None:
            return ask_card(session, ground.errand, Block(Reason.UNKNOWN_CARD))
        case PinVerdict.RIGHT if session.visit.room:
            return enter_room(on_visit(session, verified=PinStatus.PIN), ctx)
        case PinVerdict.RIGHT:
            return _open(
                display_preferences.apply_stored(on_visit(session, verified=PinStatus.PIN), ctx), ctx, ground.errand
            )
        case PinVerdict.AWAY:
            return without_pin(session, ctx, ground.errand)
        case PinVerdict.LOCKED:
            return _show_pin_pause(session, ctx)
        case PinVerdict.WRONG:
            left = session.guard.tries_left(event.card, ctx.seconds)
            if left == 0:
                return _show_pin_pause(session, ctx)
            block = Block(Reason.CODE_WRONG if ground.code and ground.code.sent else Reason.PIN_WRONG)
            return session.show(replace(ground, checking=False, typed="", problem=block, tries_left=left))


def count_attempt(session: Session, ctx: Context, event: PatronKnown | PinChecked) -> Session:
    """Count wrong PINs and unknown cards, also for a visit that was abandoned."""
    guard = session.guard
    match event:
        case PatronKnown(answer=Block(reason=Reason.UNKNOWN_CARD)):
            guard = guard.unknown_card(ctx.seconds)
        case PinChecked(verdict=PinVerdict.WRONG):
            guard = guard.wrong_pin(event.card, ctx.seconds)
        case PinChecked(verdict=PinVerdict.RIGHT):
            guard = guard.right_pin(event.card)
        case _:
            pass
    return replace(session, guard=guard)


def key(session: Session, view: Identify, digit: str) -> Session:
    if view.is_full:
        return session
    if view.pin:
        session = on_visit(session, pin=session.visit.pin + digit)
    return session.show(replace(view, typed=view.typed + (BULLET if view.pin else digit), problem=None))


def erase(session: Session, view: Identify) -> Session:
    session = on_visit(session, pin=session.visit.pin[:-1])
    return session.show(replace(view, typed=view.typed[:-1], problem=None))


def send_pin(session: Session, view: Identify) -> Session:
    turn = session.visit.turn + 1
    card, typed = patron_card(session), session.visit.pin
    ask = AskCode(card, turn, typed) if view.code and view.code.sent else AskPin(card, turn, typed)
    shown = replace(view, checking=True, typed="", problem=None)
    return on_visit(session, turn=turn, pin="").show(shown).want(ask)


def back(session: Session, ctx: Context, view: Identify) -> Session:
    """Cancel identification: return to the page or account that works without it, or to the first screen."""
    session = on_visit(session, pin="")
    if view.errand is VisitTask.HOLD and (page := session.visit.page) is not None:
        return on_visit(session, page=None).show(replace(page, lines=view.lines))
    if view.pin and (ctx.rules.pin == "account" or session.visit.room):
        return account.open_list(on_visit(session, room=""), ctx)
    done = visit_lines.without_waiting(view.lines)
    if not done:
        return start_again(session, ctx)
    return on_visit(session, card=None, patron=None).show(Returning(done, hears=ctx.rules.hears))


def open_area(session: Session, ctx: Context, room: str) -> Session:
    """Open a private area, or ask how the patron can prove their identity."""
    session = on_visit(session, room=room)
    if is_proved(session):
        return enter_room(session, ctx)
    if not session.central_answers:
        return refuse_private_area(session, ctx, Block(Reason.NEEDS_CENTRAL))
    card = patron_card(session)
    if session.guard.tries_left(card, ctx.seconds) == 0:
        return refuse_private_area(session, ctx, Block(Reason.PIN_LOCKED))
    session = on_visit(session, pin="", turn=session.visit.turn + 1)  # a late result of an earlier attempt is void
    asking = Identify(VisitTask.ACCOUNT, pin=True, checking=True, lines=session.lines, guest=guest_of(session, ctx))
    return session.show(asking).want(AskProof(card))


def on_proof_options(session: Session, ctx: Context, event: ProofKnown) -> Session:
    """Show the available ways to prove identity, if still awaited."""
    view = session.ground
    waits = isinstance(view, Identify) and view.pin and view.checking and bool(session.visit.room)
    if not waits or not isinstance(view, Identify) or session.visit.card != event.card:
        return session
    proof = event.proof
    if proof is None:
        return refuse_private_area(session, ctx, Block(Reason.NEEDS_CENTRAL))
    if not proof.pin and not proof.by:
        return refuse_private_area(session, ctx, Block(Reason.NO_PROOF))
    code = OneTimeCode(proof.by, only=not proof.pin) if proof.by else None
    return session.on_ground(replace(view, checking=False, code=code))


def send_code(session: Session, view: Identify) -> Session:
    shown = replace(view, checking=True, typed="", problem=None)
    return on_visit(session, pin="").show(shown).want(SendCode(patron_card(session)))


def on_code_sent(session: Session, event: CodeSent) -> Session:
    view = session.ground
    waits = isinstance(view, Identify) and view.checking and view.code is not None and not view.code.sent
    if not waits or not isinstance(view, Identify) or view.code is None or session.visit.card != event.card:
        return session
    code = replace(view.code, sent=event.sent, failed=not event.sent)
    return session.on_ground(replace(view, checking=False, code=code))
