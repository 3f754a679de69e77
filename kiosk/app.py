"""The composition root: configuration -> parts -> one TaskGroup. The only file that knows everything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kiosk import plain_log
from kiosk.board import watch_board
from kiosk.clock import Clock, SystemClock, VisitClock
from kiosk.config import Config, ConfigError
from kiosk.config.card_reader import pattern_of
from kiosk.control import CommandRefused, ControlServer, KioskRunning, technician_commands
from kiosk.desk.around import DeskParts, Library, Service
from kiosk.desk.desk import Desk
from kiosk.desk.inbox import Inbox
from kiosk.desk.rules import DeskRules, Shape
from kiosk.domain.transactions import Trust
from kiosk.events import BacklogKnown, CentralChanged, JournalFailed, PartChanged, ServiceTold
from kiosk.guard_file import GuardFile
from kiosk.hardware.backlight import Backlight
from kiosk.hardware.barcodes.rules import desk_numbers
from kiosk.hardware.opening import Parts, open_parts
from kiosk.hardware.printing import ReceiptDesk
from kiosk.hardware.rig import Rig
from kiosk.hardware.trials import PartTrials, sample_receipt
from kiosk.health import Condition, Health, PartName, PartState
from kiosk.hours import Hours
from kiosk.journal.alarm import watch_damage
from kiosk.journal.journal import Counts, Journal, boot_id
from kiosk.journal.journal import JournalFailed as JournalError
from kiosk.journal.rescue import opened
from kiosk.machine import Machine
from kiosk.screens.start import choose_card, prepare
from kiosk.screens.table import Table, strip_width
from kiosk.screens.theme import Theme
from kiosk.sleeper import Sleeper
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.closed import ClosedCourier
from kiosk.sync.closure import Closure
from kiosk.sync.courier import Courier
from kiosk.sync.fleet import Facts, Fleet, Told
from kiosk.sync.identity import NotEnrolled
from kiosk.sync.records import Records
from kiosk.sync.rest import RestCentral, Stamp
from kiosk.sync.signer import Signer
from kiosk.sync.window import Window
from kiosk.technicians import Technicians
from kiosk.views import LANGUAGES, OutOfOrder, Welcome
from kiosk.watchdog import Signs, Watchdog, this_manager
from kiosk.words import CatalogueMissing, Words

if TYPE_CHECKING:
    from kiosk.visit.recorder import CuttableDisk

log = logging.getLogger(__name__)

LOOK_AGAIN = 10.0
"""Seconds between two looks whether the journal is mended."""


@dataclass(frozen=True, slots=True)
class Staging:
    """How the visit player starts a kiosk: on a stage, perhaps at another time and by another way to the central."""

    clock: datetime | None = None
    via: tuple[str, int] | None = None
    language: str | None = None
    """Instead of the library's own."""
    trust: Trust = Trust.SYNCED
    """How far the central may believe the stage's clock."""
    cuttable: bool = False
    """The power may be cut under its journal."""
    table: Table | None = None
    """The demo's: a bench is drawn beside the kiosk, with these things on it."""


class StartAnew(Exception):
    """The kiosk can do nothing more, but the next one may. `args[0]` says why."""


def run(config: Config, staging: Staging | None = None) -> int:
    """Runs the kiosk until its window is closed. A task that dies ends it with code 1: the system starts it anew."""
    code = 0
    try:
        asyncio.run(serve(config, staging))
    except* (ConfigError, NotEnrolled, CatalogueMissing, KioskRunning, StartAnew) as ended:
        log.error("%s", ended.exceptions[0])
        code = 1
    except* Exception:
        log.exception("the kiosk ends and wants to be started anew")
        code = 1
    return code


async def serve(config: Config, staging: Staging | None = None) -> None:
    """As `run`, in a loop that runs already; raises what a dying task raised."""
    asyncio.get_running_loop().set_exception_handler(plain_log.loop_failed)
    theme = Theme(config.screen.width, config.screen.height, config.screen.diagonal, config.library.accent)
    table = staging.table if staging else None
    beside = strip_width(theme) if table else 0
    choose_card(Machine(), os.environ)
    prepare(
        theme.width + beside,
        theme.height,
        fullscreen=config.screen.fullscreen and staging is None,
        rotation=config.screen.rotation,
        panel=config.screen.touch_rotation,
    )
    from kiosk.screens.bench_strip import Bench, FaceAndBench
    from kiosk.screens.face import Face, Screen
    from kiosk.screens.stage import Glass
    from kiosk.screens.window import show_until_closed, turned
    from kiosk.visit.stage import Stage

    clock: Clock = VisitClock(staging.clock or datetime.now().astimezone(), staging.trust) if staging else SystemClock()
    inbox = Inbox(clock)
    via = staging.via if staging else None
    central = open_central(config, via, None if staging else lambda: (boot_id(), int(clock.monotonic() * 1e9)))
    facts = Facts(
        lambda: health.states,
        lambda: courier.counts(),
        lambda: _in_service(desk),
        boot_id(),
        lambda: courier.carried(),
        lambda since: courier.resend(since),
    )
    closure = Closure(config.paths.state)
    fleet = Fleet(config.central.url, central.signer, clock, facts, closure, lambda told: _heard(inbox, told), via)

    def changed(part: PartName, state: PartState) -> None:
        inbox.post(PartChanged(part, state))
        fleet.stir()

    health = Health(changed)
    words = {each: Words(each, config.library.timezone, config.library.currency) for each in LANGUAGES}
    face = Face(Screen(theme.width, theme.height, theme.diagonal, theme.accent), words.__getitem__, inbox.post)
    snapshot = Snapshot(config.paths.snapshot, central, clock, health)
    rig = Rig(config.paths.runtime / "paper")
    shown = FaceAndBench(face, Bench(table, rig, theme), words.__getitem__) if table else face
    backlight = Backlight(() if staging else Machine().backlights)
    with (
        backlight.kept_lit(),
        _parts(config, inbox, health, rig) as parts,
        ThreadPoolExecutor(1, "journal") as pen,
    ):
        if parts.viewfinder.live:
            face.look_through(parts.viewfinder.newest)
        disk = _cuttable(config) if staging and staging.cuttable else None
        courier = _courier(config, central, clock, health, inbox, snapshot, pen, disk)
        guards = GuardFile(config.paths.state / "wrong-pins.json", clock, boot_id(), health)
        desk = Desk(
            _rules(config, staging.language if staging else None),
            inbox,
            clock,
            shown,
            Library(
                Records(central, snapshot, courier, clock, config.central.patience),
                courier,
                lambda: snapshot.policy,
                central.reference,
                lambda: _backlog(courier, central, clock),
            ),
            DeskParts(ReceiptDesk(parts.receipt_printer, words), parts.lights, parts.viewfinder, parts.security_gate),
            Service(
                Technicians(config.technicians),
                PartTrials(parts, lambda: sample_receipt(list(config.library.names.model_dump().values()))),
                fleet,
                guards,
            ),
        )
        signs = Signs(lambda: face.first_drawn > 0, turned, lambda: inbox.idle, courier.counts)
        watchdog = Watchdog(this_manager(), signs, clock)
        async with asyncio.TaskGroup() as tasks:
            window = tasks.create_task(show_until_closed(shown.root if isinstance(shown, FaceAndBench) else face))

            def leave() -> None:
                window.cancel()

            for each in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(each, leave)
            commands = technician_commands(health, lambda: _told(courier))
            if isinstance(clock, VisitClock):
                works, cut = parts.simulated, disk.cut if disk else None
                stage = Stage(Glass(face), desk, courier, courier.counts, clock, health, leave, rig, works, cut)
                commands |= stage.commands()
            work = [
                desk.run(),
                courier.run(),
                snapshot.run(courier),
                ControlServer(config.paths.socket, commands).run(),
                watchdog.run(),
                fleet.run(),
                guards.run(),
                watch_board(Machine(), clock, config.paths.state, health),
                watch_damage(config.paths.journal, clock, health),
            ]
            if isinstance(courier, ClosedCourier):
                work.append(_until_mended(courier.failure.path, clock))
            if config.screen.awake is not None:
                sleeper = _sleeper(config, clock, desk, [face.darken, lambda dark: backlight.switch(not dark)])
                inbox.overheard = sleeper.heard
                face.sleep_by(sleeper.stir)
                work.append(sleeper.run())
            if isinstance(shown, FaceAndBench):
                work.append(shown.follow())
            running = [tasks.create_task(each) for each in work]
            with contextlib.suppress(asyncio.CancelledError):
                await window
            watchdog.stopping()
            for task in running:
                task.cancel()


def _in_service(desk: Desk) -> bool:
    return not isinstance(desk.session.ground, OutOfOrder)


def _sleeper(config: Config, clock: Clock, desk: Desk, screens: list[Callable[[bool], None]]) -> Sleeper:
    def resting() -> bool:
        return isinstance(desk.view, Welcome | OutOfOrder) and desk.view.linger is None

    def dark(dark: bool) -> None:
        for each in screens:
            each(dark)

    assert config.screen.awake is not None
    return Sleeper(Hours.of(config.screen.awake), ZoneInfo(config.library.timezone), clock, resting, dark)


def _heard(inbox: Inbox, told: Told) -> None:
    inbox.post(ServiceTold(told.closed, told.identify))


def open_central(
    config: Config, via: tuple[str, int] | None = None, stamp: Callable[[], Stamp] | None = None
) -> RestCentral:
    """The central that kiosk.toml names; `via` is where to connect instead. Raises ConfigError.

    `stamp` is the machine's own: a stage moves its clock while the hub's stands still.
    """
    return RestCentral(config.central.url, Signer.of(config.paths.state), via, stamp=stamp)


@contextlib.contextmanager
def _parts(config: Config, inbox: Inbox, health: Health, rig: Rig) -> Iterator[Parts]:
    parts = open_parts(config, inbox.post, health, rig)
    try:
        yield parts
    finally:
        parts.close()


def _courier(
    config: Config,
    central: RestCentral,
    clock: Clock,
    health: Health,
    inbox: Inbox,
    snapshot: Snapshot,
    pen: Executor,
    disk: CuttableDisk | None,
) -> Courier | ClosedCourier:
    """A damaged journal is rescued. Without one nothing is promised: OutOfOrder names the command that makes one."""

    def changed(online: bool) -> None:
        inbox.post(CentralChanged(online))
        if online:
            snapshot.refresh_soon()

    try:
        window = Window(**config.offline.model_dump())
        with disk.holding() if disk else contextlib.nullcontext():
            journal = opened(config.paths.journal, clock.now())
        return Courier(journal, central, clock, health, changed, pen, SystemRandom(), window)
    except JournalError as failure:
        log.error("%s", failure)
        health.report(PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))
        inbox.post(JournalFailed(failure.why))
        return ClosedCourier(failure)


def _cuttable(config: Config) -> CuttableDisk:
    from kiosk.visit.recorder import CuttableDisk

    return CuttableDisk(config.paths.journal)


async def _until_mended(journal: Path, clock: Clock) -> None:
    """Only a new start opens a journal that was shut at this one: asks for it when it can be used. Raises StartAnew."""
    await clock.sleep(LOOK_AGAIN)
    while not await asyncio.to_thread(_can_be_used, journal):
        await clock.sleep(LOOK_AGAIN)
    raise StartAnew("the journal is in order again: the kiosk wants to be started anew")


def _can_be_used(path: Path) -> bool:
    try:
        journal = Journal.open(path)
    except JournalError:
        return False
    journal.close_file()
    return True


async def _told(courier: Courier | ClosedCourier) -> Counts:
    """A technician must not take a journal that cannot be opened for an empty one."""
    if isinstance(courier, ClosedCourier):
        raise CommandRefused(str(courier.failure))
    return await courier.counts()


async def _backlog(courier: Courier | ClosedCourier, central: RestCentral, clock: Clock) -> BacklogKnown:
    counts = await courier.counts()
    return BacklogKnown(counts.queued, counts.exceptions, courier.waited, central.delay)


def _rules(config: Config, language: str | None) -> DeskRules:
    return DeskRules(
        kiosk=config.kiosk.name,
        branch=config.library.branch,
        names=config.library.names.model_dump(),
        timezone=config.library.timezone,
        numbers=replace(desk_numbers(config.numbers), reader=Shape(re.compile(pattern_of(config.card_reader)))),
        language=language or config.library.language,
        returns=config.returns.mode,
        pin=config.pin.ask,
        offline_pin=config.pin.offline,
        speaker=config.sound.driver != "none",
    )
