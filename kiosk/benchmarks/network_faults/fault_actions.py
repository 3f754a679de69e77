"""Apply each kind of fault to one exchange between kiosk and hub."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Awaitable, Callable
from random import Random
from typing import Protocol

from kiosk.benchmarks.network_faults.fault_kinds import FaultKind, NetworkFault
from kiosk.benchmarks.network_faults.message import LONGEST_HEAD, HttpMessage, answer
from kiosk.benchmarks.network_faults.proxied_connection import ProxiedConnection

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
