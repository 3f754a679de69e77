"""Simulate the network between kiosks and hub: slow, cut, lossy, sometimes delivering twice."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from kiosk.central import CentralUnavailable
from kiosk.sync.http import Cut, Reply
from tests.proofs.world.history import History
from tests.proofs.world.hub import Hub, HubDied, identity

P = ParamSpec("P")
T = TypeVar("T")

WHOLE = 10.0
"""Seconds without a byte after which a kiosk's HTTP client gives up."""


class Fate(StrEnum):
    """Outcome of one exchange that a kiosk begins."""

    REQUEST_LOST = "request_lost"
    REQUEST_LATE = "request_late"
    """It reaches the hub after the kiosk has given up."""
    ANSWER_LOST = "answer_lost"
    ANSWER_RESET = "answer_reset"
    """The connection is cut after the hub has done it: the kiosk tries again at once."""
    ANSWER_SLOW = "answer_slow"
    """Later than a patron waits, but still an answer."""
    TRUNCATED = "truncated"
    DOUBLED = "doubled"
    """The hub gets it twice at once; the second answer comes first."""
    COPY_LATER = "copy_later"
    """The hub gets it once more later, after others."""
    PORTAL = "portal"
    """A page that is not the hub's."""
    ERROR = "error"
    DONE_ERROR = "done_error"
    """The hub has done it, and a proxy in front answers 502."""
    TOO_MANY = "too_many"
    LOCKED = "locked"
    """Another process locks the hub's database."""
    HUB_DIES = "hub_dies"
    """The hub's process ends during the upload: committed rows remain, and no answer is sent."""


@dataclass
class Wire:
    """One kiosk's connection to the hub."""

    kiosk: int
    pulled: bool = False
    silent: bool = False
    """Disconnected far away: the connection reports no error."""
    fates: deque[Fate] = field(default_factory=deque)
    """Outcomes of the next uploads."""
    asked: deque[Fate] = field(default_factory=deque)
    """Outcomes of the next lookups."""
    good_since: float = 0.0
    met_at: float = 0.0
    """Time at which an upload or lookup last met a fault."""
    powered: bool = True


class Network:
    """All connections. Messages on their way continue after their sender is gone."""

    def __init__(self, hub: Hub, history: History, random: Random, kiosks: int) -> None:
        self.hub = hub
        self.hub_down = False
        self.wires = {number: Wire(number) for number in range(1, kiosks + 1)}
        self._history = history
        self._random = random
        self._era = 0
        """Delayed copies end with the hub for which they were meant."""

    def host(self, url: str, *_: object) -> VirtualHost:
        """Return what a kiosk uses instead of an HTTP session; `url` names the kiosk."""
        number = int((urlsplit(url).hostname or "").removeprefix("kiosk-"))
        return VirtualHost(self, self.wires[number])

    def lay(self, kiosk: int) -> Wire:
        """Connect one more box."""
        self.wires[kiosk] = wire = Wire(kiosk, good_since=asyncio.get_running_loop().time())
        return wire

    def reachable(self, kiosk: int) -> bool:
        return not (self.hub_down or self.wires[kiosk].pulled)

    def changed(self) -> None:
        """Note that a cable was pulled or plugged: from now on connected wires are good."""
        now = asyncio.get_running_loop().time()
        for wire in self.wires.values():
            wire.good_since = now if self.reachable(wire.kiosk) else float("inf")

    def forget_copies(self) -> None:
        self._era += 1

    def flight(self) -> float:
        return self._random.choice((0.004, 0.011, 0.03, 0.2))

    async def exchange(self, wire: Wire, method: str, path: str, body: bytes) -> Reply:
        """Exchange one request and its answer. Raises CentralUnavailable."""
        if not wire.powered:
            raise CentralUnavailable("no power")
        fates = wire.fates if path.endswith("/transactions") else wire.asked
        fate = fates.popleft() if fates else None
        if not self.reachable(wire.kiosk):
            await asyncio.sleep(3.0 if wire.silent else 0.002)
            raise CentralUnavailable("time_out") if wire.silent else Cut("away")
        if fate is not None:
            wire.met_at = asyncio.get_running_loop().time()
            self._history.note("fate", wire.kiosk, fate=str(fate), path=path.split("/")[3].partition("?")[0])
        if (early := self._before(fate)) is not None:
            await asyncio.sleep(self.flight())
            return early
        return await self._carried(wire, fate, method, path, body)

    def _before(self, fate: Fate | None) -> Reply | None:
        """Return an answer that does not come from the hub."""
        match fate:
            case Fate.PORTAL:
                return Reply(200, b"<html>Welcome to the airport</html>", 0.0)
            case Fate.ERROR:
                return Reply(503, b"", 0.0)
            case Fate.TOO_MANY:
                return Reply(429, b'{"detail":"slowly"}', 5.0)
            case _:
                return None

    async def _carried(self, wire: Wire, fate: Fate | None, method: str, path: str, body: bytes) -> Reply:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Reply] = loop.create_future()
        era = self._era

        def arrive(copy: bool) -> None:
            if era != self._era or not self.reachable(wire.kiosk):
                return
            try:
                reply = self._at_hub(wire.kiosk, fate, method, path, body)
            except HubDied:
                if not answered.done():
                    answered.set_exception(Cut("away"))
                return
            if not copy:
                loop.call_later(self.flight(), self._back, wire, answered, reply)

        if fate is not Fate.REQUEST_LOST:
            loop.call_later(22.0 if fate is Fate.REQUEST_LATE else self.flight(), arrive, False)
        if fate is Fate.DOUBLED:
            loop.call_later(0.0, arrive, True)
        if fate is Fate.COPY_LATER:
            loop.call_later(self._random.choice((0.5, 5.0, 40.0, 300.0)), arrive, True)
        return await self._heard(fate, answered)

    def _at_hub(self, kiosk: int, fate: Fate | None, method: str, path: str, body: bytes) -> Reply:
        if fate is Fate.LOCKED:
            self.hub.busy = 1
        if fate is Fate.HUB_DIES:
            self.hub.dies_after = self._random.choice((0, 1, 1, 2))
        try:
            return self.hub.answer(identity(kiosk), method, path, body)
        except HubDied:
            self._history.note("hub died", kiosk)
            self.hub.restart()
            self.forget_copies()
            raise
        finally:
            self.hub.busy, self.hub.dies_after = 0, None

    def _back(self, wire: Wire, answered: asyncio.Future[Reply], reply: Reply) -> None:
        if not answered.done() and self.reachable(wire.kiosk):
            answered.set_result(reply)

    async def _heard(self, fate: Fate | None, answered: asyncio.Future[Reply]) -> Reply:
        try:
            async with asyncio.timeout(WHOLE):
                reply = await answered
                match fate:
                    case Fate.ANSWER_LOST | Fate.REQUEST_LATE:
                        await asyncio.sleep(WHOLE + 1)
                    case Fate.ANSWER_SLOW:
                        await asyncio.sleep(self._random.choice((1.9, 2.0, 2.1, 5.0)))
                    case _:
                        pass
        except TimeoutError:
            raise CentralUnavailable("time_out") from None
        match fate:
            case Fate.ANSWER_RESET:
                raise Cut("away")
            case Fate.TRUNCATED:
                return replace(reply, body=reply.body[: len(reply.body) * 2 // 3])
            case Fate.DONE_ERROR:
                return Reply(502, b"", 0.0)
            case _:
                return reply


class VirtualHost:
    """The sessions of kiosk.sync.http over a virtual connection; if allowed, a cut request is repeated once."""

    def __init__(self, network: Network, wire: Wire) -> None:
        self._network = network
        self._wire = wire

    async def get(self, path: str, most: int) -> Reply:
        return await self._twice("GET", path, b"")

    async def post(self, path: str, most: int, body: bytes, repeat: bool) -> Reply:
        if not repeat:
            return await self._network.exchange(self._wire, "POST", path, body)
        return await self._twice("POST", path, body)

    def close(self) -> None:
        pass

    async def _twice(self, method: str, path: str, body: bytes) -> Reply:
        try:
            return await self._network.exchange(self._wire, method, path, body)
        except Cut:
            return await self._network.exchange(self._wire, method, path, body)


async def here(call: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> Any:
    """Stand in for `run_detached`: run the call as a coroutine of this loop instead of a thread."""
    return await call(*args, **kwargs)
