"""Run kiosks without screen and parts: real journal, courier, lookups, snapshot and REST client.

The controls break the courier's guarantees on purpose: the benchmark must detect each, or it proves nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, ParamSpec, TypeVar

import uuid6

from kiosk.benchmarks.network_faults.server_identity import LookupResult, Names
from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow, Outcome, Refused, Sourced
from kiosk.journal.journal import Journal
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.courier import Courier
from kiosk.sync.hub_client import HubClient
from kiosk.sync.lookup import PatronItemLookup
from kiosk.sync.request_signer import Signer
from kiosk.system.clock import SystemClock
from kiosk.system.control_socket import Command, ControlServer, Facts
from kiosk.system.health import Health, PartName
from kiosk.system.logging_setup import begin_log
from lending.model import Block, ItemId
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TransactionId


class UploadControl(StrEnum):
    """How a kiosk uploads its rows."""

    NONE = ""
    """Correctly."""
    NEW_ID = "a new id at each try"
    LOST_IS_DONE = "no answer counts as done"


class NewId(HubClient):
    """Duplicate: a resent row is a new transaction to the hub."""

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        fresh = [replace(row, id=TransactionId(str(uuid6.uuid7()))) for row in rows]
        return await super().hand_over(fresh)


class AssumeUploaded(HubClient):
    """Lose: an unanswered row counts as done."""

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        try:
            return await super().hand_over(rows)
        except CentralUnavailable:
            return [Accepted() for _ in rows]


CENTRALS: dict[UploadControl, type[HubClient]] = {
    UploadControl.NONE: HubClient,
    UploadControl.NEW_ID: NewId,
    UploadControl.LOST_IS_DONE: AssumeUploaded,
}


P = ParamSpec("P")
T = TypeVar("T")

PULSE = 0.005
SETTLE = 0.1
LOAN = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Setting:
    """Settings of one kiosk in this process."""

    name: str
    folder: str
    url: str
    authority: str
    control: str
    seed: int


class Pen(ThreadPoolExecutor):
    """The journal's thread; `spent` is the total time that callers waited for it, in seconds."""

    def __init__(self) -> None:
        super().__init__(1, "journal")
        self.spent = 0.0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        asked = time.monotonic()
        work = super().submit(fn, *args, **kwargs)
        work.add_done_callback(lambda _: self._add_time(asked))
        return work

    def _add_time(self, asked: float) -> None:
        self.spent += time.monotonic() - asked


class Pulse:
    """Measure the total lag of this process's event loop: a busy machine delays everyone, whatever the network does."""

    def __init__(self) -> None:
        self._late, self._due = 0.0, time.monotonic()

    @property
    def late(self) -> float:
        """Total lag in seconds, with that of the current turn: the reader may be what is delayed."""
        return self._late + self._delay_s()

    async def run(self) -> None:
        while True:
            self._due = time.monotonic() + PULSE
            await asyncio.sleep(PULSE)
            self._late += self._delay_s()

    def _delay_s(self) -> float:
        return max(0.0, time.monotonic() - self._due - 0.002)


class BenchKiosk:
    """Connect the components as kiosk.app does."""

    def __init__(self, setting: Setting, pulse: Pulse) -> None:
        folder, clock = Path(setting.folder), SystemClock(state=lambda: 0)
        self._clock = clock
        self._pulse = pulse
        self._journal_thread = Pen()
        self._central = CENTRALS[UploadControl(setting.control)](
            setting.url, Signer.load(folder), authority=Path(setting.authority)
        )
        self._health = health = Health(lambda part, state: None)
        self._snapshot = Snapshot(folder / "snapshot.sqlite3", self._central, clock, health)
        journal = Journal.open(folder / "journal.sqlite3")
        random = Random(setting.seed)
        self.courier = Courier(
            journal, self._central, clock, health, self._connection_changed, self._journal_thread, random
        )
        self._records = PatronItemLookup(self._central, self._snapshot, self.courier, clock)
        self.since = time.monotonic()
        """When the central last became reachable or unreachable, by time.monotonic()."""
        self.died = ""

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.courier.run())
                group.create_task(self._snapshot.run(self.courier))
        except BaseExceptionGroup as dead:
            self.died = repr(dead.exceptions[0])
            raise

    def _connection_changed(self, online: bool) -> None:
        self.since = time.monotonic()
        if online:
            self._snapshot.refresh_soon()

    async def act(self, asked: Facts) -> Facts:
        """Perform one errand at the desk: look up card and item, then submit it.

        Returns the results and their delays.
        """
        card, item = self._central.reference(asked["card"]), ItemId(asked["item"])
        questions = []
        if asked["ask"]:
            questions = [
                await self._time_call(self._records.account, card),
                await self._time_call(self._records.item, item),
            ]
        act = _act(asked["verb"], card, item, self._clock)
        delivered = await self._time_call(self.courier.deliver, act)
        row, outcome = delivered.pop("answer")
        waits = [{key: each[key] for key in ("waited", "own", "away")} for each in questions]
        known = [_source(each["answer"]) for each in questions]
        return {"id": row, "outcome": _outcome(outcome), "deliver": delivered, "records": waits, "known": known}

    async def _time_call(self, ask: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> Facts:
        """Time a call.

        `own` is the part of the wait caused by disk and CPU. `away` is True if the central was known to be away.
        """
        away, began = not self.courier.online, time.monotonic()
        pen, late = self._journal_thread.spent, self._pulse.late
        answer = await ask(*args, **kwargs)
        waited = time.monotonic() - began
        own = (self._journal_thread.spent - pen) + (self._pulse.late - late)
        return {"answer": answer, "waited": waited, "own": min(own, waited), "away": away}

    async def many(self, asked: Facts) -> Facts:
        """Return `n` items in sequence without lookups."""
        done = []
        for number in range(asked["n"]):
            act = Checkin(ItemId(asked["items"][number % len(asked["items"])]), ReturnMode.TRUSTED)
            row, outcome = await self.courier.deliver(act)
            done.append({"id": row, "outcome": _outcome(outcome)})
        return {"told": done}

    async def settle(self, asked: Facts) -> Facts:
        """Wait until the central has everything, at most `seconds`; return `standing`."""
        until = time.monotonic() + asked["seconds"]
        while (self.courier.pending or not self.courier.online) and time.monotonic() < until and not self.died:
            await asyncio.sleep(SETTLE)
        return await self.standing()

    async def standing(self) -> Facts:
        counts = await self.courier.counts()
        return {
            "online": self.courier.online,
            "why": self._away_reason(),
            "since": self.since,
            "queued": counts.queued,
            "set_aside": counts.exceptions,
            "died": self.died,
        }

    def _away_reason(self) -> str:
        """Return the reason why the central is away."""
        state = self._health.states.get(PartName.CENTRAL)
        return state.reason if state else ""


def _act(verb: str, card: Any, item: ItemId, clock: SystemClock) -> Act:
    match verb:
        case "borrow":
            return Checkout(card, item, clock.now() + LOAN)
        case "renew":
            return Renew(card, item, clock.now() + LOAN)
        case "return":
            return Checkin(item, ReturnMode.TRUSTED)
        case _:
            return Checkin(item, ReturnMode.PROVISIONAL)


def _outcome(outcome: Outcome) -> str:
    return {Accepted: "accepted", Refused: "refused"}.get(type(outcome), "deferred")


def _source(answer: Sourced[Any] | Block) -> str:
    return answer.reason.value if isinstance(answer, Block) else answer.source.value


async def serve(socket: Path, settings: list[Setting]) -> None:
    """Run all kiosks until the process is ended."""
    names, pulse = Names(), Pulse()
    names.install()
    kiosks = {setting.name: BenchKiosk(setting, pulse) for setting in settings}

    async def resolve(asked: Facts) -> Facts:
        name = asked["name"]
        times = names.asked.get(name, 0)
        names.set(name, LookupResult(asked["found"]))
        return {"asked": times}

    async with asyncio.TaskGroup() as group:
        commands: dict[str, Command] = {
            "act": lambda asked: kiosks[asked["kiosk"]].act(asked),
            "many": lambda asked: kiosks[asked["kiosk"]].many(asked),
            "settle": lambda asked: kiosks[asked["kiosk"]].settle(asked),
            "resolve": resolve,
        }
        group.create_task(ControlServer(socket, commands).run())
        group.create_task(pulse.run())
        for each in kiosks.values():
            group.create_task(each.run())


if __name__ == "__main__":
    begin_log("INFO")
    listed = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    asyncio.run(serve(Path(sys.argv[1]), [Setting(**each) for each in listed]))
