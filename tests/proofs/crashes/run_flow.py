"""Run one flow on a folder and report each step to a pipe before the next begins."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from tests.kiosk.sync.bench import HandClock
from tests.proofs.crashes.flows import FLOWS, Hall, Over
from tests.proofs.power.disk import Image, Recording
from tests.proofs.power.history import Denied, Event, Past
from tests.proofs.power.judge import put
from tests.proofs.power.kiosk import Diary, seeded
from tests.proofs.power.recorder import recorded

Fault = Callable[[], AbstractContextManager[object]]
"""Context in which the product is broken on purpose, only in the child."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """State with which a flow begins."""

    flow: str
    image: Image
    past: Past
    seconds: float


@dataclass
class Said:
    """What a child process reported of its run."""

    events: list[tuple[int, Event]] = field(default_factory=list)
    recording: Recording | None = None
    """None if the process was killed."""
    seconds: float = 0.0

    @classmethod
    def read(cls, said: bytes) -> Said:
        """Parse the report; a line that was cut off does not count."""
        record, stream = cls(), io.BytesIO(said)
        with contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:
                match pickle.load(stream):
                    case Recording() as recording, float(seconds):
                        record.recording, record.seconds = recording, seconds
                    case at, event:
                        record.events.append((at, event))
        return record

    def past(self, before: Past, upto: int | None = None) -> Past:
        """Return the past including what happened before; `upto` is the number of disk operations at the power cut."""
        past = Past()
        for _, event in before.events:
            past.note(0, event)
        for at, event in self.events:
            if upto is None:
                past.note(0, event)
            elif at <= upto:
                past.note(0, replace(event, noted=False) if isinstance(event, Denied) else event)
        return past


class TellingDiary(Diary):
    """Diary that survives a kill: each event leaves the process before the next step begins."""

    pipe: int

    def note(self, event: Event) -> None:
        os.write(self.pipe, pickle.dumps((self.recording.now, event)))
        super().note(event)


def live(begin: Beginning, folder: Path, pipe: int, fault: Fault = contextlib.nullcontext) -> None:
    """Run the flow in `folder`, which is as it was at the beginning.

    Steps after its end, as of an ending process, are reported too.
    """
    diary = TellingDiary(Recording(begin.image), Past(list(begin.past.events), list(begin.past.rows)))
    diary.pipe = pipe
    clock = HandClock()
    clock.seconds = begin.seconds
    random = Random(begin.flow)
    with recorded(diary.recording, folder, random), seeded(random), fault():
        asyncio.run(_flow(begin.flow, Hall(folder / "journal.db", diary, clock)))
    os.write(pipe, pickle.dumps((diary.recording, clock.seconds)))


async def _flow(name: str, hall: Hall) -> None:
    with contextlib.suppress(Over):
        await FLOWS[name](hall)
    with contextlib.suppress(Over):
        await hall.close()


def beginnings(folder: Path) -> Iterator[Beginning]:
    """Run each flow once, in this process and without a fault, as the beginning of the next one."""
    image, past, seconds = {}, Past(), 1000.0  # type: tuple[Image, Past, float]
    for flow in FLOWS:
        begin = Beginning(flow, image, past, seconds)
        yield begin
        put(image, folder)
        with (folder.parent / "said").open("w+b") as said:
            live(begin, folder, said.fileno())
            said.seek(0)
            record = Said.read(said.read())
        image = files(folder)
        past, seconds = record.past(past), record.seconds


def files(folder: Path) -> Image:
    return {each.name: each.read_bytes() for each in folder.iterdir()}
