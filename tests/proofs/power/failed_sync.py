"""Run one seed: a sync fails with EIO, the kiosk restarts and continues, then the power is cut."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from unittest import mock

import apsw

from kiosk.journal.journal import Journal, JournalFailed
from tests.kiosk.sync.bench import HandClock
from tests.proofs.power.day import work
from tests.proofs.power.disk import Mode, Platter, Recording, SyncFailed
from tests.proofs.power.failing_sync_disk import Failing, failing
from tests.proofs.power.history import Denied, Made, Past, Unwritten, Written
from tests.proofs.power.judge import judge, put
from tests.proofs.power.kiosk import Diary, Kiosk, seeded
from tests.proofs.power.recorder import recorded
from tests.proofs.power.rules import Harm
from tests.proofs.power.trial import Cut, Setting

IMAGES = 10
"""Images per seed."""
LATEST = 60
"""Most syncs before the one that fails."""
ACTS, AFTER, SPELL = 60, 12, 4
"""Most acts until the sync fails, most acts after it, and acts between two checks whether the process must end."""
UNTIL_ENDED = 61
"""Seconds within which a kiosk with a broken journal has ended."""
AGAIN = Setting("cuts after a failed sync")
BEHIND = Setting("control: a log that a failed sync left is written on", must=Harm.CORRUPT)


@dataclass
class Life:
    """The recording, and the number of disk operations at the restart."""

    recording: Recording
    past: Past
    clock: HandClock
    anew: int | None = None


class FailedSync:
    """All that one seed determines. `folder` is for the kiosk's files and is emptied repeatedly."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._home, self._image = folder / "home", folder / "image"
        for each in (self._home, self._image):
            each.mkdir(parents=True, exist_ok=True)

    async def cuts(self, setting: Setting, images: int = IMAGES) -> AsyncIterator[Cut]:
        """Cut the power at any moment after the failure.

        In a control the process was killed and has restarted: a process that can still close its file empties the log,
        so that there is nothing to append to.
        """
        random = Random(f"{self._seed} {setting.name}")
        left = images
        while left:
            lasting = setting.must is None and random.random() < 0.3
            with _broken(setting):
                life = await self._live(random, Failing(random.randint(1, LATEST), lasting), bool(setting.must))
            operations = life.recording.operations
            failed = next((at for at, each in enumerate(operations, 1) if isinstance(each, SyncFailed)), None)
            first = failed if setting.must is None else life.anew
            if first is None:
                continue
            platter = Platter(life.recording)
            for at in sorted(random.randint(first, len(operations)) for _ in range(min(left, 5))):
                left -= 1
                mode = random.choice(list(Mode))
                image = platter.cut(at, mode, random)
                verdict = await judge(image, _known(life.past, at), self._image, life.clock.seconds)
                where = f"seed {self._seed}, {'lasting' if lasting else 'one'} failure at operation {failed}"
                yield Cut(setting.name, f"{where}, cut at {at} of {len(operations)}, {mode}", verdict)

    async def _live(self, random: Random, fault: Failing, killed: bool) -> Life:
        put({}, self._home)
        with seeded(random):
            Journal.create(self._home / "journal.db")
        base = {each.name: each.read_bytes() for each in self._home.iterdir()}
        life = Life(Recording(base), Past(), HandClock())
        life.past.note(0, Made())
        over = contextlib.suppress(JournalFailed)  # The kiosk no longer starts: a technician is called.
        with recorded(life.recording, self._home, random), seeded(random), failing(fault), over:
            await self._days(life, random, killed)
        return life

    async def _days(self, life: Life, random: Random, killed: bool) -> None:
        """Run the days. Raises JournalFailed if the kiosk does not start, or its file cannot be closed."""
        diary = Diary(life.recording, life.past)
        kiosk = await self._start(diary, life.clock, random)
        left = ACTS
        while left > 0:
            await work(kiosk, random, SPELL)
            left -= SPELL
            if kiosk.broken:
                await life.clock.pass_time(UNTIL_ENDED)
                await _end(kiosk, killed or random.random() < 0.5)
                kiosk = await self._start(diary, life.clock, random)
                if life.anew is None:
                    life.anew, left = life.recording.now, AFTER
        await kiosk.stop()

    async def _start(self, diary: Diary, clock: HandClock, random: Random) -> Kiosk:
        """Start. The last act is there as far as the running system has it, or never happened."""
        kiosk = Kiosk(self._home / "journal.db", diary, clock, random)
        await kiosk.start(lambda last: _never_were(diary, last))
        return kiosk


def _never_were(diary: Diary, last: int) -> None:
    for row in diary.past.rows[last:]:
        diary.note(Unwritten(row.id))


async def _end(kiosk: Kiosk, killed: bool) -> None:
    """End the process normally, or as a kill does."""
    if killed:
        kiosk.journal_file.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    await kiosk.stop()


def _known(past: Past, at: int) -> Past:
    """Return what had happened at the power cut. The note about a patron who is seeing *not saved* may be lost."""
    then, begun = Past(), set()
    for when, event in past.events:
        if isinstance(event, Written) and when <= at:
            begun.add(event.row.id)
        if isinstance(event, Denied) and event.of in begun:
            then.note(0, replace(event, noted=False))
        elif when <= at:
            then.note(0, event)
    return then


@contextlib.contextmanager
def _broken(setting: Setting) -> Iterator[None]:
    """Let a control skip the rewriting of the log before it appends."""
    with mock.patch("kiosk.journal.file.write_again", lambda _: None) if setting.must else contextlib.nullcontext():
        yield
