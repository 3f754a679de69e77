"""Test the power-cut proof in a short run, and that its judge detects each fault."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from kiosk.benchmarks.record import Record
from kiosk.central import Accepted, Answer, Deferred, JournalRow, Refused, SetAside
from kiosk.journal import file as journal_file
from kiosk.journal import recovery as journal_rescue
from kiosk.journal import salvage as journal_salvage
from kiosk.journal.journal import Journal
from lending import atomic_file
from lending.transactions import Checkin, Checkout, Renew, Undo
from lending.wire import decode
from tests.kiosk.sync.bench import DUE, BookKeeper
from tests.kiosk.sync.seal_keys import plain
from tests.proofs.power.disk import Image, Mode, Platter, Recording, Sync, Write
from tests.proofs.power.history import Judged, Purged, Told
from tests.proofs.power.prove import CONTROLS, PER_SEED, prove
from tests.proofs.power.rules import Harm
from tests.proofs.power.trial import REAL, Cut, Run, Trial

pytestmark = [pytest.mark.long, pytest.mark.judge]

SEED = 1


def harms(cuts: AsyncIterator[Cut]) -> Counter[Harm | None]:
    async def all_of_them() -> Counter[Harm | None]:
        return Counter([cut.verdict.harm async for cut in cuts])

    return asyncio.run(all_of_them())


def day(folder: Path) -> Run:
    return asyncio.run(Trial(SEED, folder).day(Random(SEED)))


def test_no_power_cut_does_harm_and_each_control_fails() -> None:
    proved = prove(SEED, seeds=3, control_seeds=2, processes=1)
    assert not proved.failures
    assert sum(each.n for each in proved.records if not each.control) == 3 * PER_SEED
    assert [each.failed_as_it_must for each in proved.records if each.control] == [True] * len(CONTROLS)
    assert proved.held


def test_control_without_harm_does_not_hold() -> None:
    kind = Record("control", 100, 1, 0, 0, 19, None, control=True, failed_as_it_must=False, seconds=0)
    assert not kind.held


def test_recorded_day_contains_every_kind_of_event(tmp_path: Path) -> None:
    past = day(tmp_path.resolve()).past
    outcomes = {type(event.outcome) for _, event in past.events if isinstance(event, Told)}
    assert outcomes == {Accepted, Deferred, Refused}
    assert any(isinstance(event, Judged) and isinstance(event.answer, SetAside) for _, event in past.events)
    assert {type(decode(row.kind, plain(row))) for row in past.rows} == {Checkout, Checkin, Renew, Undo}
    assert sum(isinstance(event, Purged) for _, event in past.events) > 3


def test_seed_reproduces_the_bytes(tmp_path: Path) -> None:
    first, second = (day((tmp_path / name).resolve()).recording for name in ("first", "second"))
    assert _digest(first) == _digest(second)


def _digest(recording: Recording) -> str:
    return hashlib.sha256(repr((recording.base, recording.operations)).encode()).hexdigest()


def test_confirmation_before_the_write_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "mark_no_block", lambda *_: None)
    assert harms(Trial(SEED, tmp_path.resolve()).cuts(REAL))[Harm.LOST]


def test_unwritten_answer_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "close_all", lambda *_: None)
    assert harms(Trial(SEED, tmp_path.resolve()).cuts(REAL))[Harm.LOST]


def test_library_system_that_repeats_a_transaction_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(self: BookKeeper, row: JournalRow) -> Answer:
        self.done.append(row.seq)
        return Accepted(DUE)

    monkeypatch.setattr(BookKeeper, "_judge", forgetful)
    assert harms(Trial(SEED, tmp_path.resolve()).cuts(REAL))[Harm.DOUBLED]


def test_journal_created_without_a_folder_sync_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_file, "sync", lambda _: None)
    found: Counter[Harm | None] = Counter()
    for seed in range(SEED, SEED + 5):
        found += harms(Trial(seed, tmp_path.resolve()).first_start())
    assert found[Harm.LOST]


def test_migration_outside_its_transaction_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit each step of the migration separately instead of all or none."""
    alone = {
        version: [part for change in changes for part in ("COMMIT", "BEGIN IMMEDIATE", change)]
        for version, changes in journal_file.CHANGES.items()
    }
    monkeypatch.setattr(journal_file, "CHANGES", alone)
    found: Counter[Harm | None] = Counter()
    for seed in range(SEED, SEED + 5):
        found += harms(Trial(seed, tmp_path.resolve()).migration())
    assert found[Harm.CORRUPT]


def test_recovery_that_first_moves_the_journal_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(path: Path, aside: Path, *_: object) -> None:
        journal_file.rescue_note(path).unlink(missing_ok=True)
        log, log_aside = (each.with_name(f"{each.name}-wal") for each in (path, aside))
        for old, new in ((path, aside), (log, log_aside)):
            if old.exists():
                atomic_file.replace(old, new)
        found = journal_salvage.salvage(aside, log_aside)
        journal_file.build(journal_file.new_name(path), lambda db: journal_rescue._fill(db, found))
        journal_rescue._write_report(aside, journal_rescue._damage(aside, found, "", datetime.now(UTC)))
        atomic_file.replace(journal_file.new_name(path), path)

    monkeypatch.setattr(journal_rescue, "_rescue", careless)
    found: Counter[Harm | None] = Counter()
    for seed in range(SEED, SEED + 4):
        found += harms(Trial(seed, tmp_path.resolve()).rescues())
    assert found[Harm.LOST]


def test_synced_data_survives_every_cut() -> None:
    recording = Recording({"file": b"old"})
    recording.operations += [Write(0, 0, b"new"), Sync(0), Write(0, 3, b"er")]
    left = _every_image(recording)
    assert left[1] == {b"old", b"new"}
    assert left[2] == {b"new"}
    assert left[3] == {b"new", b"newer"}


def test_file_name_is_durable_only_after_a_folder_sync() -> None:
    recording = Recording({})
    recording.record_creation("file")
    recording.operations += [Write(0, 0, b"text"), Sync(0)]
    images = _images(recording, recording.now)
    assert {} in images
    assert {"file": b"text"} in images


def _every_image(recording: Recording) -> list[set[bytes]]:
    return [{image["file"] for image in _images(recording, at)} for at in range(recording.now + 1)]


def _images(recording: Recording, at: int) -> list[Image]:
    return [Platter(recording).cut(at, mode, Random(seed)) for mode in Mode for seed in range(8)]
