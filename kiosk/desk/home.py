"""Build the first screen and return to it with a new visit that keeps nothing of the previous one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.desk.session import Context, Session, Visit
from kiosk.views import IDLE_SECONDS, OutOfOrder, Signal, Status, Welcome
from lending.languages import kin
from lending.showcase import NewTitle, Slide

NOTICE_SECONDS = 10.0
TAKE_YOUR_CARD = "take_your_card"
IDENTIFY = "identify"
FOR_STAFF = (IDENTIFY, "remote_log", "remote_screenshot")
FOR_STAFF_SECONDS = 60.0
"""Time for which the first screen says what staff do remotely: the interval between two reports to the hub."""
SLIDE_SECONDS = 8.0
COMMANDS = {"missing": "kiosk journal create"}
"""Command shown to the technician, by the reason why the journal cannot be written."""


def home(session: Session, ctx: Context, notice: str = "") -> Session:
    """Return to the first screen with default settings and a new, empty visit.

    While the desk is closed, the first screen is OutOfOrder.
    """
    closed = OutOfOrder(session.closed, COMMANDS.get(session.closed, ""))
    return replace(
        session,
        view=closed if session.closed else welcome(ctx, notice),
        status=defaults(session.status, ctx),
        visit=Visit(session.visit.number + 1),
    )


def start_again(session: Session, ctx: Context) -> Session:
    """Return to the first screen at the patron's request: the errand is dropped, their language stays for a while.

    Settings that came with a card are reset at once.
    """
    status = defaults(session.status, ctx) if session.visit.worn else session.status
    return replace(session, view=welcome(ctx), status=status, visit=Visit(session.visit.number + 1))


def expire_settings(session: Session, ctx: Context) -> Session:
    """Give a changed language or display setting on the first screen a timeout, so that it is not left for others."""
    view = session.view
    if isinstance(view, Welcome) and view.linger is None and not view.notice and current_slides(ctx):
        session = session.show(view := welcome(ctx))
    lasting = isinstance(view, Welcome) and view.linger in (None, SLIDE_SECONDS)
    if not lasting or session.status == defaults(session.status, ctx):
        return session
    return session.show(replace(view, linger=IDLE_SECONDS))


def next_slide(session: Session, ctx: Context, view: Welcome) -> Session:
    """Turn to the next idle slide, with the current list of slides."""
    slides = current_slides(ctx)
    return session.show(replace(welcome(ctx), turn=(view.turn + 1) % (len(slides) + 1)))


def first_new(view: Welcome) -> int:
    """Return the turn at which the first new title is shown."""
    return next(number for number, slide in enumerate(view.slides, 1) if isinstance(slide, NewTitle))


def current_slides(ctx: Context) -> tuple[Slide, ...]:
    now = minute(ctx)
    return ctx.showcase.slides(now.date(), now, ctx.rules.slides)


def welcome(ctx: Context, notice: str = "") -> Welcome:
    stays = not notice or notice == TAKE_YOUR_CARD
    seconds = FOR_STAFF_SECONDS if notice in FOR_STAFF else NOTICE_SECONDS
    returns, hears = ctx.rules.returns != "off", ctx.rules.hears
    slides = () if notice else current_slides(ctx)
    rests = SLIDE_SECONDS if slides else None
    linger = rests if stays else seconds
    signal = Signal.ATTENTION if notice in (TAKE_YOUR_CARD, IDENTIFY) else Signal.IDLE
    return Welcome(notice, returns=returns, finds=ctx.finds, hears=hears, slides=slides, linger=linger, signal=signal)


def defaults(status: Status, ctx: Context) -> Status:
    language = ctx.rules.language
    name = ctx.rules.name(language)
    return replace(
        status,
        library=name,
        language=language,
        large_text=False,
        contrast=False,
        low=False if ctx.rules.tall else None,
        focus=None,
        still=False,
        upright=False,
        voice=False if ctx.rules.voices else None,
        mute=kin(language) not in ctx.rules.voices,
        again=0,
        hidden=False,
        languages=ctx.rules.languages,
        panel=None,
    )


def first(ctx: Context, online: bool) -> Session:
    """Return the session of a kiosk that has just started."""
    status = Status("", minute(ctx), online=online)
    return Session(welcome(ctx), defaults(status, ctx), since=ctx.seconds)


def minute(ctx: Context) -> datetime:
    """Return the time in the library's zone, cut to the minute as the screen shows it."""
    zone = ctx.policy.timezone if ctx.policy else ctx.rules.timezone
    return ctx.now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
