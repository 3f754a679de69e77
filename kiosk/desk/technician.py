"""Technician screen: sign in by personal code, see the state of the parts, and test each. Also call staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import Any

from kiosk.desk.effects import AskBacklog, AskTechnician, CallStaff, PrintReport, TryPart
from kiosk.desk.identification import BULLET
from kiosk.desk.session import Context, Session, on_visit
from kiosk.events import BacklogKnown, PartTried, Pressed, TechnicianKnown
from kiosk.system.health import Device, PartName
from kiosk.views import (
    SPOTS,
    Blocked,
    Help,
    Identify,
    IdleWarning,
    OutOfOrder,
    Refused,
    SignIn,
    Technician,
    TouchTest,
    Trial,
    View,
    VisitLine,
)
from lending.model import Block

PAUSED = "codes_paused"
MOST_IN_VAIN = 3
"""Refusals in one visit after which staff are called automatically."""
OUT_OF_ORDER = "out_of_order"


def ask(session: Session, ctx: Context) -> Session:
    """Ask for the technician's code; the current view stays below."""
    match session.view:
        case Help(under=under) | (OutOfOrder() as under):
            return on_visit(session, code="").show(_with_pause(SignIn(under), session, ctx))
        case _:
            return session


def on_press(session: Session, ctx: Context, view: SignIn, event: Pressed) -> Session:
    code = session.visit.code
    match event.name:
        case "key" if event.choice is not None and not view.is_full:
            code += event.choice
        case "erase":
            code = code[:-1]
        case "continue" if session.guard.codes_again(ctx.seconds) > 0:
            return on_visit(session, code="").show(_with_pause(replace(view, typed=""), session, ctx))
        case "continue":
            asked = session.show(replace(view, checking=True, typed="", problem=""))
            return on_visit(asked, code="").want(AskTechnician(code))
    return on_visit(session, code=code).show(replace(view, typed=BULLET * len(code), problem=""))


def _with_pause(view: SignIn, session: Session, ctx: Context) -> SignIn:
    """Add the remaining pause to the view, if codes are currently paused."""
    wait = session.guard.codes_again(ctx.seconds)
    return replace(view, problem=PAUSED, minutes=ceil(wait / 60)) if wait > 0 else view


def delay_over(session: Session, ctx: Context) -> Session:
    """Update the remaining pause each minute, and ask for the code again when it is over."""
    view = session.view
    if not isinstance(view, SignIn) or view.problem != PAUSED:
        return session
    return session.show(_with_pause(replace(view, problem="", minutes=0), session, ctx))


def on_code(session: Session, ctx: Context, event: TechnicianKnown) -> Session:
    """Handle the code check, if it is still awaited."""
    view = session.view
    if not isinstance(view, SignIn) or not view.checking:
        return session
    if event.name is not None:
        rules = ctx.rules
        opened = Technician(view.under, session.parts, kiosk=rules.kiosk, by=event.name, speaker=rules.speaker)
        return session.show(replace(opened, place=rules.place, release=rules.release)).want(AskBacklog())
    problem = "wrong_code" if event.known else "no_technician"
    return session.show(_with_pause(replace(view, checking=False, problem=problem), session, ctx))


def backlog(session: Session, event: BacklogKnown) -> Session:
    def with_queue(view: Technician) -> Technician:
        waiting = replace(view, queued=event.queued, queue_age=event.queue_age, delay=event.delay)
        return replace(waiting, exceptions=event.exceptions, reported_exceptions=event.reported_exceptions)

    return _bench(session, with_queue)


def health(session: Session) -> Session:
    return _bench(session, lambda view: replace(view, parts=session.parts))


def start_test(session: Session, view: Technician, name: str) -> Session:
    """Print the report, or start the tests; touch is tested on a separate screen."""
    match name:
        case "test_touch":
            return session.show(TouchTest(view))
        case "report":
            printing = set_result(session, PartName.RECEIPT_PRINTER, Trial.RUNNING)
            return printing.want(PrintReport(view, session.status))
        case _:
            return _next_test(session.show(replace(view, untested=view.testable)))


def on_part_tested(session: Session, event: PartTried) -> Session:
    """Store the result of a test and start the next one, as long as the technician screen is open."""
    return _next_test(set_result(session, event.part, Trial.FAILED if event.failed else Trial.DONE))


def _next_test(session: Session) -> Session:
    view = _open_screen(session.view)
    if view is None or not view.untested:
        return session
    part, *later = view.untested
    session = _bench(session, lambda view: replace(view, untested=tuple(later)))
    return set_result(session, part, Trial.RUNNING).want(TryPart(part))


def _open_screen(view: Any) -> Technician | None:
    """Return the technician screen, also from below overlays; None if it is not open."""
    match view:
        case Technician():
            return view
        case TouchTest() | IdleWarning():
            return _open_screen(view.under)
        case _:
            return None


def on_target_touch(session: Session, off: float) -> Session:
    """Record a touch on the current target."""
    view = session.view
    if not isinstance(view, TouchTest) or len(view.landed) == len(SPOTS):
        return session
    return session.show(replace(view, landed=(*view.landed, off)))


def end_touch_test(session: Session, view: TouchTest) -> Session:
    """Return from the touch test and record its result."""
    trial = view.trial
    session = session.show(view.under)
    return session if trial is None else set_result(session, Device.TOUCH, trial)


def set_result(session: Session, part: PartName | Device, trial: Trial) -> Session:
    return _bench(session, lambda view: replace(view, trials={**view.trials, part: trial}))


def _bench(session: Session, change: Callable[[Technician], Technician]) -> Session:
    """Change the technician screen, also below overlays; do nothing if it is not open."""

    def apply_to_bench(view: Any) -> Any:
        match view:
            case Technician():
                return change(view)
            case TouchTest() | IdleWarning():
                return replace(view, under=apply_to_bench(view.under))
            case _:
                return view

    return session.show(apply_to_bench(session.view))


def on_help(session: Session) -> Session:
    """Call staff and show help over the current view."""
    view = session.view
    return session.want(CallStaff(_refusal_code(view))).show(Help(view))  # type: ignore[arg-type]


def call_after_refusals(session: Session, was: Session, ctx: Context) -> Session:
    """Count refusals and call staff at the limit; show the call only if a hub is reachable to receive it."""
    view = session.view
    if _shown_refusal(view) in (None, _shown_refusal(was.view)) or getattr(was.view, "under", None) == view:
        return session
    session = on_visit(session, in_vain=session.visit.in_vain + 1)
    if session.visit.in_vain != MOST_IN_VAIN:
        return session
    session = session.want(CallStaff(_refusal_code(view), unasked=True))
    if isinstance(view, Refused | Blocked) and ctx.rules.hears and session.central_answers:
        return session.show(replace(view, called=True))
    return session


def _refusal_code(view: View) -> str:
    """Return the code of the refusal on the screen; empty if there is none."""
    if isinstance(view, OutOfOrder):
        return OUT_OF_ORDER
    found = _shown_refusal(view)
    return found[0].reason.value if found else ""


def _shown_refusal(view: View) -> tuple[Block, str] | None:
    """Return the refusal on the screen and its item; a loan that only costs a fee is a question, not a refusal."""
    match view:
        case Refused(line=VisitLine(block=Block() as block, item=item) as line) if not line.asks_fee:
            return block, item
        case Blocked(block=block) | Identify(problem=Block() as block):
            return block, ""
        case _:
            return None
