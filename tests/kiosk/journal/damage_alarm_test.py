"""Test the report of a damaged journal: as health, on the technician screen, by kiosk check."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.config import load
from kiosk.journal.journal import Journal
from kiosk.journal.recovery import RESCUED, ROWS_LOST, damages, open_or_rescue, state_of, watch_damage
from kiosk.system.health import READY, Health, PartName, PartState
from kiosk.words import Words
from tests.kiosk.commands.check_test import NOW, found, write_kiosk
from tests.kiosk.sync.bench import HandClock, settle


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of an empty journal replaced after damage that left nothing to read."""
    path = tmp_path / "journal.db"
    Journal.create(path)
    path.write_bytes(b"\0" * 20_000)
    open_or_rescue(path, NOW).close_file()
    return path


async def watch_twice(path: Path, clock: HandClock) -> list[tuple[PartName, PartState]]:
    """Health states of two checks; the damaged journal is removed between them."""
    states: list[tuple[PartName, PartState]] = []
    watching = asyncio.ensure_future(watch_damage(path, clock, Health(lambda *state: states.append(state))))
    while not clock._sleepers:
        await asyncio.sleep(0.001)
    await settle()
    for each in path.parent.glob("journal.db.damaged-*"):
        each.unlink()
    await clock.pass_time(60)
    while not clock._sleepers:
        await asyncio.sleep(0.001)
    watching.cancel()
    return states


def test_health_reports_the_damage_until_the_file_is_removed(path: Path) -> None:
    assert asyncio.run(watch_twice(path, HandClock())) == [
        (PartName.DAMAGED_JOURNAL, ROWS_LOST),
        (PartName.DAMAGED_JOURNAL, READY),
    ]


def test_undamaged_journal_reports_nothing(tmp_path: Path) -> None:
    Journal.create(tmp_path / "journal.db")
    assert asyncio.run(watch_twice(tmp_path / "journal.db", HandClock())) == []


def test_unreadable_damage_note_reports_lost_rows(path: Path) -> None:
    path.with_name(f"{damages(path)[0].aside}.json").write_text("{")
    assert state_of(path) == ROWS_LOST


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kiosk_check_reports_the_damaged_journal(tmp_path: Path, language: str) -> None:
    config = load(write_kiosk(tmp_path))
    journal = config.paths.journal
    Journal.create(journal)
    journal.write_bytes(b"\0" * 20_000)
    open_or_rescue(journal, NOW).close_file()
    words = Words(language, "Asia/Shanghai", "CNY")
    finding = found(config, words=words)["damaged_journal"]
    assert finding.condition == ROWS_LOST.condition
    assert finding.seen.startswith("journal.db.damaged-20261125T090000Z")
    assert "journal.db.damaged-*" in finding.hint
    assert finding.hint == words.mending(PartName.DAMAGED_JOURNAL, RESCUED)
