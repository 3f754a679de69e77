"""Proxy one kiosk's TLS connections to the hub like a library's proxy, with one fault at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kiosk.benchmarks.network_faults.connection import (
    LONGEST_HEAD,
    HttpMessage,
    ProxiedConnection,
    answer,
    read_message,
)
from kiosk.benchmarks.network_faults.faults import (
    AT_GREETING,
    CUTTING,
    DOWN,
    PORTAL,
    SHOWN,
    FaultKind,
    NetworkFault,
    apply_fault,
)
from kiosk.benchmarks.network_faults.server_identity import Certificates, PresentedCertificate
from kiosk.visit_player.proxy import Port, reset

GREETING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Batch:
    """One request with rows that passed the proxy."""

    at: float
    """Time by the machine's monotonic clock."""
    rows: int
    size: int
    """Bytes of the body."""
    seqs: tuple[int, ...]


@dataclass
class FaultProxy:
    """Proxy whose `fault` is the current fault; None if the network is good."""

    hub: tuple[str, int]
    certificates: Certificates
    elsewhere: str
    """URL of a stranger's server, the target of redirects."""
    fault: NetworkFault | None = None
    hits: int = 0
    """Number of exchanges and handshakes affected by the current fault."""
    batches: list[Batch] = field(default_factory=list)
    believed: int = 0
    """Requests received after a handshake with a certificate that a kiosk must reject."""
    cached: HttpMessage | None = None
    """The last successful response to rows."""

    def __post_init__(self) -> None:
        self._port = Port(self._serve_connection)
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

    def set(self, fault: NetworkFault | None) -> None:
        """Set the network's state."""
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

    def keep_task(self, work: asyncio.Task[object]) -> None:
        """Keep a task running that is not tied to a connection."""
        self._asides.add(work)
        work.add_done_callback(self._asides.discard)

    def _cut(self) -> None:
        for line in list(self._lines):
            line.cut(hard=True)

    async def _serve_connection(self, taken: socket.socket) -> None:
        if (fault := self.fault) and fault.kind in AT_GREETING:
            self.hits += 1
            if not await self._greeted(taken, fault):
                return
        reader = asyncio.StreamReader(limit=LONGEST_HEAD * 2)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        shown = SHOWN.get(self.fault.kind, PresentedCertificate.GOOD) if self.fault else PresentedCertificate.GOOD
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
            if shown is PresentedCertificate.GOOD:
                await self._talk(line)
            elif await read_message(line.kiosk):
                self.believed += 1
        except OSError:
            pass
        finally:
            line.cut()
            self._lines.discard(line)

    async def _greeted(self, taken: socket.socket, fault: NetworkFault) -> bool:
        """Apply a fault before the handshake; return True if TLS follows."""
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
        """Relay exchanges until the kiosk disconnects or a fault ends the connection."""
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
            elif not await apply_fault(fault, line, request, self):
                return

    def _hit(self, request: HttpMessage) -> NetworkFault | None:
        """Return the fault that affects this exchange.

        An older connection falls silent with the network.
        """
        fault = self.fault
        if fault is None or (fault.rows_only and not request.hands_over and fault.kind not in DOWN | AT_GREETING):
            return None
        self.hits += 1
        if self.hits >= fault.most and fault.kind not in DOWN | AT_GREETING:
            self.fault = None
        return fault

    def _note(self, request: HttpMessage) -> None:
        if request.hands_over:
            rows = json.loads(request.body)["rows"]
            seqs = tuple(row["seq"] for row in rows)
            now = asyncio.get_running_loop().time()
            self.batches.append(Batch(now, len(rows), len(request.body), seqs))
