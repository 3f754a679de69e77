"""Open private areas after proof of identity, by PIN or by a one-time code sent to the patron.

This applies whatever the library requires for loans: a found card can borrow, but reveals nothing about the patron.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import identification
from kiosk.desk.effects import AskProof, SendCode
from kiosk.desk.identification import refuse_private_area
from kiosk.desk.session import Context, Session, guest_of, is_proved, on_visit
from kiosk.events import CodeSent, ProofKnown
from kiosk.views import Identify, OneTimeCode, VisitTask
from lending.model import Block, Reason


def open_area(session: Session, ctx: Context, room: str) -> Session:
    """Open a private area, or ask how the patron can prove their identity."""
    session = on_visit(session, room=room)
    if is_proved(session):
        return identification.enter_room(session, ctx)
    if not session.central_answers:
        return refuse_private_area(session, ctx, Block(Reason.NEEDS_CENTRAL))
    card = identification.patron_card(session)
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


def send(session: Session, view: Identify) -> Session:
    shown = replace(view, checking=True, typed="", problem=None)
    return on_visit(session, pin="").show(shown).want(SendCode(identification.patron_card(session)))


def on_code_sent(session: Session, event: CodeSent) -> Session:
    view = session.ground
    waits = isinstance(view, Identify) and view.checking and view.code is not None and not view.code.sent
    if not waits or not isinstance(view, Identify) or view.code is None or session.visit.card != event.card:
        return session
    code = replace(view.code, sent=event.sent, failed=not event.sent)
    return session.on_ground(replace(view, checking=False, code=code))
