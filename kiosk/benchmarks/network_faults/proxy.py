"""Stands between one kiosk and the hub, ends TLS as a library's proxy would, and does one fault at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kiosk.benchmarks.network_faults.certificates import Certificates, Shown
from kiosk.benchmarks.network_faults.fault_actions import strike
from kiosk.benchmarks.network_faults.fault_kinds import AT_GREETING, CUTTING, DOWN, SHOWN, Fault, FaultKind
from kiosk.benchmarks.network_faults.forged_responses import PORTAL
from kiosk.benchmarks.network_faults.message import LONGEST_HEAD, Message, answer, read_message
from kiosk.benchmarks.network_faults.proxied_connection import ProxiedConnection
from kiosk.visit_player.loopback_port import Port, reset

GREETING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Batch:
    """One request that carried rows, as it passed."""

    at: float
    """By the machine's monotonic clock."""
    rows: int
    size: int
    """Of the body, in bytes."""
    seqs: tuple[int, ...]


@dataclass
class FaultProxy:
    """`fault` is what the network does just now; None where it is good."""

    hub: tuple[str, int]
    certificates: Certificates
    elsewhere: str
    """The address of a stranger, to whom a redirect leads."""
    fault: Fault | None = None
    hits: int = 0
    """What the fault has hit since it was set: exchanges, greetings."""
    batches: list[Batch] = field(default_factory=list)
    believed: int = 0
    """Requests that came after a greeting which no kiosk may believe."""
    cached: Message | None = None
    """The last good answer to rows."""

    def __post_init__(self) -> None:
        self._port = Port(self._taken)
        self._lines: set[ProxiedConnection] = set()
        self._asides: set[asyncio.Task[object]] = set()

    @property
    def port(self) -> int:
        return self._port.address[1]

    @contextmanager
    def standing(self) -> Iterator[FaultProxy]:
        self._port.open()
        try:
            yield self
        finally:
            self._port.close()
            for each in self._asides:
                each.cancel()
            self._cut()

    def set(self, fault: Fault | None) -> None:
        """The network is so from now on."""
        was, self.fault, self.hits = self.fault, fault, 0
        kind = fault.kind if fault else None
        if kind is FaultKind.REFUSED:
            self._port.refuse()
        elif kind is FaultKind.BLACK_HOLE:
            self._port.swallow()
        elif was is not None and was.kind in DOWN:
            self._port.open()
        if kind in CUTTING:
            self._cut()
        if kind in DOWN:
            self.hits = 1

    def beside(self, work: asyncio.Task[object]) -> None:
        """Something goes on that no line waits for."""
        self._asides.add(work)
        work.add_done_callback(self._asides.discard)

    def _cut(self) -> None:
        for line in list(self._lines):
            line.cut(hard=True)

    async def _taken(self, taken: socket.socket) -> None:
        if (fault := self.fault) and fault.kind in AT_GREETING:
            self.hits += 1
            if not await self._greeted(taken, fault):
                return
        reader = asyncio.StreamReader(limit=LONGEST_HEAD * 2)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        shown = SHOWN.get(self.fault.kind, Shown.GOOD) if self.fault else Shown.GOOD
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, taken, ssl=self.certificates.contexts[shown], ssl_handshake_timeout=GREETING_SECONDS
            )
        except (TimeoutError, OSError):
            taken.close()
            return
        line = ProxiedConnection(reader, asyncio.StreamWriter(transport, protocol, reader, loop), self.hub)
        self._lines.add(line)
        try:
            if shown is Shown.GOOD:
                await self._talk(line)
            elif await read_message(line.kiosk):
                self.believed += 1
        except OSError:
            pass
        finally:
            line.cut()
            self._lines.discard(line)

    async def _greeted(self, taken: socket.socket, fault: Fault) -> bool:
        """Whether TLS is to be spoken at all."""
        if fault.kind is FaultKind.SILENT:
            await asyncio.sleep(GREETING_SECONDS)
        elif fault.kind is FaultKind.RESET_AT_ONCE:
            reset(taken)
        elif fault.kind is FaultKind.CLEAR_TEXT:
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().sock_sendall(taken, answer("200 OK", PORTAL).whole)
        else:
            return True
        taken.close()
        return False

    async def _talk(self, line: ProxiedConnection) -> None:
        """Exchange by exchange, until the kiosk has enough or a fault ends the line."""
        while request := await read_message(line.kiosk):
            self._note(request)
            fault = self._hit(request)
            if fault is None:
                said = await line.ask(request)
                if said is None:
                    return
                if request.hands_over and said.done:
                    self.cached = said
                await line.pass_on(said.whole)
            elif not await strike(fault, line, request, self):
                return

    def _hit(self, request: Message) -> Fault | None:
        """The fault that hits this exchange; a line from before falls silent with the network."""
        fault = self.fault
        if fault is None or (fault.rows_only and not request.hands_over and fault.kind not in DOWN | AT_GREETING):
            return None
        self.hits += 1
        if self.hits >= fault.most and fault.kind not in DOWN | AT_GREETING:
            self.fault = None
        return fault

    def _note(self, request: Message) -> None:
        if request.hands_over:
            rows = json.loads(request.body)["rows"]
            seqs = tuple(row["seq"] for row in rows)
            now = asyncio.get_running_loop().time()
            self.batches.append(Batch(now, len(rows), len(request.body), seqs))
