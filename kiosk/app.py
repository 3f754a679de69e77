"""Run the kiosk: build it from the configuration (see `assembly`) and run its tasks in one TaskGroup."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.config import Config, ConfigError
from kiosk.events import RemoteAccess
from kiosk.journal.errors import JournalFault
from kiosk.journal.recovery import watch_damage
from kiosk.screens.demo_items import strip_width
from kiosk.screens.rendering.kivy_setup import choose_card, prepare
from kiosk.screens.rendering.theme import Theme
from kiosk.sync.courier import DisabledCourier
from kiosk.sync.fleet_client import FleetClient
from kiosk.sync.identity import NotEnrolled
from kiosk.sync.settings_store import SettingsStore
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub, report_periodically
from kiosk.system.clock import VisitClock
from kiosk.system.control_socket import Command, ControlServer, KioskRunning, technician_commands
from kiosk.system.host_info import HostInfo
from kiosk.system.logging_setup import recent_log
from kiosk.system.opening_hours import OPEN, Hours
from kiosk.updates.updater import Site, Updater
from kiosk.views import OutOfOrder, Welcome
from kiosk.wiring.assembly import Kiosk
from kiosk.wiring.board_health import watch_board
from kiosk.wiring.connections import (
    count_queue,
    look_after_returns,
    report_ended_visits,
    technician_counts,
    until_mended,
)
from kiosk.wiring.launch_options import LaunchOptions
from kiosk.wiring.remote_settings import confirm, open_settings, until_quiet
from kiosk.wiring.remote_tasks import RemoteTasks
from kiosk.wiring.screen_sleep import ScreenSleep
from kiosk.wiring.watchdog import Signs, Watchdog, this_manager
from kiosk.words import CatalogueMissing
from lending import redacted_log

log = logging.getLogger(__name__)


class RestartNeeded(Exception):
    """The kiosk cannot continue, but a restarted one can. `args[0]` says why."""


def run(config: Config, staging: LaunchOptions | None = None) -> int:
    """Run the kiosk until its window is closed; return 1 if a task failed, so that the service manager restarts it."""
    code = 0
    try:
        asyncio.run(serve(config, staging))
    except* RestartNeeded as ended:
        log.warning("%s", ended.exceptions[0])
        code = 1
    except* (ConfigError, NotEnrolled, CatalogueMissing, KioskRunning) as ended:
        log.error("%s", ended.exceptions[0])
        code = 1
    except* Exception:
        log.exception("the kiosk failed and exits, to be restarted by the service manager")
        code = 1
    return code


async def serve(config: Config, staging: LaunchOptions | None = None) -> None:
    """Run like `run`, in a running event loop; raise the error of a failed task."""
    asyncio.get_running_loop().set_exception_handler(redacted_log.loop_failed)
    config, settings = open_settings(config)
    theme = _configure_kivy(config, staging)
    with contextlib.ExitStack() as until:
        kiosk = Kiosk(config, staging, theme, until, settings)
        watchdog = _watchdog(kiosk)
        async with _uncounted_start(settings), asyncio.TaskGroup() as tasks:
            window = tasks.create_task(kiosk.front.until_closed())

            def leave() -> None:
                window.cancel()

            for each in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(each, leave)
            running = [tasks.create_task(each) for each in _work(kiosk, watchdog, leave)]
            with contextlib.suppress(asyncio.CancelledError):
                await window
            watchdog.stopping()
            for task in running:
                task.cancel()


@contextlib.asynccontextmanager
async def _uncounted_start(settings: SettingsStore | None) -> AsyncIterator[None]:
    """Do not count a start with new settings that was stopped in an orderly way, or that found the kiosk running."""
    try:
        yield
    except* KioskRunning:
        if settings is not None:
            settings.give_back_start()
        raise
    if settings is not None:
        settings.give_back_start()


def _work(kiosk: Kiosk, watchdog: Watchdog, leave: Callable[[], None]) -> Iterator[Coroutine[Any, Any, None]]:
    """Yield the kiosk's tasks; each runs until cancelled."""
    paths = kiosk.config.paths
    yield kiosk.desk.run()
    yield kiosk.courier.run()
    yield kiosk.snapshot.run(kiosk.to_snapshot)
    yield ControlServer(paths.socket, _commands(kiosk, leave)).run()
    yield watchdog.run()
    yield kiosk.fleet.run()
    if kiosk.to_hub is not kiosk.courier:
        yield kiosk.to_hub.run()
    if kiosk.shown:
        yield kiosk.shown.run(lambda: kiosk.to_hub.online)
    if kiosk.covers:
        yield kiosk.covers.run()
    if isinstance(kiosk.central, Sip2Client):
        yield kiosk.central.keep()
        yield look_after_returns(kiosk.central, kiosk.courier, kiosk.clock)
        yield report_ended_visits(kiosk.central, kiosk.courier, kiosk.clock)
    if isinstance(kiosk.central, Sip2ClientWithHub):
        yield report_periodically(kiosk.central, kiosk.clock)
    yield kiosk.guards.run()
    yield watch_board(HostInfo(), kiosk.clock, paths.state, kiosk.health)
    yield watch_damage(paths.journal, kiosk.clock, kiosk.health)
    if isinstance(kiosk.courier, DisabledCourier):
        yield _until_mended(kiosk, kiosk.courier)
    if kiosk.config.screen.awake is not None:
        yield _sleeper(kiosk, kiosk.config.screen.awake).run()
    if kiosk.settings is not None:
        yield confirm(kiosk.settings, kiosk.clock, kiosk.front.has_drawn, kiosk.fleet.stir)
        yield _apply_settings(kiosk, kiosk.settings)
    if kiosk.updater is not None:
        yield from _follow_updates(kiosk, kiosk.updater)
    if isinstance(kiosk.fleet, FleetClient):
        yield _restart_for_staff(kiosk, kiosk.fleet)
    yield kiosk.front.follow()


def _configure_kivy(config: Config, staging: LaunchOptions | None) -> Theme:
    """Configure Kivy for this screen; must run before anything imports Kivy."""
    theme = Theme(config.screen.width, config.screen.height, config.screen.diagonal, config.library.accent)
    strip = strip_width(theme) if staging and staging.table else 0
    choose_card(HostInfo(), os.environ)
    prepare(
        theme.width + strip,
        theme.height,
        fullscreen=config.screen.fullscreen and staging is None,
        rotation=config.screen.rotation,
        panel=config.screen.touch_rotation,
    )
    return theme


def _watchdog(kiosk: Kiosk) -> Watchdog:
    from kiosk.screens.rendering.window import wait_for_turn

    signs = Signs(kiosk.front.has_drawn, wait_for_turn, lambda: kiosk.inbox.idle, kiosk.courier.counts)
    return Watchdog(this_manager(), signs, kiosk.clock)


def _commands(kiosk: Kiosk, leave: Callable[[], None]) -> Mapping[str, Command]:
    """Return the technician's socket commands, and in a scripted visit the player's."""
    commands = technician_commands(kiosk.health, lambda: technician_counts(kiosk.courier, kiosk.central))
    if isinstance(kiosk.clock.machine, VisitClock):
        commands |= _stage_commands(kiosk, kiosk.clock.machine, leave)
    return commands


def _stage_commands(kiosk: Kiosk, clock: VisitClock, leave: Callable[[], None]) -> Mapping[str, Command]:
    from kiosk.visit_player.kiosk_agent import KioskAgent

    return KioskAgent(
        kiosk.front.glass(),
        kiosk.desk,
        kiosk.courier,
        lambda: count_queue(kiosk.courier, kiosk.central),
        clock,
        kiosk.health,
        lambda: kiosk.shown is None or kiosk.shown.known,
        leave,
        kiosk.rig,
        kiosk.parts.simulated,
        kiosk.disk.cut if kiosk.disk else None,
    ).commands()


async def _until_mended(kiosk: Kiosk, courier: DisabledCourier) -> None:
    """Raise RestartNeeded once the journal that kept this kiosk closed is usable."""
    await until_mended(courier.failure.path, kiosk.clock, kiosk.may_upgrade)
    raise RestartNeeded("the journal is usable again: the kiosk exits, to be restarted by the service manager")


async def _apply_settings(kiosk: Kiosk, settings: SettingsStore) -> None:
    """Raise RestartNeeded between two visits, once new settings have arrived and were not withdrawn."""
    while not settings.waits:
        await settings.received.wait()
        await until_quiet(kiosk.clock, lambda: _is_resting(kiosk))
        settings.received.clear()
    raise RestartNeeded("new settings from the hub: the kiosk exits, to be restarted by the service manager")


async def _restart_for_staff(kiosk: Kiosk, client: FleetClient) -> None:
    """Perform remote tasks; for a restart, raise RestartNeeded between two visits."""
    tasks = RemoteTasks(
        kiosk.config.paths.state,
        recent_log(),
        kiosk.front.capture,
        lambda: isinstance(kiosk.desk.view, Welcome | OutOfOrder),
        lambda notice: kiosk.inbox.post(RemoteAccess(notice)),
    )
    client.tasks = tasks
    await tasks.restart.wait()
    await until_quiet(kiosk.clock, lambda: _is_resting(kiosk))
    raise RestartNeeded("asked by staff: the kiosk exits, to be restarted by the service manager")


def _is_resting(kiosk: Kiosk) -> bool:
    """Return whether no visit is in progress and no notice is shown."""
    match kiosk.desk.view:
        case Welcome(notice=""):
            return True
        case _:
            return isinstance(kiosk.desk.view, OutOfOrder)


def _follow_updates(kiosk: Kiosk, updater: Updater) -> Iterator[Coroutine[Any, Any, None]]:
    """Yield the tasks that follow the hub's offers and confirm a new version."""

    def works() -> bool:
        courier = kiosk.courier
        return not isinstance(courier, DisabledCourier) or courier.failure.why is JournalFault.UPDATING

    async def fetch(path: str, first: int, last: int) -> bytes:
        assert isinstance(kiosk.fleet, FleetClient), "only a hub offers updates"
        return await kiosk.fleet.fetch_range(path, first, last)

    def resting() -> bool:
        return _is_resting(kiosk)

    async def quiet() -> None:
        await until_quiet(kiosk.clock, resting)

    yield updater.run(Site(resting, quiet, fetch, kiosk.announce_update, kiosk.fleet.stir))
    yield updater.confirm(kiosk.front.has_drawn, works, lambda: kiosk.fleet.has_answered)


def _sleeper(kiosk: Kiosk, awake: str) -> ScreenSleep:
    zone = ZoneInfo(kiosk.config.library.timezone)
    hours = Hours.parse(awake) if awake != OPEN else None

    def is_day(moment: datetime) -> bool:
        if hours is not None:
            return hours.hold(moment, zone)
        return kiosk.shown is None or kiosk.shown.now.is_open(moment.astimezone(zone))

    def resting() -> bool:
        return isinstance(kiosk.desk.view, Welcome | OutOfOrder) and kiosk.desk.view.linger is None

    sleeper = ScreenSleep(is_day, kiosk.clock, resting, kiosk.front.darken)
    kiosk.inbox.overheard = sleeper.handle
    kiosk.front.face.sleep_by(sleeper.stir)
    return sleeper
