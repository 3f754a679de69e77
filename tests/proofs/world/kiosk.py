"""A kiosk of a simulated world: its disk, clock and network outlive the machine's restarts."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from kiosk.journal.journal import HeldRow, Journal, JournalFailed, UnsendableRow, UploadWatermark
from kiosk.sync.rollback_detector import CloneWarnings
from lending.transactions import ClockTrust
from lending.wire.fleet import FleetAnswer, GoneReport, HealthReport, HeldReport
from tests.proofs.power.disk import Mode
from tests.proofs.world.clock import MachineClock
from tests.proofs.world.disk import Watched, WorldDisk
from tests.proofs.world.history import History
from tests.proofs.world.machine import Machine, Place
from tests.proofs.world.network import Wire
from tests.proofs.world.peripherals import Glass
from tests.proofs.world.seeded_ids import Ids

STARTING = 20.0
"""Seconds from power to the first screen."""
AGAIN = 3.0
"""Seconds after which an ended process is restarted."""
IN_STEP = 45.0
"""Seconds after a start with a network until the clock is synchronised."""


class Kiosk:
    """While switched on it runs a Machine, and restarts it whenever it ends, as systemd does."""

    def __init__(
        self, number: int, home: Path, clock: MachineClock, wire: Wire, disk: WorldDisk, history: History,
        random: Random, ids: Ids, returns: str, card: Mapping[str, bytes] | None = None,
    ) -> None:  # fmt: skip
        """Create the kiosk; `card` is the content of its card if it is a copy of another kiosk's."""
        self.number = number
        self.clock = clock
        self.wire = wire
        self.busy = False
        """A patron is using it."""
        self.machine: Machine | None = None
        self._home = home / f"kiosk-{number}"
        self._disk = disk
        self._history = history
        self._random = random
        self._ids = ids
        self._boots = 0
        self._reminded: list[tuple[float, int]] = []
        self._returns = returns
        self._work: set[asyncio.Task[None]] = set()
        self.up_since = float("inf")
        self.failure: BaseException | None = None
        """Why it could not be started."""
        self.folder = self._home / "boot-0"
        (self.folder / "journal").mkdir(parents=True)
        self.cloned_kiosk = CloneWarnings(self._home)
        self._gone: Sequence[UnsendableRow] = ()
        self._image: Mapping[str, bytes] = {}
        self._closed_on_image: Mapping[str, float | None] = {}
        if card is None:
            Journal.create(self.folder / "journal" / "journal.db")
        else:
            self._write(card)

    @property
    def glass(self) -> Glass | None:
        """Return the screen; None while it is dark."""
        return self.machine.glass if self.machine and not self.machine.off else None

    @property
    def working(self) -> bool:
        """Return whether a start or a stop is in progress."""
        return bool(self._work)

    def on(self) -> None:
        """Switch it on. Raises JournalFailed."""
        journal = self.folder / "journal"
        recording = Watched({each.name: each.read_bytes() for each in sorted(journal.iterdir())})
        self._disk.folders = {
            path: kept for path, kept in self._disk.folders.items() if path.parent.parent != self._home
        }
        self._disk.folders[journal] = recording
        recording.on_cut = self.cut
        boot = str(self._ids.uuid4())
        place = Place(self.number, self.folder, self._returns)
        machine = Machine(place, recording, self.clock, self._history, self._random, boot)
        self.wire.powered = True
        self._history.note("start", self.number, boot=boot)
        machine.start(lambda: self._soon(self._again()))
        self.machine = machine
        self.up_since = asyncio.get_running_loop().time()

    async def stop(self) -> None:
        """Stop it cleanly."""
        if self.machine is not None:
            self._history.note("stop", self.number)
            machine, self.machine = self.machine, None
            self.up_since = float("inf")
            await machine.halt()

    async def restart(self) -> None:
        await self.stop()
        await asyncio.sleep(AGAIN)
        self.on()

    async def image(self) -> Mapping[str, bytes]:
        """Stop it, take an image of its card, and start it again."""
        await self.stop()
        self._image = {each.name: each.read_bytes() for each in sorted((self.folder / "journal").iterdir())}
        self._closed_on_image = {of: self._history.rows[of].closed for of in self._ids_on_card()}
        await asyncio.sleep(AGAIN)
        self.on()
        return self._image

    @property
    def has_image(self) -> bool:
        return bool(self._image)

    async def put_back(self) -> None:
        """Overwrite its card with the image."""
        await self.stop()
        lost = self._ids_on_card()
        self._write(self._image)
        self._history.discarded |= lost - self._ids_on_card()
        for of, closed in self._closed_on_image.items():
            self._history.rows[of].closed = closed
        await asyncio.sleep(AGAIN)
        self.on()

    def _write(self, card: Mapping[str, bytes]) -> None:
        for each in (self.folder / "journal").iterdir():
            each.unlink()
        for name, content in card.items():
            (self.folder / "journal" / name).write_bytes(content)

    def _ids_on_card(self) -> set[str]:
        db = sqlite3.connect(self.folder / "journal" / "journal.db")
        try:
            return {of for (of,) in db.execute("SELECT id FROM rows")}
        finally:
            db.close()

    async def report(self, ask: Callable[[HealthReport], FleetAnswer]) -> None:
        """Report its health once, and do what the answer asks for, as kiosk.sync.fleet_client does."""
        machine = self.machine
        if machine is None or machine.off or self.wire.pulled:
            return
        with contextlib.suppress(JournalFailed):
            carried = await machine.do(machine.courier.upload_progress())
            held = await machine.do(machine.comparison.block())
            if machine.off:
                return
            answer = ask(self._report(carried, held))
            self._gone = ()
            self.cloned_kiosk.keep(answer.cloned_kiosk)
            gone = await machine.do(
                machine.comparison.process_missing(answer.missing, asyncio.get_running_loop().time())
            )
            if answer.missing:
                self._history.note("missing", self.number, ids=answer.missing)
            self._gone = gone
            self._history.gone.update({str(each.id): self._history.now() for each in gone})

    def _report(self, carried: UploadWatermark, held: Sequence[HeldRow]) -> HealthReport:
        return HealthReport(
            wire=1,
            version="0",
            boot="world",
            uptime=0,
            now=self.clock.now(),
            trust=self.clock.trust(),
            parts={},
            queued=0,
            set_aside=0,
            in_service=True,
            help=[],
            journal=carried.journal if carried.through else "",
            gone=[
                GoneReport.model_validate({**asdict(each), "at": each.at.isoformat() if each.at else None})
                for each in self._gone
            ],
            held=[HeldReport(seq=each.seq, id=each.id) for each in held],
            cloned_kiosk=list(self.cloned_kiosk.days),
        )

    def arm(self, operations: int) -> None:
        """Cut the power after this many disk operations."""
        if self.machine is not None:
            self.machine.recording.cut_in = operations

    def cut(self) -> None:
        """Cut the power: no one sees what the machine does from now on. The kiosk restarts automatically."""
        machine = self.machine
        if machine is None or machine.off:
            return
        machine.cut()
        self.machine = None
        self.wire.powered = False
        self.up_since = float("inf")
        self._soon(self._without_power(machine, self._random.choice((2.0, 30.0, 600.0, 7200.0, 2 * 86400.0))))

    async def _without_power(self, machine: Machine, seconds: float) -> None:
        image = machine.recording.left(self._random.choice(list(Mode)), self._random)
        await machine.halt()
        self._boots += 1
        old, self.folder = self.folder, self._home / f"boot-{self._boots}"
        (self.folder / "journal").mkdir(parents=True)
        for name, content in image.items():
            (self.folder / "journal" / name).write_bytes(content)
        if (old / "snapshot.db").exists():
            shutil.copy(old / "snapshot.db", self.folder)
        shutil.rmtree(old)
        await asyncio.sleep(seconds)
        self.clock.restored(seconds)
        await asyncio.sleep(STARTING)
        self.on()
        await self._in_step()

    async def wrong_clock(self, seconds: float, trust: ClockTrust, lasts: float) -> None:
        """Boot with another time, until the clock is corrected."""
        await self.stop()
        self.clock.ahead, self.clock.trusted = seconds, trust
        self._history.note("clock", self.number, ahead=seconds, trust=str(trust))
        self.clock.booted = asyncio.get_running_loop().time()
        await asyncio.sleep(STARTING)
        self.on()
        await asyncio.sleep(lasts)
        await self._in_step()

    async def _in_step(self) -> None:
        while self.wire.pulled:
            await asyncio.sleep(600.0)
        await asyncio.sleep(IN_STEP)
        self.clock.right()
        self._history.note("clock", self.number, ahead=0.0, trust=str(self.clock.trusted))

    async def resend(self, known: Callable[[], int]) -> Sequence[UnsendableRow]:
        """Send again what the hub does not know, as the kiosk does at each report until it has noted it on disk."""
        while True:
            while self.machine is None or self.machine.off or self.wire.pulled:
                await asyncio.sleep(60.0)
            machine, since = self.machine, known() + 1
            resent = self._history.resent
            resent[self.number] = min(since, resent.get(self.number, since))
            gone = await machine.resend(since)
            if not machine.off:
                break
        ids = [
            each.id or self._history.row(self.number, seq)
            for each in gone
            for seq in range(each.seq, (each.last or each.seq) + 1)
        ]
        self._history.note("resend", self.number, since=since, gone=ids)
        self._reminded.append((self._history.now(), since))
        self._history.gone.update({each: self._first_reminded(each) for each in ids})
        return gone

    def _first_reminded(self, of: str) -> float:
        """Return when the hub first reported that it had lost the row: from then on the kiosk had to send it again."""
        row = self._history.rows[of]
        return min(at for at, since in self._reminded if since <= row.seq and (row.closed or 0.0) <= at)

    async def _again(self) -> None:
        """Restart after the process ended on its own, which only the journal may cause."""
        if self.machine is not None and not isinstance(self.machine.failure, JournalFailed):
            self.failure = self.machine.failure
        await self.stop()
        await asyncio.sleep(AGAIN)
        self.on()

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.failure = failure
            self._history.note("cannot start", self.number, why=repr(failure))

    async def end(self) -> None:
        """End the kiosk with the world."""
        for task in self._work:
            task.cancel()
        if self.machine is not None:
            await self.machine.halt()
