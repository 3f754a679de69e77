"""Measure visits: response to card and item, start, memory, idle CPU, and hundreds of visits in a row."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from kiosk.benchmarks.figures import Figure, figure, report
from kiosk.benchmarks.process_stats import cpu_seconds, own_mb, pss_mb
from kiosk.desk.home import SLIDE_SECONDS
from kiosk.journal.journal import Journal, Moment, boot_id
from kiosk.system.clock import SystemClock
from kiosk.system.control_socket import Control
from kiosk.visit_player.environment import DemoEnvironment, demo_ground, kiosk_at
from kiosk.visit_player.hub import Templates, require_hub
from kiosk.visit_player.library import VisitLibrary
from kiosk.visit_player.processes import (
    KioskProcess,
    ProgramFailed,
    end_on_signals,
    start,
    stop,
    without_a_screen,
)
from lending.model import ItemId
from lending.transactions import Checkin, ReturnMode
from lending.wire import encode

CARD_BUDGET = 100.0
SCAN_BUDGET = 100.0
COMMIT_BUDGET = 100.0
START_BUDGET = 1.0
MEMORY_BUDGET = 80.0
IDLE_BUDGET = 0.6
TURNING_BUDGET = 2.0
"""Percent of a core while the first screen's shelf turns a page every 8 s."""
REDRAW_BUDGET = 50.0
GAP_BUDGET = 250.0
BORROW_TOUCHES, BORROW_SECONDS = 2, 5.0
"""Three items: Finish and the receipt; seconds of the kiosk without the patron's."""
TOUCH_BUDGET = 150.0
GROWTH_BUDGET = 5.0
SLOWING_BUDGET = 1.15
"""Ratio of the last visits to the first ones; the measuring machines are noisy."""
BARE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class VisitWorkload:
    """Size of a run."""

    starts: int
    visits: int
    commits: int
    touches: int
    idle_seconds: float
    edge: int
    """Visits compared at either end of the series, and warm-up visits."""
    calm_seconds: float = 4.0
    """Seconds after which the screen is drawn at its lowest rate."""


FULL = VisitWorkload(starts=10, visits=500, commits=300, touches=12, idle_seconds=30.0, edge=50)
QUICK = VisitWorkload(starts=3, visits=40, commits=100, touches=3, idle_seconds=8.0, edge=10)


def bench_visit(*, as_json_text: bool, quick: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1. Raises ProgramFailed."""
    require_hub()
    figures = asyncio.run(measure(QUICK if quick else FULL))
    return report(figures, as_json_text)


async def measure(dose: VisitWorkload, templates: Templates | None = None) -> list[Figure]:
    """Return all figures, on a copy of one of `templates` or a new demo library. Raises ProgramFailed."""
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
        folder = Path(name)
        async with demo_ground(templates or Templates(folder / "templates"), folder) as ground:
            async with kiosk_at(ground, folder) as kiosk:
                starts = [await _start(kiosk) for _ in range(dose.starts + 1)][1:]
                control = await kiosk.start(None)
                figures = await RepeatedVisits(control, kiosk, ground.library, dose).figures()
                memory = await _above_bare(kiosk, ground, folder)
            return [
                *figures,
                figure("journal commit", "ms", _commits(folder, dose.commits), COMMIT_BUDGET),
                figure("process start -> first frame", "s", starts, START_BUDGET, by_median=True),
                figure("memory above an empty window (PSS)", "MB", [memory], MEMORY_BUDGET),
            ]


async def _start(kiosk: KioskProcess) -> float:
    """Return the seconds from the start of the process to its first frame."""
    began = time.monotonic()
    control = await kiosk.start(None)
    await control.ask("settle")
    first = (await control.ask("drawn"))["first"]
    await kiosk.stop()
    return float(first) - began


async def _above_bare(kiosk: KioskProcess, ground: DemoEnvironment, folder: Path) -> float:
    """Return the kiosk's memory above that of an empty window.

    Both run at the same time, so each is charged half of the shared libraries. The empty window has its own shader
    cache: with the kiosk's it would find compiled shaders.
    """
    screen = ground.config.screen
    size = (str(screen.width), str(screen.height))
    own = folder / "bare"
    own.mkdir()
    process = await start(("kiosk.screens.rendering.memory_baseline", *size), without_a_screen(own), own / "bare.log")
    try:
        await asyncio.sleep(BARE_SECONDS)
        return pss_mb(kiosk.pid) - pss_mb(process.pid)
    finally:
        await stop(process)


def _commits(folder: Path, n: int) -> list[float]:
    """Return the milliseconds per journal commit; the temporary directory's file system matters."""
    path = folder / "commits" / "journal.db"
    Journal.create(path)
    journal, clock, boot = Journal.open(path), SystemClock(), boot_id()
    kind, body = encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    taken = []
    for _ in range(n):
        moment = Moment(clock.now(), clock.trust(), boot, time.monotonic_ns())
        began = time.perf_counter()
        journal.append(kind, body, moment, no_block=True)
        taken.append(1000 * (time.perf_counter() - began))
    journal.close_file()
    return taken


class RepeatedVisits:
    """Play visits in a row on one kiosk: a checkout by card, then a return without one."""

    def __init__(self, control: Control, kiosk: KioskProcess, library: VisitLibrary, dose: VisitWorkload) -> None:
        self._control = control
        self._kiosk = kiosk
        self._dose = dose
        self._card = next(each.card for each in library.patrons if each.case == "plain_1")
        self._books = [each.barcode for each in library.items if each.case.startswith("free_")]
        self._cards: list[float] = []
        self._scans: list[float] = []

    async def figures(self) -> list[Figure]:
        await self._control.ask("ready")
        await self._control.ask("settle")
        await self._visits(self._dose.edge)
        before = own_mb(self._kiosk.pid)
        self._cards.clear()
        self._scans.clear()
        taken = await self._visits(self._dose.visits)
        growth = own_mb(self._kiosk.pid) - before
        slowing = median(taken[-self._dose.edge :]) / median(taken[: self._dose.edge])
        drawings, gap = await self._pace()
        touches, machine = await self._three()
        return [
            figure("card tapped -> screen drawn", "ms", self._cards, CARD_BUDGET),
            figure("item scanned -> result drawn", "ms", self._scans, SCAN_BUDGET),
            figure(f"growth over {self._dose.visits} visits (own memory)", "MB", [growth], GROWTH_BUDGET),
            figure("last visits / first visits, time", "ratio", [slowing], SLOWING_BUDGET),
            figure("a screen redrawn", "ms", drawings, REDRAW_BUDGET),
            figure("longest time without a frame", "ms", [gap], GAP_BUDGET),
            figure("three items borrowed: touches", "", [touches], BORROW_TOUCHES),
            figure("three items borrowed: the machine's time", "s", [machine], BORROW_SECONDS),
            figure("processor while the shelf turns", "% of a core", [await self._turning()], TURNING_BUDGET),
            figure("processor while idle", "% of a core", [await self._standing()], IDLE_BUDGET),
            figure("first touch after idling -> drawn", "ms", await self._touches(), TOUCH_BUDGET),
        ]

    async def answers(self) -> tuple[Sequence[float], Sequence[float]]:
        """Return the milliseconds until cards and items were answered, after warm-up visits."""
        await self._control.ask("ready")
        await self._control.ask("settle")
        await self._visits(self._dose.edge)
        self._cards.clear()
        self._scans.clear()
        await self._visits(self._dose.visits)
        return self._cards, self._scans

    async def _pace(self) -> tuple[Sequence[float], float]:
        """Return the milliseconds of each drawing since the last call, and of the longest gap between frames."""
        pace = await self._control.ask("pace")
        return pace["drawings"], pace["gap"]

    async def _three(self) -> tuple[int, float]:
        """Return the touches for three loans until the first screen is back, and the kiosk's seconds."""
        taken = [await self._time_drawing("card", uid=self._card)]
        await self._time_drawing("lift")
        taken += [await self._time_drawing("barcode", barcode=book) for book in self._books[:3]]
        lent = len((await self._control.ask("look"))["told"])
        pressed = [await self._time_drawing("touch", name=name) for name in ("finish", "receipt_none")]
        view = (await self._control.ask("look"))["view"]
        if (lent, view) != (3, "Welcome"):
            raise ProgramFailed(
                f"three books were shown, {lent} lent; after {len(pressed)} touches the screen is {view}"
            )
        return len(pressed), sum((*taken, *pressed)) / 1000

    async def _standing(self) -> float:
        """Return the CPU percentage while the first screen is as a patron left it, when no page turns for a while."""
        await self._contrast()
        idle = await self._idle()
        await self._contrast()
        return idle

    async def _contrast(self) -> None:
        """Turn high contrast on or off in the Display panel."""
        for name in ("display", "contrast", "close_panel"):
            await self._time_drawing("touch", name=name)

    async def _turning(self) -> float:
        """Return the CPU percentage while a page turns every 8 s."""
        await self._pace()
        idle = await self._idle()
        pages, _ = await self._pace()
        if len(pages) < self._dose.idle_seconds // SLIDE_SECONDS:
            raise ProgramFailed(f"the shelf turned {len(pages)} pages in {self._dose.idle_seconds:g} s")
        return idle

    async def _visits(self, n: int) -> list[float]:
        return [await self._visit(self._books[number % len(self._books)]) for number in range(n)]

    async def _visit(self, book: str) -> float:
        """Return the milliseconds of the kiosk's work for one visit."""
        card = await self._time_drawing("card", uid=self._card)
        await self._time_drawing("lift")
        lent = await self._time_drawing("barcode", barcode=book)
        self._cards.append(card)
        self._scans.append(lent)
        await self._leave()
        back = await self._time_drawing("barcode", barcode=book)
        self._scans.append(back)
        await self._leave()
        return card + lent + back

    async def _leave(self) -> None:
        for name in ("finish", "receipt_none"):
            await self._time_drawing("touch", name=name)

    async def _time_drawing(self, do: str, **facts: str) -> float:
        """Return the milliseconds until the command's last drawing; 0 if nothing was drawn."""
        began = time.monotonic()
        await self._control.ask(do, **facts)
        await self._control.ask("settle")
        last = float((await self._control.ask("drawn"))["last"])
        return max(0.0, 1000 * (last - began))

    async def _idle(self) -> float:
        await asyncio.sleep(self._dose.calm_seconds)
        before = cpu_seconds(self._kiosk.pid)
        await asyncio.sleep(self._dose.idle_seconds)
        return 100 * (cpu_seconds(self._kiosk.pid) - before) / self._dose.idle_seconds

    async def _touches(self) -> Sequence[float]:
        """Touch through the window's own input, which is read once per frame."""
        taken = []
        for _ in range(self._dose.touches):
            await asyncio.sleep(self._dose.calm_seconds)
            taken.append(await self._time_drawing("finger", name="borrow"))
            await self._time_drawing("touch", name="back")
        return taken
