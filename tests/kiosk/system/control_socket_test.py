"""Test the kiosk's control socket with real sockets and files."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.system import control_socket
from kiosk.system.control_socket import (
    CommandRefused,
    Control,
    ControlServer,
    Facts,
    KioskRunning,
    KioskSilent,
    technician_commands,
)
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from tests.support.patience import PATIENCE


@dataclass(frozen=True)
class Counts:
    queued: int = 2
    acknowledged: int = 40
    exceptions: int = 1
    oldest: datetime | None = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def path() -> Iterator[Path]:
    """Return a short path; a socket path may have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        yield Path(folder) / "run" / "kiosk.sock"


async def echo(asked: Facts) -> Facts:
    return {"heard": asked}


async def refuse(_: Facts) -> Facts:
    raise CommandRefused("not during a visit")


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[asyncio.Task[None]]:
    server = asyncio.create_task(ControlServer(path, {"echo": echo, "refuse": refuse}).run())
    while not path.exists() and not server.done():
        await asyncio.sleep(0)
    yield server
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)


def played(scenario: Callable[[], Awaitable[None]]) -> None:
    async def within_time() -> None:
        async with asyncio.timeout(PATIENCE):
            await scenario()

    asyncio.run(within_time())


def test_commands_are_answered_in_sequence_on_one_connection(path: Path) -> None:
    async def scenario() -> None:
        async with serving(path):
            kiosk = await Control.connect(path)
            assert await kiosk.ask("echo", text="湖滨") == {"heard": {"text": "湖滨"}}
            assert await kiosk.ask("echo") == {"heard": {}}
            kiosk.close()

    played(scenario)


def test_refused_command_returns_its_reason(path: Path) -> None:
    async def scenario() -> None:
        async with serving(path):
            kiosk = await Control.connect(path)
            with pytest.raises(CommandRefused, match="not during a visit"):
                await kiosk.ask("refuse")
            assert await kiosk.ask("echo") == {"heard": {}}

    played(scenario)


@pytest.mark.parametrize("line", [b"\n", b"nonsense\n", b"[]\n", b'{"do": "dance"}\n', b'{"do": []}\n', b"7\n"])
def test_invalid_command_is_refused_and_the_connection_stays_open(path: Path, line: bytes) -> None:
    async def scenario() -> None:
        async with serving(path):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(line)
            assert json.loads(await reader.readline()) == {
                "ok": False,
                "why": "unknown command; known are echo, refuse",
            }
            writer.write(b'{"do": "echo"}\n')
            assert json.loads(await reader.readline())["ok"]
            writer.close()

    played(scenario)


def test_socket_is_private_to_its_owner_and_removed_at_the_end(path: Path) -> None:
    async def scenario() -> None:
        async with serving(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert not path.exists()

    played(scenario)


def test_server_ends_while_a_client_is_connected(path: Path) -> None:
    async def scenario() -> None:
        async with serving(path) as server:
            kiosk = await Control.connect(path)
            assert await kiosk.ask("echo") == {"heard": {}}
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)
        kiosk.close()

    played(scenario)


def test_socket_of_a_killed_kiosk_is_replaced(path: Path) -> None:
    async def scenario() -> None:
        path.parent.mkdir()
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(path))
        with pytest.raises(KioskSilent):
            await Control.connect(path)
        server = asyncio.create_task(ControlServer(path, {"echo": echo}).run())
        for _ in range(100):
            try:
                kiosk = await Control.connect(path)
                break
            except KioskSilent:
                await asyncio.sleep(0)
        assert await kiosk.ask("echo") == {"heard": {}}
        server.cancel()

    played(scenario)


def test_second_kiosk_does_not_replace_the_socket(path: Path) -> None:
    async def scenario() -> None:
        async with serving(path):
            with pytest.raises(KioskRunning, match="already running"):
                await ControlServer(path, {}).run()
            assert await (await Control.connect(path)).ask("echo") == {"heard": {}}

    played(scenario)


def test_missing_kiosk_is_reported_with_its_socket_path(path: Path) -> None:
    with pytest.raises(KioskSilent, match=str(path)):
        control_socket.ask(path, "health")


def test_technician_commands_return_health_and_queue() -> None:
    health = Health(lambda part, state: None)
    health.report(PartName.CARD_READER, READY)
    health.report(PartName.RECEIPT_PRINTER, PartState(Condition.FAULTY, "out_of_paper"))

    async def counts() -> Counts:
        return Counts()

    async def scenario() -> None:
        commands = technician_commands(health, counts)
        assert await commands["health"]({}) == {
            "parts": {
                "card_reader": {"condition": "ready", "reason": ""},
                "receipt_printer": {"condition": "faulty", "reason": "out_of_paper"},
            }
        }
        assert await commands["queue"]({}) == {
            "queued": 2,
            "acknowledged": 40,
            "exceptions": 1,
            "oldest": "2026-11-25T09:00:00+00:00",
        }

    played(scenario)
