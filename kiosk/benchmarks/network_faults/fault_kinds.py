"""What a network can do to a kiosk, by name, and how one such fault is drawn by a seed; does none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from kiosk.benchmarks.network_faults.certificates import Shown


class FaultKind(StrEnum):
    # before a word is said
    REFUSED = "connection refused"
    BLACK_HOLE = "black hole"
    SILENT = "accepted, then silence"
    RESET_AT_ONCE = "reset at once"
    # names
    DNS_GONE = "dns gone"
    DNS_WRONG = "dns wrong"
    DNS_SLOW = "dns slow"
    # who is there
    EXPIRED = "certificate expired"
    NOT_YET = "certificate not yet valid"
    FOREIGN = "certificate of a stranger"
    OTHER_NAME = "certificate of another name"
    CLEAR_TEXT = "clear text instead of TLS"
    # the line
    DELAY = "delay"
    JITTER = "jitter"
    DRIP = "slow drip"
    RESET = "reset in mid-exchange"
    HALF_OPEN = "half-open"
    REQUEST_CUT = "request cut at byte n"
    ANSWER_CUT = "answer cut at byte n"
    # the exchange
    ANSWER_LOST = "answer lost after commit"
    REQUEST_LATE = "request arrives late"
    DOUBLED = "request doubled"
    DOUBLED_AT_ONCE = "request doubled at once"
    CACHED = "an old answer, cached"
    # somebody else answers
    PORTAL = "captive portal"
    REDIRECT = "redirect elsewhere"
    PROXY_407 = "proxy 407"
    TOO_MANY = "429 with Retry-After"
    BURST_503 = "503 burst"
    GATEWAY = "502, 504 of a gateway"
    ERROR_500 = "500"
    BLOCKED_4XX = "400, 403, 413 of a firewall"
    # what answers is not whole, or too much
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
    FaultKind.EXPIRED: Shown.EXPIRED,
    FaultKind.NOT_YET: Shown.NOT_YET,
    FaultKind.FOREIGN: Shown.FOREIGN,
    FaultKind.OTHER_NAME: Shown.OTHER_NAME,
}
AT_GREETING = frozenset({FaultKind.SILENT, FaultKind.RESET_AT_ONCE, FaultKind.CLEAR_TEXT, *SHOWN})
CUTTING = frozenset({*DOWN, *NAMES, *AT_GREETING}) - {FaultKind.BLACK_HOLE, FaultKind.SILENT}
"""Where it begins, the lines that are open are cut."""
HARSH = (
    FaultKind.ANSWER_LOST,
    FaultKind.REQUEST_CUT,
    FaultKind.RESET,
    FaultKind.HALF_OPEN,
    FaultKind.BURST_503,
    FaultKind.GATEWAY,
    FaultKind.TRUNCATED_JSON,
)
"""What the controls meet: kinds that leave a kiosk without an answer to its rows."""
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
"""The hub has always done it, for there is an answer of its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    rows_only: bool
    """It hits what carries rows and nothing else."""
    after: bool
    """The hub has done what was asked before the fault hits."""
    most: int
    """How many exchanges it hits before the network is good again by itself."""
    seconds: float
    """How late, how slow."""
    share: float
    """Between 0 and 1: where it is cut."""
    choice: int
    """One of several forms."""

    @property
    def told(self) -> str:
        """For a person who wants to play it again."""
        where = "rows" if self.rows_only else "all"
        when = "after" if self.after else "before"
        return f"{self.kind} ({where}, {when} the hub, {self.seconds:.2f} s, {self.share:.3f}, form {self.choice})"


def drawn(kind: FaultKind, random: Random) -> Fault:
    """The same for the same seed."""
    return Fault(
        kind=kind,
        rows_only=random.random() < 0.65,
        after=kind in AFTER or random.random() < 0.5,
        most=random.choice((1, 1, 2, 3, 1000)),
        seconds=random.choice((random.uniform(0.05, 1.5), random.uniform(1.5, 8.0))),
        share=random.random(),
        choice=random.randrange(1000),
    )


def row_of_kinds(random: Random, n: int, of: Sequence[FaultKind] = tuple(FaultKind)) -> list[FaultKind]:
    """So many, each kind as often as every other, in no order."""
    drawn: list[FaultKind] = []
    while len(drawn) < n:
        kinds = list(of)
        random.shuffle(kinds)
        drawn += kinds
    return drawn[:n]
