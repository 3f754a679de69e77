"""Test the notifications to the service manager, and that they stop when a task hangs."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.journal.journal import JournalFailed, JournalFault
from kiosk.wiring.watchdog import FEEDS, Manager, Signs, Watchdog, manager_of
from lending.transactions import ClockTrust
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import NO_SERVER, house

ALLOWED = 20.0


class ByHand:
    """Clock that advances only by `move`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def trust(self) -> ClockTrust:
        return ClockTrust.SYNCED

    async def sleep(self, seconds: float) -> None:
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.seconds + seconds, until))
        await until

    def move(self, seconds: float) -> None:
        self.seconds += seconds
        for due, until in self.sleepers:
            if due <= self.seconds and not until.done():
                until.set_result(None)


@dataclass
class World:
    """Kiosk whose window, session and journal can hang."""

    clock: ByHand = field(default_factory=ByHand)
    sent: list[str] = field(default_factory=list)
    drawn: bool = True
    taken: bool = True
    window_hangs: bool = False
    journal_hangs: bool = False
    journal_fails: bool = False
    reads: int = 0

    async def turned(self) -> None:
        await (asyncio.Event().wait() if self.window_hangs else asyncio.sleep(0))

    async def journal(self) -> None:
        if self.journal_fails:
            raise JournalFailed(JournalFault.UNWRITABLE, Path("journal.db"))
        await (asyncio.Event().wait() if self.journal_hangs else asyncio.sleep(0))
        self.reads += 1

    def watchdog(self, allowed: float | None = ALLOWED) -> Watchdog:
        signs = Signs(lambda: self.drawn, self.turned, lambda: self.taken, self.journal)
        return Watchdog(Manager(self.sent.append, allowed), signs, self.clock)

    async def turns(self) -> None:
        """Run the event loop long enough for every task that does not hang."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def feeds(self, times: int) -> None:
        for _ in range(times):
            self.clock.move(ALLOWED / FEEDS)
            await self.turns()


def play(scenario: Callable[[World], Awaitable[None]], world: World | None = None) -> World:
    """Run a scenario together with the watchdog."""
    played = world or World()

    async def run_with_watchdog() -> None:
        running = asyncio.create_task(played.watchdog().run())
        await played.turns()
        await scenario(played)
        running.cancel()

    asyncio.run(run_with_watchdog())
    return played


def test_watchdog_reports_ready_once_and_then_alive() -> None:
    async def three_times(world: World) -> None:
        await world.feeds(3)

    world = play(three_times)
    assert world.sent == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
    assert world.reads == 3


def test_ready_needs_the_first_frame_and_a_running_session() -> None:
    async def slowly(world: World) -> None:
        assert world.sent == []
        world.drawn = True
        await world.turns()
        assert world.sent == []
        world.taken = True
        await world.turns()
        assert world.sent == ["READY=1"]

    play(slowly, World(drawn=False, taken=False))


def hang_window(world: World) -> None:
    world.window_hangs = True


def hang_desk(world: World) -> None:
    world.taken = False


def hang_journal(world: World) -> None:
    world.journal_hangs = True


def break_journal(world: World) -> None:
    world.journal_fails = True


@pytest.mark.parametrize("harm", [hang_window, hang_desk, hang_journal, break_journal], ids=lambda harm: harm.__name__)
def test_hanging_task_stops_the_watchdog(harm: Callable[[World], None]) -> None:
    async def harmed(world: World) -> None:
        await world.feeds(1)
        harm(world)
        await world.feeds(3 * FEEDS)

    assert play(harmed).sent == ["READY=1", "WATCHDOG=1"]


def test_recovered_journal_resumes_the_watchdog() -> None:
    async def mended(world: World) -> None:
        world.journal_fails = True
        await world.feeds(2)
        assert world.sent == ["READY=1"]
        world.journal_fails = False
        await world.feeds(1)

    assert play(mended).sent == ["READY=1", "WATCHDOG=1"]


def test_without_a_timeout_only_ready_and_stopping_are_sent() -> None:
    world = World()
    watchdog = world.watchdog(allowed=None)
    asyncio.run(watchdog.run())
    watchdog.stopping()
    assert world.sent == ["READY=1", "STOPPING=1"]
    assert world.reads == 0


def test_without_a_service_manager_nothing_is_sent() -> None:
    world = World(window_hangs=True)
    watchdog = Watchdog(manager_of({}, 1), Signs(bool, world.turned, bool, world.journal), world.clock)
    asyncio.run(watchdog.run())
    watchdog.stopping()
    assert world.sent == []


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ({"WATCHDOG_USEC": "20000000"}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "7"}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "8"}, None),
        ({}, None),
    ],
)
def test_timeout_applies_only_to_the_named_process(environment: dict[str, str], allowed: float | None) -> None:
    manager = manager_of({"NOTIFY_SOCKET": "@nobody", **environment}, 7)
    assert manager is not None
    assert manager.allowed == allowed


@contextmanager
def listening(path: Path) -> Iterator[Callable[[], str]]:
    """Bind the manager's socket; yield a function that waits for the next message."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(path))
        ear.settimeout(PATIENCE)
        yield lambda: ear.recv(4096).decode()


def test_kiosk_process_reports_ready_alive_and_stopping() -> None:
    with house(hub=False) as alone, listening(alone.folder / "notify") as receive:
        manager = {"NOTIFY_SOCKET": str(alone.folder / "notify"), "WATCHDOG_USEC": "400000"}
        with alone.set_up().with_journal().kiosk(NO_SERVER, environment=manager) as kiosk:
            kiosk.ask("stand", still=False)
            assert [receive() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
            assert kiosk.told(signal.SIGTERM) == 0
            said = receive()
            while said == "WATCHDOG=1":
                said = receive()
            assert said == "STOPPING=1"
