"""Compute one step of the desk: (session, event, context) -> (session, effects), a pure function."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.desk import (
    checkin,
    display_preferences,
    farewell,
    find,
    identification,
    input_fallbacks,
    out_of_service,
    pile,
    post_visit,
    registration,
    responses,
    scan,
    technician,
    text_entry,
    touch,
    visit_lines,
)
from kiosk.desk.effects import Effect
from kiosk.desk.home import SLIDE_SECONDS, expire_settings, minute, next_slide, welcome
from kiosk.desk.session import Context, Session, awake, farewell_seconds, lingers
from kiosk.events import (
    Answered,
    CardPresented,
    CardRemoved,
    CardTrouble,
    CardTroubled,
    CentralChanged,
    DropSensed,
    Event,
    ItemScanned,
    JournalFailed,
    KeyPressed,
    MinutePassed,
    PartChanged,
    PatronKnown,
    PileSeen,
    PinChecked,
    Pressed,
    PromiseSettled,
    RemoteAccess,
    ScannerHint,
    ServiceInstruction,
    TargetTouched,
    TechnicianKnown,
    TimeUp,
)
from kiosk.system.health import PartName
from kiosk.views import Farewell, Help, Identify, IdleWarning, Survey, Technician, TouchTest, Trial, Welcome

PRESENTED = CardPresented | CardTroubled | ItemScanned | ScannerHint


def step(session: Session, event: Event, ctx: Context) -> tuple[Session, tuple[Effect, ...]]:
    """Return the session after an event and the effects it requests. Every event is handled; never raises."""
    before, was = lingers(session), session
    session = technician.call_after_refusals(pile.attend(_apply(session, event, ctx), ctx), was, ctx)
    session = find.search_other_copies(session, was, ctx)
    session = out_of_service.apply_service_state(
        out_of_service.end_closed_visit(visit_lines.mark_sent(session), ctx), ctx
    )
    session = display_preferences.on_leave(was, session)
    if type(session.view) is not type(was.view) or isinstance(event, PRESENTED):
        session = display_preferences.close_panel(session)  # the patron went on with something else
    session = expire_settings(replace(session, status=replace(session.status, now=minute(ctx))), ctx)
    session = touch.keep_focus(input_fallbacks.stands_in(session, ctx), was)
    if isinstance(event, TimeUp):
        # After a sleep of the machine, a visit still times out step by step; the first screen skips missed time-outs.
        # A panel that closes does not prolong the visit.
        if isinstance(was.view, Welcome):
            session = replace(session, since=ctx.seconds)
        elif not (was.status.panel and session.view == was.view):
            session = replace(session, since=was.since + (before or 0.0))
    elif isinstance(event, Pressed | KeyPressed | TargetTouched | PRESENTED) or type(session.view) is not type(
        was.view
    ):
        session = replace(session, since=ctx.seconds)
    return replace(session, wanted=()), session.wanted


def _apply(session: Session, event: Event, ctx: Context) -> Session:
    if isinstance(session.view, Technician | TouchTest) and (part := _part_proved_by(event)) is not None:
        session = technician.set_result(session, part, Trial.SEEN)
        if isinstance(event, CardPresented | CardTroubled | ItemScanned):
            return session
    match event:
        case Pressed():
            return touch.on_press(replace(session, status=replace(session.status, focus=None)), ctx, event)
        case KeyPressed(key=key):
            return touch.on_key(session, ctx, key)
        case CardPresented(uid=uid):
            return _card(replace(session, on_reader=uid), ctx, uid)
        case CardRemoved():
            return _card_removed(replace(session, on_reader=""), ctx)
        case CardTroubled(trouble=trouble):
            return (
                session
                if out_of_service.is_shut(session)
                else scan.on_card_trouble(_close_text_input(session), ctx, trouble)
            )
        case ItemScanned(barcode=barcode):
            return (
                session if out_of_service.is_shut(session) else scan.on_scan(_close_text_input(session), ctx, barcode)
            )
        case ScannerHint(code=code):
            return session if out_of_service.is_shut(session) else scan.show_hint(session, ctx, code)
        case TargetTouched(off=off):
            return technician.on_target_touch(session, off)
        case TimeUp():
            return _time_up(session, ctx)
        case Answered():
            return _on_answer(session, ctx, event)
        case DropSensed():
            return checkin.on_drop(session, ctx)
        case PileSeen():
            return pile.on_pile(session, event)
        case JournalFailed(why=why):
            return out_of_service.close(session, why)
        case CentralChanged(online=online):
            return _central(replace(session, status=replace(session.status, online=online)), ctx)
        case PartChanged():
            return _part(session, ctx, event)
        case RemoteAccess():
            return out_of_service.show_remote_access(session, ctx, event)
        case ServiceInstruction():
            return out_of_service.handle_instruction(session, ctx, event)
        case PromiseSettled():
            return responses.on_promise_settled(session, ctx, event)
        case MinutePassed():
            return technician.delay_over(session, ctx)
        case _:
            assert_never(event)


def _part_proved_by(event: Event) -> PartName | None:
    """Return the part whose function this event proves to a technician."""
    match event:
        case CardPresented() | CardTroubled(trouble=CardTrouble.SEVERAL | CardTrouble.RANDOM):
            return PartName.CARD_READER
        case ItemScanned():
            return PartName.BARCODE_SCANNER
        case KeyPressed():
            return PartName.KEYS
        case DropSensed():
            return PartName.BIN
        case PileSeen(tags=[_, *_]):
            return PartName.ITEM_PAD
        case _:
            return None


def _close_text_input(session: Session) -> Session:
    return registration.on_leave(text_entry.on_free_text_leave(post_visit.on_survey_leave(awake(session))))


def _card(session: Session, ctx: Context, uid: str) -> Session:
    return session if out_of_service.is_shut(session) else scan.card(_close_text_input(session), ctx, uid)


def _card_removed(session: Session, ctx: Context) -> Session:
    match session.view:
        case Farewell(card_on_reader=True) as view if view.seconds == farewell_seconds(session):
            return farewell.card_went(session, view)
        case Farewell() as view if view.card_on_reader or not (view.guest and view.guest.mark):
            return farewell.leave(session, ctx)
        case Welcome(notice="take_your_card"):
            return session.show(welcome(ctx))
        case Help(under=Farewell() as under) | Survey(under=Farewell() as under):
            return session.on_ground(replace(under, card_on_reader=False))
        case _:
            return session


def _time_up(session: Session, ctx: Context) -> Session:
    match session.view:
        case Farewell() as view:
            return farewell.tick(session, ctx, view)
        case IdleWarning(seconds=seconds) as view:
            return (
                farewell.on_absence(session, ctx) if seconds <= 1 else session.show(replace(view, seconds=seconds - 1))
            )
        case _ if session.status.panel is not None:
            return display_preferences.close_panel(session)
        case Welcome(linger=seconds) as view if seconds == SLIDE_SECONDS:
            return next_slide(session, ctx, view)
        case Welcome():
            return farewell.leave(session, ctx)
        case view:
            return session.show(IdleWarning(view))


def _on_answer(session: Session, ctx: Context, event: Answered) -> Session:
    """Handle a result. Results of earlier visits only count as failed attempts."""
    answer = event.answer
    if isinstance(answer, PatronKnown | PinChecked) and not registration.asks(session, answer.card):
        session = identification.count_attempt(session, ctx, answer)
    if isinstance(answer, TechnicianKnown) and answer.name is None:
        session = replace(session, guard=session.guard.wrong_code(ctx.seconds))
    if event.visit != session.visit.number:
        return session
    session = responses.dispatch(session, ctx, answer)
    return responses.finish_waiting(session, ctx)


def _central(session: Session, ctx: Context) -> Session:
    """Remove a PIN prompt once the PIN cannot be checked any more."""
    ground = session.ground
    if session.status.online or not isinstance(ground, Identify) or not ground.pin or ground.checking:
        return session
    return identification.without_pin(session, ctx, ground.errand)


def _part(session: Session, ctx: Context, event: PartChanged) -> Session:
    session = replace(session, parts={**session.parts, event.part: event.state})
    session = technician.health(session)
    if event.part is PartName.RECEIPT_PRINTER and isinstance(session.ground, Farewell):
        session = farewell.printer_changed(session)
    if event.part is PartName.JOURNAL:
        session = out_of_service.journal_changed(session, ctx, event.state)
    return session
