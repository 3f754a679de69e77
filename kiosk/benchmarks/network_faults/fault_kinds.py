"""Define the kinds of network faults, and draw a fault from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from kiosk.benchmarks.network_faults.certificates import PresentedCertificate


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
