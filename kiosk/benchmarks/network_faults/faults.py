"""Define the kinds of network faults, draw them from a seed, and apply one to an exchange of kiosk and hub."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Protocol

from kiosk.benchmarks.network_faults.connection import LONGEST_HEAD, HttpMessage, ProxiedConnection, answer
from kiosk.benchmarks.network_faults.server_identity import PresentedCertificate


class FaultKind(StrEnum):
    """Kind of network fault; the value is its name in reports."""

    # before any data is sent
    REFUSED = "connection refused"
    BLACK_HOLE = "black hole"
    SILENT = "accepted, then silence"
    RESET_AT_ONCE = "reset at once"
    # name resolution
    DNS_GONE = "dns gone"
    DNS_WRONG = "dns wrong"
    DNS_SLOW = "dns slow"
    # identity of the server
    EXPIRED = "certificate expired"
    NOT_YET = "certificate not yet valid"
    FOREIGN = "certificate of a stranger"
    OTHER_NAME = "certificate of another name"
    CLEAR_TEXT = "clear text instead of TLS"
    # connection
    DELAY = "delay"
    JITTER = "jitter"
    DRIP = "slow drip"
    RESET = "reset in mid-exchange"
    HALF_OPEN = "half-open"
    REQUEST_CUT = "request cut at byte n"
    ANSWER_CUT = "answer cut at byte n"
    # exchange
    ANSWER_LOST = "answer lost after commit"
    REQUEST_LATE = "request arrives late"
    DOUBLED = "request doubled"
    DOUBLED_AT_ONCE = "request doubled at once"
    CACHED = "an old answer, cached"
    # another server answers
    PORTAL = "captive portal"
    REDIRECT = "redirect elsewhere"
    PROXY_407 = "proxy 407"
    TOO_MANY = "429 with Retry-After"
    BURST_503 = "503 burst"
    GATEWAY = "502, 504 of a gateway"
    ERROR_500 = "500"
    BLOCKED_4XX = "400, 403, 413 of a firewall"
    # incomplete or excessive responses
    TRUNCATED_JSON = "truncated JSON"
    TOO_LONG = "length says more"
    TOO_SHORT = "length says less"
    OTHER_JSON = "JSON of another shape"
    GZIP_BOMB = "gzip bomb"
    TOO_BIG = "body over 16 MiB"
    STALLED_CHUNKS = "stalled chunks"
    ENDLESS_HEAD = "headers without end"
    NO_HTTP = "not HTTP"


DOWN = frozenset({FaultKind.REFUSED, FaultKind.BLACK_HOLE})
NAMES = frozenset({FaultKind.DNS_GONE, FaultKind.DNS_WRONG, FaultKind.DNS_SLOW})
SHOWN = {
    FaultKind.EXPIRED: PresentedCertificate.EXPIRED,
    FaultKind.NOT_YET: PresentedCertificate.NOT_YET,
    FaultKind.FOREIGN: PresentedCertificate.FOREIGN,
    FaultKind.OTHER_NAME: PresentedCertificate.OTHER_NAME,
}
AT_GREETING = frozenset({FaultKind.SILENT, FaultKind.RESET_AT_ONCE, FaultKind.CLEAR_TEXT, *SHOWN})
CUTTING = frozenset({*DOWN, *NAMES, *AT_GREETING}) - {FaultKind.BLACK_HOLE, FaultKind.SILENT}
"""Kinds at whose beginning open connections are cut."""
HARSH = (
    FaultKind.ANSWER_LOST,
    FaultKind.REQUEST_CUT,
    FaultKind.RESET,
    FaultKind.HALF_OPEN,
    FaultKind.BURST_503,
    FaultKind.GATEWAY,
    FaultKind.TRUNCATED_JSON,
)
"""Kinds for the negative controls: they leave a kiosk without an answer to its rows."""
AFTER = frozenset(
    {
        FaultKind.ANSWER_LOST,
        FaultKind.ANSWER_CUT,
        FaultKind.JITTER,
        FaultKind.TRUNCATED_JSON,
        FaultKind.TOO_LONG,
        FaultKind.TOO_SHORT,
    }
)
"""Kinds that need a response, so the hub has always executed the request."""


@dataclass(frozen=True, slots=True)
class NetworkFault:
    """One fault, drawn by `draw_fault`."""

    kind: FaultKind
    rows_only: bool
    """The fault affects only requests that carry rows."""
    after: bool
    """The hub executes the request before the fault occurs."""
    most: int
    """Number of exchanges affected before the network recovers."""
    seconds: float
    """Length of the delay."""
    share: float
    """Position of the cut, from 0 to 1."""
    choice: int
    """Selects one of several variants."""

    @property
    def description(self) -> str:
        """Description for a person who wants to repeat the fault."""
        where = "rows" if self.rows_only else "all"
        when = "after" if self.after else "before"
        return f"{self.kind} ({where}, {when} the hub, {self.seconds:.2f} s, {self.share:.3f}, form {self.choice})"


def draw_fault(kind: FaultKind, random: Random) -> NetworkFault:
    """Draw a fault; the same seed gives the same fault."""
    return NetworkFault(
        kind=kind,
        rows_only=random.random() < 0.65,
        after=kind in AFTER or random.random() < 0.5,
        most=random.choice((1, 1, 2, 3, 1000)),
        seconds=random.choice((random.uniform(0.05, 1.5), random.uniform(1.5, 8.0))),
        share=random.random(),
        choice=random.randrange(1000),
    )


def row_of_kinds(random: Random, n: int, of: Sequence[FaultKind] = tuple(FaultKind)) -> list[FaultKind]:
    """Return `n` kinds in random order, each equally often."""
    drawn: list[FaultKind] = []
    while len(drawn) < n:
        kinds = list(of)
        random.shuffle(kinds)
        drawn += kinds
    return drawn[:n]


FOR_EVER = 60.0
"""Seconds: longer than any time limit of a kiosk."""
BIG = 17 * 1024 * 1024
BOMB = 16 * 1024 * 1024
PORTAL = b"<!DOCTYPE html><html><body>Please accept the terms of this network</body></html>"
REDIRECTS = ("302 Found", "307 Temporary Redirect", "308 Permanent Redirect", "301 Moved Permanently")
FIREWALL = (
    "400 Bad Request",
    "403 Forbidden",
    "413 Content Too Large",
    "422 Unprocessable Content",
    "404 Not Found",
)
NO_ANSWERS = b'{"wire": 1, "answers": []}'
OTHER_SHAPES = (b"{}", b"[]", NO_ANSWERS, b'{"ok": true}', b"null", b'"done"')


class FaultTarget(Protocol):
    """What a fault action uses of the proxy."""

    elsewhere: str
    cached: HttpMessage | None

    def keep_task(self, work: asyncio.Task[object]) -> None: ...


Stroke = Callable[[NetworkFault, ProxiedConnection, HttpMessage, FaultTarget], Awaitable[bool]]
"""Applies a fault; returns True if the connection continues."""


async def apply_fault(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    """Apply the fault to one exchange; return True if the connection continues."""
    if stroke := FAULT_ACTIONS.get(fault.kind):
        return await stroke(fault, line, request, around)
    if made_up := MADE_UP.get(fault.kind):
        if fault.after:
            await line.ask(request)
        await line.pass_on(made_up(fault, around).whole)
        return True
    return await _silence()


async def _silence() -> bool:
    await asyncio.sleep(FOR_EVER)
    return False


async def _delay(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    if not fault.after:
        await asyncio.sleep(fault.seconds)
    said = await line.ask(request)
    if fault.after:
        await asyncio.sleep(fault.seconds)
    return await _pass_on(line, said)


async def _pass_on(line: ProxiedConnection, said: HttpMessage | None) -> bool:
    if said is not None:
        await line.pass_on(said.whole)
    return said is not None


async def _jitter(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    return await _in_pieces(fault, line, request, 5, lambda random: random.uniform(0, 2 * fault.seconds / 5))


async def _drip(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    """Send byte by byte, so that no single pause is long."""
    return await _in_pieces(fault, line, request, 1000, lambda random: fault.seconds / 40)


async def _in_pieces(
    fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, pieces: int, pause: Callable[[Random], float]
) -> bool:
    said = await line.ask(request)
    if said is None:
        return False
    random, size = Random(fault.choice), max(1, -(-len(said.whole) // pieces))
    for at in range(0, len(said.whole), size):
        await asyncio.sleep(pause(random))
        await line.pass_on(said.whole[at : at + size])
    return True


async def _reset(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    if fault.after:
        await line.ask(request)
    line.cut(hard=True)
    return False


async def _half_open(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    if fault.after:
        await line.ask(request)
    return await _silence()


async def _request_cut(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    await line.begin(request.whole[: int(fault.share * len(request.whole))])
    return False


async def _answer_cut(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    said = await line.ask(request)
    if said is not None:
        await line.pass_on(said.whole[: int(fault.share * len(said.whole))])
        await asyncio.sleep(0)
    return False


async def _answer_lost(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    await line.ask(request)
    line.cut(hard=bool(fault.choice % 2))
    return False


async def _late(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    """Cut the connection, and deliver its request to the hub some time later."""

    async def arrive() -> None:
        await asyncio.sleep(fault.seconds)
        with contextlib.suppress(OSError):
            other = line.open_second_connection()
            await other.ask(request)

    around.keep_task(asyncio.create_task(arrive()))
    return False


async def _doubled(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    """Send the request twice; the kiosk receives the first response or the second."""
    first = await line.ask(request)
    second = await line.ask(request)
    return await _pass_on(line, second if fault.choice % 2 else first)


async def _doubled_at_once(
    fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget
) -> bool:
    other = line.open_second_connection()
    first, second = await asyncio.gather(line.ask(request), other.ask(request))
    return await _pass_on(line, second if fault.choice % 2 else first)


async def _truncated(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    said = await line.ask(request)
    if said is None:
        return False
    await line.pass_on(said.with_body(said.body[: int(fault.share * len(said.body))]).whole)
    return True


async def _too_long(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    said = await line.ask(request)
    if said is None:
        return False
    await line.pass_on(said.with_length(len(said.body) + 1 + fault.choice).whole)
    return bool(fault.choice % 2) and await _silence()


async def _too_short(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    """Understate the length: the excess stays in the connection before the next response."""
    said = await line.ask(request)
    if said is None:
        return False
    await line.pass_on(said.with_length(int(fault.share * len(said.body))).whole)
    return True


async def _too_big(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    if fault.after:
        await line.ask(request)
    await line.pass_on(answer("200 OK", kind="application/json").with_length(BIG).head)
    for _ in range(BIG // LONGEST_HEAD):
        await line.pass_on(b" " * LONGEST_HEAD)
    return False


async def _stalled(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    said = await line.ask(request) if fault.after else None
    part = said.body[: len(said.body) // 2] if said else b'{"wire": 1, '
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    await line.pass_on(head + b"%x\r\n%s\r\n" % (len(part), part))
    return await _silence()


async def _endless(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    await line.pass_on(b"HTTP/1.1 200 OK\r\n")
    for number in range(500):
        await line.pass_on(b"X-%d: y\r\n" % number)
    return False


async def _no_http(fault: NetworkFault, line: ProxiedConnection, request: HttpMessage, around: FaultTarget) -> bool:
    if fault.after:
        await line.ask(request)
    await line.pass_on(b"220 smtp ready\r\n" * 3)
    return False


FAULT_ACTIONS: dict[FaultKind, Stroke] = {
    FaultKind.DELAY: _delay,
    FaultKind.JITTER: _jitter,
    FaultKind.DRIP: _drip,
    FaultKind.RESET: _reset,
    FaultKind.HALF_OPEN: _half_open,
    FaultKind.REQUEST_CUT: _request_cut,
    FaultKind.ANSWER_CUT: _answer_cut,
    FaultKind.ANSWER_LOST: _answer_lost,
    FaultKind.REQUEST_LATE: _late,
    FaultKind.DOUBLED: _doubled,
    FaultKind.DOUBLED_AT_ONCE: _doubled_at_once,
    FaultKind.TRUNCATED_JSON: _truncated,
    FaultKind.TOO_LONG: _too_long,
    FaultKind.TOO_SHORT: _too_short,
    FaultKind.TOO_BIG: _too_big,
    FaultKind.STALLED_CHUNKS: _stalled,
    FaultKind.ENDLESS_HEAD: _endless,
    FaultKind.NO_HTTP: _no_http,
}
MADE_UP: dict[FaultKind, Callable[[NetworkFault, FaultTarget], HttpMessage]] = {
    FaultKind.PORTAL: lambda fault, around: answer("200 OK", PORTAL),
    FaultKind.REDIRECT: lambda fault, around: answer(REDIRECTS[fault.choice % 4], PORTAL, Location=around.elsewhere),
    FaultKind.PROXY_407: lambda fault, around: answer(
        "407 Proxy Authentication Required", PORTAL, Proxy_Authenticate='Basic realm="city"'
    ),
    FaultKind.TOO_MANY: lambda fault, around: answer(
        "429 Too Many Requests", PORTAL, Retry_After=("1", "2", "4", "3600")[fault.choice % 4]
    ),
    FaultKind.BURST_503: lambda fault, around: answer(
        "503 Service Unavailable", PORTAL, **({"Retry_After": "2"} if fault.choice % 2 else {})
    ),
    FaultKind.GATEWAY: lambda fault, around: answer(
        ("502 Bad Gateway", "504 Gateway Timeout")[fault.choice % 2], PORTAL
    ),
    FaultKind.ERROR_500: lambda fault, around: answer("500 Internal Server Error", PORTAL),
    FaultKind.BLOCKED_4XX: lambda fault, around: answer(FIREWALL[fault.choice % 5], PORTAL),
    FaultKind.OTHER_JSON: lambda fault, around: answer(
        "200 OK", OTHER_SHAPES[fault.choice % len(OTHER_SHAPES)], "application/json"
    ),
    FaultKind.GZIP_BOMB: lambda fault, around: answer(
        "200 OK", gzip.compress(b" " * BOMB, compresslevel=1), "application/json", Content_Encoding="gzip"
    ),
    FaultKind.CACHED: lambda fault, around: around.cached or answer("200 OK", NO_ANSWERS, "application/json"),
}
"""Responses that an intermediary sends in the hub's place."""
