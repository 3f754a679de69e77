"""Run one seed: record a day on a real ext4 block by block, cut it anywhere, mount and judge it."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from random import Random
from unittest import mock

from kiosk.journal.file import SETTINGS
from kiosk.wiring.power_cut_disk import Image, Mode, Platter, Recording
from tests.kiosk.sync.bench import HandClock
from tests.proofs.blocks.fuse_file import NAME, FuseFile, mount
from tests.proofs.power.day import work
from tests.proofs.power.history import Past
from tests.proofs.power.judge import Verdict, judge
from tests.proofs.power.kiosk import Diary, Kiosk, seeded
from tests.proofs.power.rules import Harm
from tests.proofs.power.trial import Setting
from tests.support.patience import PATIENCE

SIZE = 32 << 20
ACTS = 60
MKFS = ("mkfs.ext4", "-q", "-F", "-b", "4096", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0")


@dataclass(frozen=True, slots=True)
class Day:
    recording: Recording
    past: Past
    seconds: float
    made: int
    """Blocks written and flushes up to the creation of the journal."""


@dataclass(frozen=True, slots=True)
class Cut:
    where: str
    checked: bool
    """True if it mounted only after e2fsck."""
    verdict: Verdict


@dataclass
class _Counting(Recording):
    """Recording of which only the length is known: another process makes it."""

    count: Synchronized[int] | None = None

    @property
    def now(self) -> int:
        assert self.count is not None
        return self.count.value


class Trial:
    """Trial in `folder`. Needs root to mount."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._raw, self._below, self._above = (folder / name for name in ("raw", "below", "above"))
        self._image, self._files = folder / "image", folder / "files"
        for each in (self._below, self._above, self._files):
            each.mkdir(exist_ok=True)

    def cuts(self, setting: Setting, images: int) -> Iterator[Cut]:
        random = Random(f"{self._seed} {setting.name}")
        with mock.patch.dict(SETTINGS, synchronous=setting.synchronous):
            day = self._day(random)
        platter = Platter(day.recording, setting.flushes)
        for at in sorted(random.randint(day.made, day.recording.now) for _ in range(images)):
            mode = random.choice(list(Mode))
            self._image.write_bytes(platter.cut(at, mode, random)[NAME])
            where = f"seed {self._seed}, block {at} of {day.recording.now}, {mode}"
            yield self._judged(where, day.past.upto(at), day.seconds)

    def _day(self, random: Random) -> Day:
        self._raw.write_bytes(bytes(SIZE))
        _run(*MKFS, str(self._raw))
        count: Synchronized[int] = multiprocessing.Value("q", 0)
        handle = mount(self._below)
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.Process(target=_serve, args=(handle, self._raw, count, theirs.fileno()))
        server.start()
        os.close(handle)
        theirs.close()
        try:
            with _mounted(self._below / NAME, self._above):
                diary = Diary(_Counting({}, count=count), Past())
                made, seconds = asyncio.run(self._lived(diary, random))
        finally:
            _run("umount", "-l", str(self._below))
        with os.fdopen(ours.fileno(), "rb", closefd=False) as pipe:
            recording: Recording = pickle.load(pipe)
        ours.close()
        server.join(PATIENCE)
        return Day(recording, diary.past, seconds, made)

    async def _lived(self, diary: Diary, random: Random) -> tuple[int, float]:
        clock = HandClock()
        with seeded(random):
            kiosk = Kiosk(self._above / "state" / "journal.db", diary, clock, random)
            await kiosk.start()
            made = diary.recording.now
            await work(kiosk, random, ACTS)
            await kiosk.stop()
        return made, clock.seconds

    def _judged(self, where: str, past: Past, seconds: float) -> Cut:
        checked = False
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(_mounted(self._image, self._above))
            except subprocess.CalledProcessError:
                checked = True
                subprocess.run(["e2fsck", "-f", "-y", self._image], capture_output=True, timeout=PATIENCE)
                try:
                    stack.enter_context(_mounted(self._image, self._above))
                except subprocess.CalledProcessError:
                    return Cut(where, checked, Verdict(Harm.CORRUPT, "does not mount, not even after e2fsck"))
            try:
                files = _files(self._above / "state")
            except OSError as error:
                return Cut(where, checked, Verdict(Harm.CORRUPT, f"cannot be read: {error.strerror}"))
        return Cut(where, checked, asyncio.run(judge(files, past, self._files, seconds)))


def _serve(handle: int, raw: Path, count: Synchronized[int], pipe: int) -> None:
    file = FuseFile(handle, raw.read_bytes(), count)
    file.serve()
    with os.fdopen(pipe, "wb", closefd=False) as out:
        pickle.dump(file.recording, out)


@contextlib.contextmanager
def _mounted(disk: Path, folder: Path) -> Iterator[None]:
    _run("mount", "-t", "ext4", "-o", "loop,noatime,data=ordered", str(disk), str(folder))
    try:
        yield
    finally:
        _run("umount", str(folder))


def _run(*command: str) -> None:
    """Run a command. Raises CalledProcessError."""
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


def _files(folder: Path) -> Image:
    return {each.name: each.read_bytes() for each in folder.glob("journal.db*")}
