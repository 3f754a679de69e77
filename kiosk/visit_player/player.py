"""Run visits: folders, processes, signals, summary and exit code."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.config import Config, ConfigError
from kiosk.config import load as load_config
from kiosk.visit_player import actions
from kiosk.visit_player.environment import Impossible, VisitEnvironment, central_address, demo_ground, hands_over
from kiosk.visit_player.hub import Templates, require_hub
from kiosk.visit_player.part_operator import Bench, BenchError, load_bench
from kiosk.visit_player.play import Play
from kiosk.visit_player.processes import KioskProcess, ProgramFailed, end_on_signals, without_a_screen
from kiosk.visit_player.proxy import ENCRYPTED, Proxy
from kiosk.visit_player.report import VisitReport, write_index, write_summary
from kiosk.visit_player.script import CutPower, Network, ScriptError, Visit, load
from kiosk.visit_player.sip2_environment import Keeper, sip2_system
from kiosk.visit_player.site_environment import own_ground, strangers

OUT = Path("out/visit")
LOST = Network("answer_lost")
AT_ONCE = 2
"""Demo visits in parallel: while one kiosk starts, another plays."""
LEFTOVERS = ("visit.json", "[0-9][0-9]-*.png", "receipt-*.png")


def built_in_visits() -> list[Path]:
    """Return the visits that come with the kiosk, the tour first."""
    return sorted(
        (Path(__file__).parent.parent / "visits").glob("*.toml"), key=lambda file: (file.stem != "tour", file)
    )


def print_actions() -> int:
    """Print the actions that a script can press."""
    print(actions.table())
    return 0


def play(
    files: Sequence[Path],
    config: Path | None = None,
    out: Path | None = None,
    bench: str | None = None,
    dialect: str | None = None,
    companion_hub: bool = False,
    templates: Templates | None = None,
) -> int:
    """Play visits and print their narration.

    Args:
        files: Scripts of the visits.
        config: A library's own kiosk.toml, or None for demo libraries.
        out: Folder of the reports, or None for OUT.
        bench: MODULE:NAME of the bench, or None for the simulated parts.
        dialect: Dialect of the simulated SIP2 system that keeps the demo library, or None for the hub.
        companion_hub: Run a companion hub with that system.
        templates: Demo libraries to copy, or None to build them for this call.

    Returns:
        0 if all visits went as expected, 1 if one failed, 2 if none could be played.

    Raises:
        ConfigError: kiosk.toml is invalid.
        ProgramFailed: A demo library is wanted and the hub is not installed.
    """
    if not files:
        print("kiosk visit: name at least one FILE", file=sys.stderr)
        return 2
    if config is None:
        require_hub()
    own = load_config(config) if config is not None else None
    try:
        visits = [load(file) for file in files]
        _refuse_what_is_not_its_own(files, visits, own)
        make_bench = load_bench(bench)
        _make_folder(out or OUT)
    except (ScriptError, BenchError, OutUnusable) as error:
        print(error, file=sys.stderr)
        return 2
    parts = [PlayedVisit(name, visit) for name, visit in zip(_names(files), visits, strict=True)]
    try:
        mine = (config, own) if config and own else None
        return asyncio.run(_run(parts, out or OUT, make_bench, mine, Keeper(dialect, companion_hub), templates))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped", file=sys.stderr)
        return 1


class OutUnusable(Exception):
    """The output folder cannot be written. `args[0]` says where, and why."""


def _make_folder(out: Path) -> None:
    """Create the output folder. Raises OutUnusable."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutUnusable(f"--out {out}: {error.strerror}; name another folder") from None


def _refuse_what_is_not_its_own(files: Sequence[Path], visits: Sequence[Visit], own: Config | None) -> None:
    """Reject scripts that a library's own set-up must not play. Raises ScriptError."""
    faults = [
        f"{file}: {fault}"
        for file, visit in zip(files, visits, strict=True)
        for fault in (_not_for_a_library(visit, own) if own else ())
    ]
    if faults:
        raise ScriptError("\n".join(faults))


def _not_for_a_library(visit: Visit, own: Config) -> Iterator[str]:
    yield from (f"{stranger} is not named in [acceptance]" for stranger in strangers(visit, own))
    if visit.now is not None:
        yield f"now = {visit.now.isoformat()}: a library's own set-up keeps its own time; leave it out"
    if visit.returns not in (None, own.returns.mode):
        yield f"returns = {visit.returns}: this library's own set-up has {own.returns.mode}"
    if visit.item_pad not in (None, own.returns.item_pad):
        yield f"item_pad = {visit.item_pad}: this library's own set-up has {own.returns.item_pad}"
    if visit.offline is not None:
        yield "offline: a library's own set-up keeps its own limits; leave it out"
    if visit.phones is not None:
        yield f"phones = {visit.phones}: a library's own hub has its own address; leave it out"
    if LOST in visit.verbs and hands_over(own) is None:
        yield ENCRYPTED
    if CutPower() in visit.verbs:
        yield "power = cut: a library's own journal is not cut; play it without --config"


def _names(files: Sequence[Path]) -> list[str]:
    """Return the files' stems, with a number appended to duplicates."""
    names: list[str] = []
    for file in files:
        name, n = file.stem, 1
        while name in names:
            n += 1
            name = f"{file.stem}-{n}"
        names.append(name)
    return names


@dataclass(frozen=True, slots=True)
class PlayedVisit:
    """One visit of the run."""

    name: str
    visit: Visit


Own = tuple[Path, Config]


async def _run(
    parts: Sequence[PlayedVisit],
    out: Path,
    make_bench: Callable[[], Bench],
    own: Own | None,
    keeper: Keeper,
    templates: Templates | None,
) -> int:
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix=f"kiosk-visit-{os.getpid()}-") as folder:
        place = Path(folder)
        run = Run(out, place, make_bench, own, keeper, templates or Templates(place / "templates"))
        reports = await run.play_all(parts)
    write_summary(out, reports)
    page = write_index(out, reports)
    failed = [report.visit for report in reports if not report.ok]
    if gaps := [(step.gap, step.n, report.visit) for report in reports for step in report.steps]:
        gap, n, visit = max(gaps)
        print(f"longest pause between two drawn frames: {gap} ms ({visit}, step {n})")
    print(
        f"{len(reports)} visits, {len(reports) - len(failed)} as expected"
        + "".join(f", {each} FAILED" for each in failed)
    )
    print(f"pictures of every step: {page.resolve()}")
    return 1 if failed else 0


class Story:
    """Lines of one visit: buffered until its turn, printed at once from then on."""

    def __init__(self, name: str) -> None:
        self._kept = [name.replace("-", " ").replace("_", " ").capitalize()]
        self._open = False

    def tell(self, line: str) -> None:
        if self._open:
            print(line, flush=True)
        else:
            self._kept.append(line)

    def open(self) -> None:
        self._open = True
        print("\n".join(self._kept), flush=True)


class Run:
    """All visits of one call."""

    def __init__(
        self,
        out: Path,
        folder: Path,
        make_bench: Callable[[], Bench],
        own: Own | None,
        keeper: Keeper,
        templates: Templates,
    ) -> None:
        self._out = out
        self._folder = folder
        self._make_bench = make_bench
        self._own = own
        self._keeper = keeper
        self._templates = templates
        self._places = asyncio.Semaphore(1 if own else AT_ONCE)

    async def play_all(self, parts: Sequence[PlayedVisit]) -> list[VisitReport]:
        """Play the visits and print each narration in order."""
        reports = []
        stories = [Story(part.name) for part in parts]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._play_one(part, story)) for part, story in zip(parts, stories, strict=True)]
            for task, story in zip(tasks, stories, strict=True):
                story.open()
                reports.append(await task)
        return reports

    async def _play_one(self, part: PlayedVisit, story: Story) -> VisitReport:
        async with self._places:
            report = VisitReport(part.name, self._emptied_folder(self._out / part.name))
            started = time.monotonic()
            folder = self._folder / part.name
            folder.mkdir()
            try:
                bench = self._make_bench()
                async with self._ground(part.visit, bench, folder) as ground:
                    await self._play(part, ground, bench, folder, report, story)
            except (ProgramFailed, Impossible, ConfigError) as failure:
                report.why = report.why or str(failure)
            await asyncio.to_thread(shutil.rmtree, folder)
            report.write()
            if report.undone:
                story.tell(f"     undone at the library: {', '.join(report.undone)}")
            for each in report.left:
                story.tell(f"     left at the library: {each}")
            story.tell(f"     {_verdict(report)} ({time.monotonic() - started:.1f} s)")
            return report

    async def _play(
        self, part: PlayedVisit, ground: VisitEnvironment, bench: Bench, folder: Path, report: VisitReport, story: Story
    ) -> None:
        async with Proxy(central_address(ground.config), hands_over(ground.config)) as proxy:
            environment = self._environment(folder, bench)
            kiosk = KioskProcess(
                ground.file,
                ground.config.paths.socket,
                proxy.address,
                environment,
                folder / "kiosk.log",
                ground.trust,
                part.visit.language,
                ground.config.paths.journal if CutPower() in part.visit.verbs else None,
            )
            try:
                await Play(part.visit, ground, bench, proxy, kiosk, report, story.tell).run()
            finally:
                ended = await kiosk.stop()
                await bench.stop()
            report.why = report.why or ended

    @asynccontextmanager
    async def _ground(self, visit: Visit, bench: Bench, folder: Path) -> AsyncIterator[VisitEnvironment]:
        if self._own is not None:
            async with own_ground(*self._own, visit) as ground:
                yield ground
        else:
            set_up = {"mode": visit.returns, "item_pad": visit.item_pad}
            mode = {"returns": {name: value for name, value in set_up.items() if value is not None}}
            limits = {"offline": visit.offline.model_dump()} if visit.offline is not None else {}
            changes = {**bench.sections(), **mode, **limits}
            if self._keeper.dialect is not None:
                async with sip2_system(self._templates, folder, self._keeper, visit.now, changes, visit.phones) as sip2:
                    yield sip2
                return
            async with demo_ground(self._templates, folder, visit.now, changes, visit.phones) as demo:
                yield demo

    def _environment(self, folder: Path, bench: Bench) -> dict[str, str]:
        shaders = {"MESA_SHADER_CACHE_DIR": str(self._folder / "shaders")}
        return {**without_a_screen(folder), **shaders, **bench.environment()}

    @staticmethod
    def _emptied_folder(folder: Path) -> Path:
        """Return the visit's folder, without files of an earlier run."""
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in (found for pattern in LEFTOVERS for found in folder.glob(pattern)):
            with contextlib.suppress(FileNotFoundError):
                leftover.unlink()
        return folder


def _verdict(report: VisitReport) -> str:
    if not report.ok:
        return f"FAILED: {report.why}"
    loans, waiting = len(report.central["loans"]), report.journal["queued"]
    has = {0: "no loan", 1: "one loan"}.get(loans, f"{loans} loans")
    waits = "" if not waiting else f", {waiting} wait in the journal"
    return f"as expected; the library system has {has} of these items{waits}"
