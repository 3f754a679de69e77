"""The technician: signs in with a code of her own, sees how every part is and tries each; no patron is named here."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.admit import BULLET, LONGEST_PIN
from kiosk.desk.effects import AskBacklog, AskTechnician, TryPart
from kiosk.desk.session import Context, Session, on_visit
from kiosk.events import BacklogKnown, PartTried, Pressed, TechnicianKnown
from kiosk.health import PartName
from kiosk.views import Help, OutOfOrder, SignIn, Technician, Trial

PAUSED = "codes_paused"


def ask(session: Session, ctx: Context) -> Session:
    """Asks who it is; the visit waits under the question."""
    match session.view:
        case Help(under=under) | (OutOfOrder() as under):
            problem = "" if session.guard.takes_codes(ctx.seconds) else PAUSED
            return on_visit(session, code="").show(SignIn(under, problem=problem))
        case _:
            return session


def pressed(session: Session, ctx: Context, view: SignIn, event: Pressed) -> Session:
    code = session.visit.code
    match event.name:
        case "key" if event.choice is not None and len(code) < LONGEST_PIN:
            code += event.choice
        case "erase":
            code = code[:-1]
        case "continue" if not session.guard.takes_codes(ctx.seconds):
            return on_visit(session, code="").show(replace(view, typed="", problem=PAUSED))
        case "continue":
            asked = session.show(replace(view, checking=True, typed="", problem=""))
            return on_visit(asked, code="").want(AskTechnician(code))
    return on_visit(session, code=code).show(replace(view, typed=BULLET * len(code), problem=""))


def known(session: Session, ctx: Context, event: TechnicianKnown) -> Session:
    """The answer to a code, where it is still waited for."""
    view = session.view
    if not isinstance(view, SignIn) or not view.checking:
        return session
    if event.name is not None:
        return session.show(Technician(view.under, session.parts, kiosk=ctx.rules.kiosk, by=event.name)).want(
            AskBacklog()
        )
    problem = "wrong_code" if event.known else "no_technician"
    if not session.guard.takes_codes(ctx.seconds):
        problem = PAUSED
    return session.show(replace(view, checking=False, problem=problem))


def backlog(session: Session, event: BacklogKnown) -> Session:
    if not isinstance(session.view, Technician):
        return session
    return session.show(replace(session.view, queued=event.queued, exceptions=event.exceptions))


def try_part(session: Session, view: Technician, part: PartName) -> Session:
    return tried(session, view, part, Trial.RUNNING).want(TryPart(part))


def tried_out(session: Session, event: PartTried) -> Session:
    view = session.view
    if not isinstance(view, Technician):
        return session
    return tried(session, view, event.part, Trial.FAILED if event.failed else Trial.DONE)


def tried(session: Session, view: Technician, part: PartName, trial: Trial) -> Session:
    return session.show(replace(view, trials={**view.trials, part: trial}))
