"""Simulated power cuts at every write of the journal: what was promised before the cut is there after it.

A simulation of a disk that keeps what was synced and any part of the rest; it says nothing of a card that lies.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from kiosk.domain.transactions import TransactionId
from kiosk.journal import Journal, JournalFailed, State
from tests.journal_test import BODY, MOMENT
from tests.power_cut import Recording, recorded
from tests.sync.bench import START

Promise = tuple[str, TransactionId]


def work(path: Path, recording: Recording[Promise], synchronous: int) -> None:
    """A day of the journal: rows, promises, answers, a purge; each is promised once the call returned."""
    journal = Journal.open(path)
    journal._db.pragma("synchronous", synchronous)
    rows: list[TransactionId] = []
    for number in range(70):
        row = journal.append("checkin", BODY, MOMENT, no_block=number % 5 == 0)
        rows.append(row.id)
        recording.promise(("written", row.id))
        if number % 3 == 0:
            journal.mark_no_block(row.id)
            recording.promise(("promised", row.id))
        if number % 2:
            done = rows.pop(0)
            journal.close(done, State.ACCEPTED, "{}", "", START)
            recording.promise(("closed", done))
        if number == 40:
            journal.purge(START + timedelta(days=1))


def kept(path: Path, promised: Sequence[Promise]) -> bool:
    """Whether all that was promised is in the journal, which must open whole."""
    journal = Journal.open(path)
    found = {id: (state, flag) for id, state, flag in journal._db.execute("SELECT id, state, no_block FROM rows")}
    journal.close_file()
    for what, id in promised:
        state, no_block = found.get(id, ("", 0))
        closed = state == State.ACCEPTED
        if not state or (what == "closed" and not closed) or (what == "promised" and not (no_block or closed)):
            return False
    return True


def cuts(folder: Path, synchronous: int, every: int) -> Iterator[bool | None]:
    """Plays a cut after each `every`-th operation; True: all kept, False: something lost, None: it is damaged."""
    home = folder / "home"
    home.mkdir()
    Journal.create(home / "journal.db")
    recording = Recording[Promise].of(home)
    with recorded(recording):
        work(home / "journal.db", recording, synchronous)
    random = Random(7)
    for upto in range(0, len(recording.operations) + 1, every):
        image = folder / "image"
        image.mkdir()
        recording.image(upto, random, image)
        try:
            yield kept(image / "journal.db", recording.promised(upto))
        except JournalFailed:
            yield None
        shutil.rmtree(image)


def test_no_power_cut_loses_what_was_promised(tmp_path: Path) -> None:
    outcomes = list(cuts(tmp_path, synchronous=2, every=1))
    assert len(outcomes) > 500
    assert set(outcomes) == {True}


def test_the_simulated_disk_does_lose_what_was_not_synced(tmp_path: Path) -> None:
    outcomes = list(cuts(tmp_path, synchronous=1, every=8))
    assert outcomes.count(False) > len(outcomes) / 5


def test_the_simulated_disk_does_break_a_journal_that_syncs_nothing(tmp_path: Path) -> None:
    assert None in list(cuts(tmp_path, synchronous=0, every=8))
