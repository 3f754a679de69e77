"""Show on the screen of an unprovisioned machine what is missing, its address and the command to run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.central import OutOfService
from kiosk.config import ConfigError, load
from kiosk.config.models import Screen
from kiosk.events import Event, Pressed
from kiosk.provisioning import enrolment
from kiosk.screens.rendering.kivy_setup import choose_card, prepare
from kiosk.sync.identity import NotEnrolled
from kiosk.sync.request_signer import Signer
from kiosk.system.clock import SystemClock
from kiosk.system.host_info import HostInfo
from kiosk.views import OutOfOrder, Status, setting
from kiosk.wiring.watchdog import Signs, Watchdog, this_manager
from kiosk.words import Words
from lending.languages import languages

if TYPE_CHECKING:
    from kiosk.screens.presenter import ScreenPresenter

log = logging.getLogger(__name__)

LOOK_AGAIN = 5.0
"""Seconds between two checks whether it was provisioned."""
ACCENT = "#FA8040"
ON_AN_IMAGE = {"no_config": "no_card_file", "bad_config": "bad_card_file", "not_enrolled": "card_not_enrolled"}
"""What is missing, by the same on a machine whose card was written as an image."""
KIOSKS = "/staff/kiosks/"
"""Page of the hub that makes a kiosk.toml for each kiosk."""
NOWHERE = ("192.0.2.1", 9)
"""An unassigned address of RFC 5737: connecting a UDP socket to it selects a route and sends nothing."""


def missing(file: Path) -> OutOfOrder | None:
    """Return what prevents this machine from being a kiosk, with the command to run; None if nothing does."""
    view, refused = _missing(file), enrolment.stored_refusal(file)
    return replace(view, refused=OutOfService(refused)) if view and refused else view


def _missing(file: Path) -> OutOfOrder | None:
    fault, command = _fault(file)
    if fault is None:
        return None
    machine = HostInfo()
    if not machine.image_version:
        return OutOfOrder(fault, command)
    # An image has no terminal to type a command at: all is done on its card.
    hub = _hub_in(file) or machine.image_hub
    return OutOfOrder(ON_AN_IMAGE[fault], link=f"{hub.rstrip('/')}{KIOSKS}" if hub else "")


def _hub_in(file: Path) -> str:
    """Return the hub's address in a kiosk.toml, which may have faults elsewhere; empty if it names none."""
    try:
        sections = tomllib.loads(file.read_text(encoding="utf-8"))
        return next((str(sections[each]["url"]) for each in ("hub", "central") if "url" in sections.get(each, {})), "")
    except (OSError, ValueError, TypeError, AttributeError):
        return ""


def _fault(file: Path) -> tuple[str | None, str]:
    """Return what is missing, None for nothing, and the command that completes it."""
    try:
        config = load(file)
        if config.at_hub is not None:
            Signer.load(config.paths.state)
    except NotEnrolled as fault:
        log.warning("%s", fault)
        return "not_enrolled", "sudo kiosk enrol"
    except ConfigError as fault:
        log.warning("%s", fault)
        if file.exists():
            return "bad_config", "sudo kiosk config validate"
        return "no_config", "sudo kiosk provision"
    return None, ""


def address() -> str:
    """Return the machine's name and, with a network, its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(NOWHERE)
            return f"{socket.gethostname()}, {way.getsockname()[0]}"
        except OSError:
            return socket.gethostname()


def wait_for_technician(file: Path) -> int:
    """Show the screen until the kiosk can run; return 1, so that the service manager restarts it."""
    asyncio.run(_show(file))
    return 1


async def _show(file: Path) -> None:
    screen = _screen(file)
    choose_card(HostInfo(), os.environ)
    prepare(screen.width, screen.height, fullscreen=screen.fullscreen, rotation=screen.rotation)
    from kiosk.screens.presenter import BuiltInScreen as Glass
    from kiosk.screens.presenter import ScreenPresenter
    from kiosk.screens.rendering.window import show_until_closed, wait_for_turn

    events: asyncio.Queue[Event] = asyncio.Queue()
    words = {each: Words(each) for each in languages()}
    glass = ScreenPresenter(
        Glass(screen.width, screen.height, screen.diagonal, ACCENT), words.__getitem__, events.put_nowait
    )
    signs = Signs(lambda: glass.first_drawn > 0, wait_for_turn, events.empty, _nothing)
    async with asyncio.TaskGroup() as tasks:
        window = tasks.create_task(show_until_closed(glass))
        alive = tasks.create_task(Watchdog(this_manager(), signs, SystemClock()).run())
        waiting = tasks.create_task(_until_provisioned(file, glass, events))
        await asyncio.wait((window, waiting), return_when=asyncio.FIRST_COMPLETED)
        for task in (window, alive, waiting):
            task.cancel()


def _screen(file: Path) -> Screen:
    """Return the settings of kiosk.toml, or else the size of the connected display."""
    try:
        return load(file).screen
    except ConfigError:
        return screen_of(HostInfo())


def screen_of(machine: HostInfo) -> Screen:
    """Return the settings for the first connected display; the default if its size is unknown."""
    for display in machine.displays:
        width, _, height = display.mode.partition("x")
        with contextlib.suppress(ValueError):
            return Screen(width=int(width), height=int(height))
    return Screen()


async def _nothing() -> None:
    """There is no journal to check."""


async def _until_provisioned(file: Path, glass: ScreenPresenter, events: asyncio.Queue[Event]) -> None:
    """Draw what is missing, again when that changes or the language or letter size is switched."""
    status = Status("", datetime.now().astimezone())
    while (view := await asyncio.to_thread(missing, file)) is not None:
        here = await asyncio.to_thread(address)
        glass.show(replace(view, here=here), replace(status, now=datetime.now().astimezone()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN):
                event = await events.get()
            status = setting(status, event.name) if isinstance(event, Pressed) else status
