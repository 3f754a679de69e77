"""Judge a disk after a power cut by the real start-up, and let the kiosk continue on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from kiosk.journal.errors import translate_errors
from kiosk.journal.journal import Journal, JournalFailed, JournalMissing, State
from tests.kiosk.sync.bench import HandClock
from tests.proofs.power.disk import Image, Recording
from tests.proofs.power.history import Past
from tests.proofs.power.kiosk import Diary, Kiosk
from tests.proofs.power.rules import Harm, Left, Rules, Wrong

UNTIL_EMPTY = 60
"""Seconds after which the queue must be empty: long ones begin within 20."""
COLUMNS = "seq, id, boot, mono_ns, at, trust, kind, body, no_block, state"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the cut did; `harm` is None if it did none. `rows`: the last seq that is still there."""

    harm: Harm | None
    why: str = ""
    rows: int = 0


def put(image: Image, folder: Path) -> None:
    """Give the folder the content of the image."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


async def judge(image: Image, past: Past, folder: Path, seconds: float) -> Verdict:
    """Judge the image; `past` is what had happened when the power failed, `seconds` what the clock shows."""
    put(image, folder)
    path = folder / "journal.db"
    try:
        rows = _left(path) if past.made or path.exists() else []
        rules = Rules(past)
        rules.same(rows)
        rules.promised(rows)
        last = rows[-1].seq if rows else 0
        then = past.keep(last)
        await _go_on(path, then, seconds)
        Rules(then).once()
    except Wrong as wrong:
        return Verdict(wrong.harm, str(wrong))
    except JournalMissing as failure:
        return Verdict(Harm.LOST, str(failure.why))
    except JournalFailed as failure:
        return Verdict(Harm.CORRUPT, str(failure).removeprefix(f"journal {path} "))
    return Verdict(None, rows=last)


def _left(path: Path) -> Sequence[Left]:
    journal = Journal.open(path)
    try:
        with translate_errors(path):
            found: Iterable[Any] = journal._db.execute(f"SELECT {COLUMNS} FROM rows ORDER BY seq").fetchall()
    finally:
        journal.close_file()
    return [
        Left(seq, id, boot, mono_ns, at, trust, kind, body, bool(flag), State(state))
        for seq, id, boot, mono_ns, at, trust, kind, body, flag, state in found
    ]


async def _go_on(path: Path, past: Past, seconds: float) -> None:
    """Start the kiosk and upload what waits; add the events to the past."""
    clock = HandClock()
    clock.seconds = seconds
    kiosk = Kiosk(path, Diary(Recording({}), past), clock, Random(0))
    await kiosk.start()
    try:
        waiting = 1
        for _ in range(UNTIL_EMPTY):
            if not (waiting := (await kiosk.courier.counts()).queued):
                break
            await clock.pass_time(1)
    finally:
        await kiosk.stop()
    if waiting:
        raise Wrong(Harm.LOST, f"{waiting} rows do not leave the queue")
