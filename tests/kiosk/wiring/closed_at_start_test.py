"""Test a kiosk that is closed at its start: it opens once the cause is gone."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from kiosk.central import Deferred
from kiosk.config import load, write_example
from kiosk.journal import recovery
from kiosk.journal.errors import LEAST_FREE
from kiosk.journal.file import rescue_note
from kiosk.journal.journal import Journal, JournalFailed, JournalFault, Moment
from kiosk.journal.recovery import damages, open_or_rescue
from kiosk.system.health import Health
from kiosk.wiring import connections
from kiosk.wiring.connections import LOOK_AGAIN, until_mended
from lending.transactions import ClockTrust
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import BookKeeper, Inline, Network, checkout, run_async
from tests.kiosk.sync.bench import HandClock as StoryClock


def without_room(*_what: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def damaged(path: Path) -> None:
    """Create a journal with one row and an erased header."""
    Journal.create(path)
    journal = Journal.open(path)
    journal.append("checkin", "{}", Moment(NOON, ClockTrust.SYNCED, "boot", 1), no_block=True)
    journal._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    journal.close_file()
    with path.open("r+b") as file:
        file.write(bytes(100))


async def looked(waiting: asyncio.Future[None], clock: HandClock) -> bool:
    """Return True if the next check ended the wait."""
    while clock.next_alarm() is None:
        await asyncio.sleep(0)
    clock.move(LOOK_AGAIN)
    while clock.next_alarm() is None and not waiting.done():
        await asyncio.sleep(0)
    return waiting.done()


@pytest.mark.parametrize("stopped_at", ["build", "atomic_file.write"])
@run_async
async def test_journal_recovery_continues_when_disk_space_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: str
) -> None:
    path, clock, room = tmp_path / "journal.db", HandClock(NOON), [0]
    damaged(path)
    with monkeypatch.context() as full:
        full.setattr(f"{recovery.__name__}.{stopped_at}", without_room)
        with pytest.raises(JournalFailed) as failed:
            open_or_rescue(path, NOON)
    assert (failed.value.why, rescue_note(path).exists()) == (JournalFault.FULL, stopped_at == "build")
    free: Callable[[Path], int] = lambda _folder: room[0]  # noqa: E731
    monkeypatch.setattr(connections, "free_space", free)
    waiting = asyncio.ensure_future(until_mended(path, clock, lambda: True))
    assert not await looked(waiting, clock)
    assert not damages(path)
    room[0] = 2 * LEAST_FREE
    assert await looked(waiting, clock)
    assert len(damages(path)) == 1
    journal = Journal.open(path)
    assert [row.kind for row in journal.pending()] == ["checkin"]
    journal.close_file()


@run_async
async def test_created_journal_ends_the_wait(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.db", HandClock(NOON)
    waiting = asyncio.ensure_future(until_mended(path, clock, lambda: True))
    assert not await looked(waiting, clock)
    Journal.create(path)
    assert await looked(waiting, clock)


SIP2 = {"driver": "sip2", "host": "127.0.0.1", "profile": "koha", "patience": 15.0}


@run_async
async def test_transaction_waits_for_the_configured_patience(tmp_path: Path) -> None:
    sections: dict[str, dict[str, Any]] = {"central": SIP2, "policy": {"days": 28}}
    config = load(write_example(tmp_path / "kiosk.toml", tmp_path, tmp_path / "run", "http://127.0.0.1:1", sections))
    Journal.create(config.paths.journal)
    clock, silent, health = StoryClock(), BookKeeper(), Health(lambda _part, _state: None)
    silent.set(Network.SILENT)
    courier = connections.open_courier(
        config,
        silent,  # type: ignore[arg-type] # substitute for any library system
        clock,
        health,
        lambda _online: None,
        Inline(),
        None,
        lambda _id, _outcome: None,
    )
    running = asyncio.ensure_future(courier.run())
    delivered = asyncio.ensure_future(courier.deliver(checkout()))
    await clock.pass_time(14.9)
    assert not delivered.done()
    await clock.pass_time(0.1)
    assert isinstance(delivered.result()[1], Deferred)
    running.cancel()
