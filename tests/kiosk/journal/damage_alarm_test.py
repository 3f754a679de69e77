"""Test the report of a damaged journal: as health, on the technician screen, by kiosk check."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.config import load
from kiosk.journal.damage_alarm import RESCUED, ROWS_LOST, state_of, watch_damage
from kiosk.journal.journal import Journal
from kiosk.journal.recovery import damages, open_or_rescue
from kiosk.system.health import READY, Health, PartName, PartState
from kiosk.words import Words
from tests.kiosk.commands.check_test import NOW, found, write_kiosk
from tests.kiosk.sync.bench import HandClock, settle


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal without rows that was damaged: nothing could be read of it."""
    path = tmp_path / "journal.db"
    Journal.create(path)
    path.write_bytes(b"\0" * 20_000)
    open_or_rescue(path, NOW).close_file()
    return path


async def watched(path: Path, clock: HandClock) -> list[tuple[PartName, PartState]]:
    """Health in two checks; the damaged journal is removed between them."""
    told: list[tuple[PartName, PartState]] = []
    watching = asyncio.ensure_future(watch_damage(path, clock, Health(lambda *said: told.append(said))))
    while not clock._sleepers:
        await asyncio.sleep(0.001)
    await settle()
    for each in path.parent.glob("journal.db.damaged-*"):
        each.unlink()
    await clock.pass_time(60)
    while not clock._sleepers:
        await asyncio.sleep(0.001)
    watching.cancel()
    return told


def test_health_tells_it_until_somebody_has_taken_it_away(path: Path) -> None:
    told = asyncio.run(watched(path, HandClock()))
    assert told == [(PartName.DAMAGED_JOURNAL, ROWS_LOST), (PartName.DAMAGED_JOURNAL, READY)]


def test_a_kiosk_whose_journal_was_never_damaged_says_nothing(tmp_path: Path) -> None:
    Journal.create(tmp_path / "journal.db")
    assert asyncio.run(watched(tmp_path / "journal.db", HandClock())) == []


def test_a_note_that_cannot_be_read_is_an_alarm_too(path: Path) -> None:
    path.with_name(f"{damages(path)[0].aside}.json").write_text("{")
    assert state_of(path) == ROWS_LOST


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kiosk_check_says_what_could_be_read_and_what_is_missing(tmp_path: Path, language: str) -> None:
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
