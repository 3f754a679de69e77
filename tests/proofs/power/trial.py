"""Run one seed: record a day, cut its disk at many moments, and again during recovery."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest import mock

from kiosk.central import Deferred
from kiosk.journal.file import SETTINGS
from kiosk.journal.journal import Journal
from tests.kiosk.sync.bench import HandClock
from tests.proofs.power import damaged, version_1
from tests.proofs.power.day import promises, work
from tests.proofs.power.disk import Image, Mode, Platter, Recording
from tests.proofs.power.history import Made, Past, Told, Written
from tests.proofs.power.judge import Verdict, judge, put
from tests.proofs.power.kiosk import Diary, Kiosk, seeded
from tests.proofs.power.recorder import recorded
from tests.proofs.power.rules import Harm

ACTS = 120
SPELL = 20
"""Acts after which the kiosk may be stopped and started."""
FEW = 4
CUTS = 50
IN_A_ROW = 20
FIRST_START = 10
MIGRATION = 5
RESCUES = 5
"""Images per seed: 100 together with those after a failed sync."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Settings of the journal and its disk."""

    name: str
    synchronous: int = 2
    flushes: bool = True
    must: Harm | None = None
    """Kind of harm that must occur in a fifth of the images: then it is a control."""


REAL = Setting("power cuts")
CONTROLS = (
    Setting("control: synchronous=NORMAL", synchronous=1, must=Harm.LOST),
    Setting("control: synchronous=OFF", synchronous=0, must=Harm.CORRUPT),
    Setting("control: a disk that ignores flush", flushes=False, must=Harm.CORRUPT),
)
ROW = "cuts in a row, 2 to 5"
FIRST = "cuts in the first start"
MIGRATED = "cuts in a migration"
RESCUE = "cuts in the rescue of a damaged journal"


@dataclass(frozen=True, slots=True)
class Cut:
    """One image and its verdict."""

    proof: str
    where: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Run:
    """The recording from one start of the kiosk on."""

    recording: Recording
    past: Past
    seconds: float
    started: int
    """Disk operations at the end of the start-up."""
    opened: int
    """Disk operations when the journal was open, and migrated if necessary."""


class Trial:
    """All that one seed determines. `folder` is for the kiosk's files and is emptied repeatedly."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._home = folder / "home"
        self._image = folder / "image"
        for each in (self._home, self._image):
            each.mkdir(parents=True, exist_ok=True)

    async def cuts(self, setting: Setting, images: int = CUTS) -> AsyncIterator[Cut]:
        """Cut a day on an existing journal at `images` moments."""
        random = Random(f"{self._seed} {setting.name}")
        with _set(setting):
            run = await self.day(random)
        platter = Platter(run.recording, setting.flushes)
        for at in sorted(random.randint(0, run.recording.now) for _ in range(images)):
            mode = random.choice(list(Mode))
            yield await self._cut(setting.name, run, platter.cut(at, mode, random), at, mode, "")

    async def in_a_row(self) -> AsyncIterator[Cut]:
        """Cut the start-up, or the first patrons after it, on the disk that the previous cut left."""
        random = Random(f"{self._seed} {ROW}")
        day, left = await self.day(random), IN_A_ROW
        while left:
            async for cut in self._chain(ROW, day, random, min(left, random.randint(2, 5))):
                left -= 1
                yield cut

    async def first_start(self) -> AsyncIterator[Cut]:
        """Cut a start from an empty folder: while the journal is created, at its first loans, and again."""
        random = Random(f"{self._seed} {FIRST}")
        left = FIRST_START
        while left:
            birth = await self._run({}, Past(), 1000.0, random, FEW)
            async for cut in self._chain(FIRST, birth, random, min(left, random.randint(1, 3))):
                left -= 1
                yield cut

    async def migration(self) -> AsyncIterator[Cut]:
        """Start a kiosk with promises in a journal of version 1, and cut mostly during the migration."""
        random = Random(f"{self._seed} {MIGRATED}")
        left = MIGRATION
        while left:
            base, past = self._version_1(random)
            run = await self._run(base, past, 1000.0, random, FEW)
            async for cut in self._chain(MIGRATED, run, random, min(left, random.randint(1, 3))):
                left -= 1
                yield cut

    def _version_1(self, random: Random) -> tuple[Image, Past]:
        """Make a journal of version 1 in which every row was promised to a patron."""
        past = Past()
        past.note(0, Made())
        for row in promises(random):
            past.note(0, Written(row))
            past.note(0, Told(row.id, Deferred()))
        put({}, self._home)
        version_1.make(self._home / "journal.db", past.rows)
        return {each.name: each.read_bytes() for each in self._home.iterdir()}, past

    async def rescues(self) -> AsyncIterator[Cut]:
        """Damage the day's disk, then cut one to three of the starts that recover it."""
        random = Random(f"{self._seed} {RESCUE}")
        run = await self.day(random)
        platter = Platter(run.recording)
        for moment in sorted(random.randint(run.recording.now // 4, run.recording.now) for _ in range(RESCUES)):
            wreck = damaged.Wreck.of(platter.cut(moment, Mode.ALL, random), self._home, random)
            image, cuts = wreck.image, []
            for _ in range(random.randint(1, 3)):
                recording = damaged.rescue(image, self._home, random)
                image, at, mode = damaged.cut(recording, random)
                cuts.append(f"operation {at} of {recording.now}, {mode}")
            verdict = damaged.judge(image, wreck, self._image)
            yield Cut(RESCUE, f"seed {self._seed}, damaged after {moment} operations, {'; '.join(cuts)}", verdict)

    async def day(self, random: Random) -> Run:
        """Record a day on an existing journal."""
        put({}, self._home)
        with seeded(random):
            Journal.create(self._home / "journal.db")
        base = {each.name: each.read_bytes() for each in self._home.iterdir()}
        past = Past()
        past.note(0, Made())
        return await self._run(base, past, 1000.0, random, ACTS)

    async def _chain(self, proof: str, run: Run, random: Random, cuts: int) -> AsyncIterator[Cut]:
        for number in range(1, cuts + 1):
            early = number > 1 or proof in (FIRST, MIGRATED)
            soon = run.opened if proof == MIGRATED else run.started
            at = random.randint(0, soon if early and random.random() < 0.6 else run.recording.now)
            mode = random.choice(list(Mode))
            image = Platter(run.recording).cut(at, mode, random)
            cut = await self._cut(proof, run, image, at, mode, f"cut {number} of {cuts}, ")
            yield cut
            if cut.verdict.harm or number == cuts:
                return
            past = run.past.upto(at).keep(cut.verdict.rows)
            run = await self._run(image, past, run.seconds, random, FEW)

    async def _run(self, base: Image, past: Past, seconds: float, random: Random, acts: int) -> Run:
        """Record the real start-up on that disk and this many acts; in between it may stop and start again."""
        put(base, self._home)
        clock = HandClock()
        clock.seconds = seconds
        diary = Diary(Recording(base), past)
        with recorded(diary.recording, self._home, random), seeded(random):
            kiosk = Kiosk(self._home / "journal.db", diary, clock, random)
            await kiosk.start()
            started, opened = diary.recording.now, kiosk.opened
            for spell in range(0, acts, SPELL):
                if spell and random.random() < 0.3:
                    await kiosk.stop()
                    kiosk = Kiosk(self._home / "journal.db", diary, clock, random)
                    await kiosk.start()
                await work(kiosk, random, min(SPELL, acts - spell))
            await kiosk.stop()
        return Run(diary.recording, past, clock.seconds, started, opened)

    async def _cut(self, proof: str, run: Run, image: Image, at: int, mode: Mode, which: str) -> Cut:
        verdict = await judge(image, run.past.upto(at), self._image, run.seconds)
        return Cut(proof, f"seed {self._seed}, {which}operation {at} of {run.recording.now}, {mode}", verdict)


@contextlib.contextmanager
def _set(setting: Setting) -> Iterator[None]:
    """Open the journal with that setting, which its check of the settings accepts."""
    with mock.patch.dict(SETTINGS, synchronous=setting.synchronous):
        yield
