"""Report the kiosk's health to the hub and receive staff's instructions: open, close, identify, resend.

The last instruction is stored, so that a closed kiosk stays closed after a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import uuid6
from pydantic import TypeAdapter, ValidationError

from kiosk.central import CentralUnavailable, OutOfService
from kiosk.journal.journal import Counts, HeldRow, JournalFailed, UnsendableRow, UploadWatermark
from kiosk.sync.http import Host, Reply, Timing, run_detached
from kiosk.sync.hub_client import API, MOST_ANSWER
from kiosk.sync.request_signer import Signer, refusal
from kiosk.sync.rollback_detector import CloneWarnings, Comparison, RollbackDetector
from kiosk.sync.settings_store import SettingsStore
from kiosk.system.clock import Clock
from kiosk.system.health import PartName, PartState
from lending import atomic_file, request_signature, sealing, wire
from lending.wire import fleet
from lending.wire.kiosk_settings import SignedSettings

log = logging.getLogger(__name__)
EVERY = 60.0
"""Seconds between two reports; a change is reported sooner."""
PROMPT = 30.0
"""Longest seconds between request and answer for which the hub's time in it counts as current."""
GATHER = 1.0
"""Seconds for which changes are collected into one report."""
CLOSED = TypeAdapter(OutOfService)
REVOKED = OutOfService({}, why="revoked")


class TaskPerformer(Protocol):
    """Performs the remote tasks of staff."""

    async def perform(self, task: fleet.RemoteTask) -> fleet.TaskResult: ...
    def note_answer(self, task: fleet.RemoteTask) -> None:
        """Note that the hub has the result, or may have it."""
        ...


class Backlog(Protocol):
    """Counts of the upload queue that a report contains."""

    @property
    def queued(self) -> int: ...
    @property
    def exceptions(self) -> int: ...
    @property
    def oldest(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class HubInstructions:
    """The hub's answer: be open, or closed with a message; and perhaps identify the kiosk on its screen."""

    closed: OutOfService | None = None
    identify: bool = False
    known: int | None = field(default=None, compare=False)
    """The hub has every row up to this one."""
    missing: Sequence[str] = field(default=(), compare=False)
    """Ids that the report named as held and the hub lacks."""
    compares: bool = field(default=False, compare=False)
    """True if the hub accepts `held` and `cloned_kiosk` in a report; an older hub rejects a report with them."""
    cloned_kiosk: Sequence[date] = field(default=(), compare=False)
    """Days of the hub's open warnings that row numbers were used twice."""
    now: datetime | None = field(default=None, compare=False)
    """The hub's time; None if it was not sent, or the answer took longer than PROMPT."""
    seal_key: str = field(default="", compare=False)
    """The hub's public key to which rows are sealed from now on; empty if not sent."""
    takes_settings: bool = field(default=False, compare=False)
    """True if the hub accepts `settings` in a report; an older hub rejects a report with them."""
    settings: SignedSettings | None = field(default=None, compare=False)
    takes_update: bool = field(default=False, compare=False)
    """True if the hub accepts `update` in a report; an older hub rejects a report with it."""
    update: fleet.UpdateOffer | None = field(default=None, compare=False)
    tasks: Sequence[fleet.RemoteTask] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """Sources of a report's facts; none of them waits for anything but the kiosk's own disk."""

    parts: Callable[[], Mapping[PartName, PartState]]
    backlog: Callable[[], Awaitable[Backlog]]
    in_service: Callable[[], bool]
    boot: str
    carried: Callable[[], Awaitable[UploadWatermark]]
    resend: Callable[[int], Awaitable[Sequence[UnsendableRow]]]
    """Sends again what the hub has lost, from that row on; returns the rows that cannot be sent again."""
    wall: Callable[[], datetime]
    """The machine's wall clock, however wrong."""
    held: Callable[[int | None, int], Awaitable[Sequence[HeldRow]]]
    """Answered rows below that number (None: the newest), newest first, at most as many as the second argument."""


class Updates(Protocol):
    """The updater of a machine that is updated by images."""

    def report(self) -> fleet.UpdateReport: ...
    def take(self, offer: fleet.UpdateOffer | None) -> None: ...


class FleetClient:
    """Client for `/fleet/health` with a connection of its own, so that a report cannot delay a transaction.

    `run` continues until cancelled.
    """

    def __init__(
        self,
        url: str,
        signer: Signer,
        clock: Clock,
        facts: Facts,
        closure: OutOfServiceStore,
        cloned_kiosk: CloneWarnings,
        settings: SettingsStore,
        on_told: Callable[[HubInstructions], None],
        via: tuple[str, int] | None = None,
        timing: Timing = Timing(),  # noqa: B008 - a frozen value
        updates: Updates | None = None,
    ) -> None:
        self._host = Host(url, signer, via, timing)
        self._updates = updates
        self._takes_update = False
        """Whether the hub's last answer had an offer, or said that there is none."""
        self.has_answered = False
        """Whether the hub has answered a report since the kiosk started."""
        self._signer = signer
        self._clock = clock
        self._facts = facts
        self._closure = closure
        self._cloned_kiosk = cloned_kiosk
        self._settings = settings
        self._takes_settings = False
        """Whether the hub's last answer had settings."""
        self.tasks: TaskPerformer | None = None
        self._on_told = on_told
        self._whole = timing.whole
        self._began = clock.monotonic()
        self._calls: dict[str, fleet.HelpReport] = {}
        self._stirred = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._failure = ""
        self._closed = closure.closed
        self._doubt = RollbackDetector()
        self._comparison = Comparison(lambda before: facts.held(before, fleet.MOST_HELD), facts.resend)
        self._compares = False
        """Whether the hub's last answer allowed a comparison; False after a failed report."""
        self._gone: list[UnsendableRow] = []
        """Rows that the hub lost and cannot get again, still to be reported."""

    def call(self, why: str = "", *, unasked: bool = False) -> None:
        """Call staff: repeat the call until the hub has it. Beyond MOST_CALLS the oldest calls are dropped."""
        of = str(uuid6.uuid7())
        self._calls[of] = fleet.HelpReport(id=of, at=self._clock.now(), why=why, unasked=unasked)
        while len(self._calls) > fleet.MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        self.stir()

    def stir(self) -> None:
        """Request a report soon because something changed. Thread-safe."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, so no report will be sent
            self._loop.call_soon_threadsafe(self._stirred.set)

    async def run(self) -> None:
        """Report every EVERY seconds and after each change, until cancelled."""
        if self._closed is not None:
            self._on_told(HubInstructions(self._closed))  # until the hub's first answer
        while True:
            await self._report()
            await self._until_due()
            await self._clock.sleep(GATHER)
            self._stirred.clear()

    async def _until_due(self) -> None:
        due = asyncio.ensure_future(self._clock.sleep(EVERY - GATHER))
        stirred = asyncio.ensure_future(self._stirred.wait())
        try:
            await asyncio.wait({due, stirred}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            due.cancel()
            stirred.cancel()

    async def _report(self) -> None:
        """Send one report and act on the answer. Calls that did not arrive are repeated in the next report."""
        seal = self._seal()  # Read before the journal: no row is sealed to an older key afterwards.
        carried = await self._upload_progress()
        report = await self._build_report(carried, seal)
        asked_at = self._clock.monotonic()
        try:
            reply = await self._post_report(report)
            instructions = self._read(reply)
            if self._clock.monotonic() - asked_at > PROMPT:
                instructions = replace(instructions, now=None)
        except CentralUnavailable as away:
            self._note(str(away))
            self._compares = False
            return
        self._note("")
        self.has_answered = True
        compared, self._compares = self._compares, instructions.compares
        if instructions.closed is not REVOKED:
            for call in report.help:
                self._calls.pop(call.id, None)
        if instructions.closed != self._closed:
            self._closed = instructions.closed
            self.stir()  # so that staff soon see the kiosk follow
        await asyncio.to_thread(self._closure.keep, instructions.closed)
        if compared and instructions.closed is not REVOKED:
            await asyncio.to_thread(self._cloned_kiosk.keep, instructions.cloned_kiosk)
        self._on_told(instructions)
        self._takes_settings = instructions.takes_settings
        self._takes_update = instructions.takes_update
        if self._updates is not None and instructions.takes_update:
            self._updates.take(instructions.update)
        if instructions.settings is not None and await asyncio.to_thread(self._settings.take, instructions.settings):
            self._settings.announce()
            self.stir()
        for task in instructions.tasks:
            await self._perform(task)
        await self._seal_to(reply, instructions.seal_key)
        restored = await self._remind(instructions.known, carried.through, len(report.gone))
        if compared:
            await self._compare(instructions.missing)
        if restored:
            self._comparison.start_over()

    async def _remind(self, known: int | None, through: int, reported: int) -> bool:
        """Send again what the hub has lost and report what cannot be sent again. Return whether rows were lost."""
        del self._gone[:reported]
        if not self._gone and known is not None:
            since = self._doubt.compare_watermark(known, through, self._clock.monotonic())
            if since is not None:
                log.warning("The hub lacks rows %d to %d, which it had: sending them again", since, through)
                with contextlib.suppress(JournalFailed):
                    self._gone = list(await self._facts.resend(since))
                    return True
        return False

    async def _compare(self, missing: Sequence[str]) -> None:
        with contextlib.suppress(JournalFailed):
            self._gone += await self._comparison.process_missing(missing, self._clock.monotonic())
        if self._gone:
            self.stir()

    async def _seal_to(self, reply: Reply, key: str) -> None:
        """Store the hub's new sealing key. If the disk fails, the previous key stays in use until a later report."""
        assert reply.claim is not None
        if not key or key == self._signer.identity.seal_key:
            return
        try:
            await asyncio.to_thread(self._signer.seal_to, reply.claim.device, key)
        except OSError as error:
            log.warning(
                "Cannot store the hub's new sealing key: %s. Rows are sealed to the previous key.", error.strerror
            )
            return
        if self._signer.identity.seal_key == key:  # otherwise this kiosk was enrolled again meanwhile
            log.info("Sealing new rows to the hub's key %s", sealing.name_of(key))
            self.stir()

    async def _build_report(self, carried: UploadWatermark, seal: str) -> fleet.HealthReport:
        backlog, now = await self._backlog(), self._clock.now()
        oldest = None if backlog.oldest is None else max(0, int((now - backlog.oldest).total_seconds()))
        return fleet.HealthReport(
            wire=wire.VERSION,
            version=version("library-kiosk"),
            boot=self._facts.boot,
            uptime=int(self._clock.monotonic() - self._began),
            now=self._facts.wall(),
            trust=self._clock.trust(),
            parts={
                name.value: fleet.PartReport(condition=state.condition.value, reason=state.reason[:80])
                for name, state in self._facts.parts().items()
            },
            queued=backlog.queued,
            set_aside=backlog.exceptions,
            oldest=oldest,
            in_service=self._facts.in_service(),
            help=list(self._calls.values()),
            journal=carried.journal if carried.through else "",
            gone=[_gone_report(each) for each in self._gone[: fleet.MOST_GONE]],
            seal=seal,
            sealed=_sealed_reports(carried),
            **(await self._comparing() if self._compares else {}),
            **({"settings": self._settings.report()} if self._takes_settings else {}),
            **({"update": self._updates.report()} if self._updates and self._takes_update else {}),
        )

    async def _comparing(self) -> dict[str, Any]:
        return {
            "held": [fleet.HeldReport(seq=each.seq, id=each.id) for each in await self._rows_to_compare()],
            "cloned_kiosk": list(self._cloned_kiosk.days),
        }

    async def _upload_progress(self) -> UploadWatermark:
        """Read the upload state; called before the request, so the hub's answer covers at least these rows."""
        try:
            return await self._facts.carried()
        except JournalFailed:
            return UploadWatermark("", 0)

    async def _rows_to_compare(self) -> Sequence[HeldRow]:
        try:
            return await self._comparison.block()
        except JournalFailed:
            return ()

    def _seal(self) -> str:
        key = self._signer.identity.seal_key
        return sealing.name_of(key) if key else ""

    async def _backlog(self) -> Backlog:
        """Count the queue; zeros if the journal cannot be read, which its own health reports."""
        try:
            return await self._facts.backlog()
        except JournalFailed:
            return Counts(0, 0, 0)

    async def _post_report(self, report: fleet.HealthReport) -> Reply:
        body = report.model_dump_json(exclude_unset=True).encode()
        try:
            async with asyncio.timeout(self._whole + 1):  # asyncio.wait_for of Python 3.11 may swallow a cancellation
                return await run_detached(self._host.post, f"{API}/fleet/health", MOST_ANSWER, body, True)
        except TimeoutError:
            raise CentralUnavailable("time_out") from None

    def _read(self, reply: Reply) -> HubInstructions:
        """Parse the answer. Raises CentralUnavailable unless this kiosk's hub signed it for this very request."""
        claim = reply.claim
        assert claim is not None
        text = request_signature.answer_text(claim.device, claim.counter, reply.body)
        if not request_signature.verifies(self._signer.identity.hub_key, text, reply.signature):
            raise CentralUnavailable("unusable_answer")
        if reply.status == 401 and refusal(reply.body) == "revoked":
            return HubInstructions(REVOKED)
        if reply.status != 200:
            raise CentralUnavailable("unusable_answer")
        try:
            answer = wire.parse(fleet.FleetAnswer, reply.body)
        except ValueError:
            raise CentralUnavailable("unusable_answer") from None
        closed = answer.out_of_service
        shut = OutOfService(closed.words) if closed else None
        return HubInstructions(
            shut,
            answer.identify,
            answer.known,
            answer.missing,
            "missing" in answer.model_fields_set,
            answer.cloned_kiosk,
            answer.now,
            answer.seal_key or "",
            "settings" in answer.model_fields_set,
            answer.settings,
            "update" in answer.model_fields_set,
            answer.update,
            answer.tasks,
        )

    async def _perform(self, task: fleet.RemoteTask) -> None:
        """Do a task and send its result. If that fails, the hub asks again until the task expires."""
        if self.tasks is None:
            return
        body = (await self.tasks.perform(task)).model_dump_json().encode()
        try:
            async with asyncio.timeout(self._whole + 1):
                reply = await run_detached(self._host.post, f"{API}/fleet/tasks/{task.id}", MOST_ANSWER, body, True)
        except (TimeoutError, CentralUnavailable):
            self.tasks.note_answer(task)  # The hub may have it, and would not ask again.
            return
        if reply.status == 204:
            self.tasks.note_answer(task)

    def _note(self, reason: str) -> None:
        """Log once when reports start to fail, and once when they succeed again."""
        if reason != self._failure:
            log.info("Health reports fail: %s", reason) if reason else log.info("Health reports reach the hub again")
            self._failure = reason

    async def fetch_range(self, path: str, first: int, last: int) -> bytes:
        """Return a range of bytes of a file at the hub. Raises CentralUnavailable."""
        return await run_detached(self._host.get_range, path, first, last)

    def close(self) -> None:
        self._host.close()


def _sealed_reports(carried: UploadWatermark) -> list[fleet.SealedReport] | None:
    """Return the queue by sealing key.

    None if the journal is unreadable or has too many keys; the hub then keeps all of its own.
    """
    if carried.sealed is None or len(carried.sealed) > fleet.MOST_SEALS:
        return None
    return [fleet.SealedReport(key=each.key, queued=each.queued, kept=each.kept) for each in carried.sealed]


def _gone_report(row: UnsendableRow) -> fleet.GoneReport:
    return fleet.GoneReport.model_validate(
        {"seq": row.seq, "last": row.last, "why": row.why, "id": row.id, "kind": row.kind, "at": row.at}
    )


class NullFleet:
    """Fleet client that reports to no hub."""

    has_answered = False

    def call(self, why: str = "", *, unasked: bool = False) -> None:
        """Do nothing: the lights and the screen already call staff."""

    def stir(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()


class OutOfServiceStore:
    """The hub's last instruction; `closed` is None, and the file absent, while the kiosk is in service.

    An unreadable file counts as absent: the hub repeats its instruction with each answer.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "out-of-service.json"
        self.closed = self._read()
        self._complained = False

    def keep(self, closed: OutOfService | None) -> None:
        """Write the instruction to disk before returning.

        If the disk fails, the next answer of the hub repeats the attempt.
        """
        if closed == self.closed:
            return
        try:
            if closed is None:
                atomic_file.remove(self._path)
            else:
                atomic_file.write(self._path, CLOSED.dump_json(closed))
        except OSError as error:
            if not self._complained:
                log.warning(
                    "Cannot write %s: %s. The kiosk would reopen after a restart without the hub.", self._path, error
                )
            self._complained = True
        else:
            self.closed = closed
            self._complained = False

    def _read(self) -> OutOfService | None:
        try:
            return CLOSED.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            log.warning("Cannot read %s: the kiosk opens until the hub says otherwise", self._path)
            return None
