"""Measure a kiosk through a day of visits while parts are unplugged and plugged in: delays and leaks."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.benchmarks.figures import Figure, at_most, figure, report
from kiosk.benchmarks.process_stats import children, connections, descriptors, own_mb, pss_mb, threads
from kiosk.system.control_socket import Control
from kiosk.visit_player.environment import DemoEnvironment, central_address, demo_ground, kiosk_at
from kiosk.visit_player.hub import Templates, require_hub
from kiosk.visit_player.part_operator import Bench, BenchError, Counting, load_bench
from kiosk.visit_player.processes import KioskProcess, ProgramFailed, end_on_signals

PARTS = ("card_reader", "barcode_scanner", "receipt_printer", "lights", "keys", "bin", "security_gate", "item_pad")
PULL_BUDGET = 2.0
PLUG_BUDGET = 7.0
"""Seconds: the longest pause between two attempts to open a part, plus the opening."""
GROWTH_BUDGET = 5.0
POOL = "asyncio"
"""Prefix of asyncio's names for the threads of its default executor."""
LINES_BUDGET = 6
"""Maximum connections to the hub: transactions, health, and one per concurrent request."""
TRANSFER_BUDGET = 79.0
DECODER_BUDGET = 60.0
DECODER = "kiosk.hardware.barcodes.worker"
WELL_SECONDS = 60.0
"""Seconds until all parts work again: parts on one cable come back one after another."""
LOOK_SECONDS = 0.5
EMPTY_SECONDS = 3.0
"""Seconds for which polls of an empty reader are counted."""
QUIET_SECONDS = 200.0
"""Seconds of the kiosk's clock: longer than the pause between two snapshots."""


@dataclass(frozen=True, slots=True)
class PartsWorkload:
    """Size of a run."""

    visits: int
    pulls: int
    """Number of times each part is unplugged."""
    edge: int
    """Warm-up visits, during which each part is unplugged once."""
    looks: int = 8
    """Number of samples, of which the minimum counts: threads and files come and go."""


FULL = PartsWorkload(visits=200, pulls=10, edge=10)
QUICK = PartsWorkload(visits=12, pulls=2, edge=3)


@dataclass(frozen=True, slots=True)
class HeldResources:
    """Operating system resources that a kiosk uses."""

    memory: float
    threads: int
    """Without the executor's threads, which are started on demand and kept."""
    pool: int
    files: int
    """Without connections to the hub, which closes idle ones."""
    lines: int
    processes: int


def bench_parts(*, as_json_text: bool, quick: bool, bench: str | None) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1. Raises ProgramFailed."""
    require_hub()
    try:
        make_bench = load_bench(bench)
    except BenchError as error:
        raise ProgramFailed(str(error)) from error
    figures = asyncio.run(measure(QUICK if quick else FULL, make_bench))
    return report(figures, as_json_text)


async def measure(
    dose: PartsWorkload, make_bench: Callable[[], Bench], templates: Templates | None = None
) -> list[Figure]:
    """Return all figures, on a copy of one of `templates` or a new demo library. Raises ProgramFailed."""
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
        folder, bench = Path(name), make_bench()
        try:
            made = templates or Templates(folder / "templates")
            async with (
                demo_ground(made, folder, changes=bench.sections()) as ground,
                kiosk_at(ground, folder, bench.environment()) as kiosk,
            ):
                control = await kiosk.start(None)
                await bench.start(control)
                return await Day(control, kiosk, bench, ground, dose).figures()
        finally:
            await bench.stop()


class Day:
    """Alternate checkouts by card and returns without one, while parts are unplugged during visits."""

    def __init__(
        self, control: Control, kiosk: KioskProcess, bench: Bench, ground: DemoEnvironment, dose: PartsWorkload
    ) -> None:
        self._control = control
        self._kiosk = kiosk
        self._bench = bench
        self._dose = dose
        self._port = central_address(ground.config)[1]
        self._card = next(each.card for each in ground.library.patrons if each.case == "plain_1")
        self._books = [each.barcode for each in ground.library.items if each.case.startswith("free_")]
        self._pulled: dict[str, list[float]] = {part: [] for part in PARTS}
        self._plugged: dict[str, list[float]] = {part: [] for part in PARTS}

    async def figures(self) -> list[Figure]:
        await self._control.ask("ready")
        await self._well()
        await self._visits(self._dose.edge, 1)
        before = await self._sample_resources()
        for times in (*self._pulled.values(), *self._plugged.values()):
            times.clear()
        await self._visits(self._dose.visits, self._dose.pulls)
        after = await self._sample_resources()
        done = f"{self._dose.visits} visits, {self._dose.pulls * len(PARTS)} pulled plugs"
        return [
            figure(f"growth over {done} (own memory)", "MB", [after.memory - before.memory], GROWTH_BUDGET),
            at_most("more threads than before", "threads", 1, after.threads - before.threads, 0),
            at_most("threads of the pool", "threads", 1, after.pool, _pool_budget()),
            at_most("more open files than before", "files", 1, after.files - before.files, 0),
            at_most("lines to the hub", "lines", 1, after.lines, LINES_BUDGET),
            at_most("more processes than before", "processes", 1, after.processes - before.processes, 0),
            *(figure(f"{part} pulled -> told", "s", times, PULL_BUDGET) for part, times in self._pulled.items()),
            *(figure(f"{part} plugged -> ready", "s", times, PLUG_BUDGET) for part, times in self._plugged.items()),
            *await self._below_the_drivers(),
            *self._decoder(),
        ]

    async def _visits(self, n: int, pulls: int) -> None:
        """Play `n` visits, with `pulls` interruptions of each part spread over them."""
        plan = [part for _ in range(pulls) for part in PARTS]
        for number in range(n):
            due = plan[number * len(plan) // n : (number + 1) * len(plan) // n]
            await self._visit(self._books[number % len(self._books)], due, on_paper=number % 10 == 0)

    async def _visit(self, book: str, due: Sequence[str], *, on_paper: bool) -> None:
        """Play one visit. Raises CommandRefused if the kiosk did not accept the card or the item."""
        await self._bench.place_card(self._card)
        await self._settle()
        await self._bench.remove_cards()
        await self._bench.scan(book)
        await self._settle()
        for part in due:
            await self._pull(part)
        await self._touch("finish")
        await self._leave(on_paper)
        await self._bench.scan(book)
        await self._touch("finish")
        await self._leave(on_paper=False)

    async def _leave(self, on_paper: bool) -> None:
        for name in ("receipt_paper", "home") if on_paper else ("receipt_none",):
            await self._touch(name)

    async def _pull(self, part: str) -> None:
        for state, condition, taken in (("unplugged", "faulty", self._pulled), ("ok", "ready", self._plugged)):
            began = time.monotonic()
            await self._bench.part(part, state)
            await self._wait_until(part, condition)
            taken[part].append(time.monotonic() - began)
        await self._well()

    async def _well(self) -> None:
        for part in PARTS:
            await self._wait_until(part, "ready")

    async def _wait_until(self, part: str, condition: str) -> None:
        """Wait for the part's condition. Raises ProgramFailed on timeout."""
        end = time.monotonic() + WELL_SECONDS
        while (state := (await self._control.ask("health"))["parts"].get(part, {})).get("condition") != condition:
            if time.monotonic() > end:
                raise ProgramFailed(f"{part} is not {condition} after {WELL_SECONDS:.0f} s, but {state or 'untold'}")
            await asyncio.sleep(0.01)

    async def _touch(self, name: str) -> None:
        await self._settle()
        await self._control.ask("touch", name=name)
        await self._settle()

    async def _settle(self) -> None:
        await self._control.ask("settle")

    async def _sample_resources(self) -> HeldResources:
        """Sample the resources after a quiet period in which periodic work has been done."""
        await self._control.ask("wait", seconds=QUIET_SECONDS)
        await self._settle()
        pid = self._kiosk.pid
        looks = []
        for _ in range(self._dose.looks):
            await asyncio.sleep(LOOK_SECONDS)
            files, hub = descriptors(pid), connections(self._port)
            lines = len(hub.intersection(files))
            names = (await self._control.ask("threads"))["names"]
            pool = sum(name.startswith(POOL) for name in names)
            looks.append((own_mb(pid), threads(pid) - pool, pool, len(files) - lines, lines, len(children(pid))))
        memory, *counts = (min(each) for each in zip(*looks, strict=True))
        return HeldResources(memory, *(int(each) for each in counts))

    async def _below_the_drivers(self) -> list[Figure]:
        """Return the SPI transfers per poll, if the bench counts them."""
        if not isinstance(self._bench, Counting):
            return []
        before = await self._bench.counts()
        await asyncio.sleep(EMPTY_SECONDS)
        after = await self._bench.counts()
        polls = after["reader_polls"] - before["reader_polls"]
        transfers = (after["spi_transfers"] - before["spi_transfers"]) / polls
        return [at_most("SPI transfers per empty poll", "transfers", polls, transfers, TRANSFER_BUDGET)]

    def _decoder(self) -> list[Figure]:
        """Return the decoder's memory; the simulated scanner has no decoder."""
        workers = [pid for pid, command in children(self._kiosk.pid).items() if DECODER in command]
        memory = [pss_mb(pid) for pid in workers]
        return [figure("decoder worker's memory (PSS)", "MB", memory, DECODER_BUDGET)] if memory else []


def _pool_budget() -> int:
    """Return the maximum number of threads of concurrent.futures.ThreadPoolExecutor."""
    return min(32, (os.cpu_count() or 1) + 4)
