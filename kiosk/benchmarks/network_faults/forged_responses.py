"""Build the responses that an intermediary sends in the hub's place."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Protocol

from kiosk.benchmarks.network_faults.fault_kinds import FaultKind, NetworkFault
from kiosk.benchmarks.network_faults.message import HttpMessage, answer

PORTAL = b"<!DOCTYPE html><html><body>Please accept the terms of this network</body></html>"
OTHER_SHAPES = (b"{}", b"[]", b'{"wire": 1, "answers": []}', b'{"ok": true}', b"null", b'"done"')
BOMB = 16 * 1024 * 1024


class Around(Protocol):
    """What an intermediary knows."""

    elsewhere: str
    cached: HttpMessage | None


def _portal(fault: NetworkFault, around: Around) -> HttpMessage:
    return answer("200 OK", PORTAL)


def _redirect(fault: NetworkFault, around: Around) -> HttpMessage:
    status = ("302 Found", "307 Temporary Redirect", "308 Permanent Redirect", "301 Moved Permanently")
    return answer(status[fault.choice % 4], PORTAL, Location=around.elsewhere)


def _proxy(fault: NetworkFault, around: Around) -> HttpMessage:
    return answer("407 Proxy Authentication Required", PORTAL, Proxy_Authenticate='Basic realm="city"')


def _too_many(fault: NetworkFault, around: Around) -> HttpMessage:
    return answer("429 Too Many Requests", PORTAL, Retry_After=("1", "2", "4", "3600")[fault.choice % 4])


def _burst(fault: NetworkFault, around: Around) -> HttpMessage:
    later = {"Retry_After": "2"} if fault.choice % 2 else {}
    return answer("503 Service Unavailable", PORTAL, **later)


def _gateway(fault: NetworkFault, around: Around) -> HttpMessage:
    return answer(("502 Bad Gateway", "504 Gateway Timeout")[fault.choice % 2], PORTAL)


def _error(fault: NetworkFault, around: Around) -> HttpMessage:
    return answer("500 Internal Server Error", PORTAL)


def _firewall(fault: NetworkFault, around: Around) -> HttpMessage:
    status = ("400 Bad Request", "403 Forbidden", "413 Content Too Large", "422 Unprocessable Content", "404 Not Found")
    return answer(status[fault.choice % 5], PORTAL)


def _other(fault: NetworkFault, around: Around) -> HttpMessage:
    return answer("200 OK", OTHER_SHAPES[fault.choice % len(OTHER_SHAPES)], "application/json")


def _bomb(fault: NetworkFault, around: Around) -> HttpMessage:
    body = gzip.compress(b" " * BOMB, compresslevel=1)
    return answer("200 OK", body, "application/json", Content_Encoding="gzip")


def _cached(fault: NetworkFault, around: Around) -> HttpMessage:
    return around.cached or answer("200 OK", b'{"wire": 1, "answers": []}', "application/json")


MADE_UP: dict[FaultKind, Callable[[NetworkFault, Around], HttpMessage]] = {
    FaultKind.PORTAL: _portal,
    FaultKind.REDIRECT: _redirect,
    FaultKind.PROXY_407: _proxy,
    FaultKind.TOO_MANY: _too_many,
    FaultKind.BURST_503: _burst,
    FaultKind.GATEWAY: _gateway,
    FaultKind.ERROR_500: _error,
    FaultKind.BLOCKED_4XX: _firewall,
    FaultKind.OTHER_JSON: _other,
    FaultKind.GZIP_BOMB: _bomb,
    FaultKind.CACHED: _cached,
}
