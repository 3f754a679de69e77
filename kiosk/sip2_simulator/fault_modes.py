"""Make the simulated system misbehave: faults on the wire and in the library, by name and random seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from types import MappingProxyType

from kiosk.sip2_simulator.library import Copy, Hold, LibraryPatron, Loan, SimulatedLibrary
from kiosk.sync.sip2.message import Sip2Message, checksum

CHANGES = frozenset({"11", "09", "29", "65", "37"})
LATE = 12.0
"""Seconds: longer than the longest time limit of a kiosk for one response."""
MANY = 10_000
FLAGS = 14


@dataclass(frozen=True, slots=True)
class Turn:
    """One response about to be sent. The request has been executed."""

    code: str
    """Message code of the request."""
    data: bytes
    """The response with its terminator."""
    before: bytes = b""
    """The previous response on this connection."""
    again: bool = False
    """True for a response to 97."""


Step = bytes | float | None
"""Send these bytes, wait so many seconds, or (None) disconnect. An infinite wait is a half-open connection."""
Twist = Callable[[Turn, Random], list[Step]]


@dataclass(frozen=True, slots=True)
class FaultMode:
    """`chance` is the share of responses altered by `twist`.

    `spoil` changes the library once, `reword` each response's fields.
    """

    name: str
    words: str
    twist: Twist | None = None
    chance: float = 1.0
    spoil: Callable[[SimulatedLibrary, int], None] | None = None
    """Called with the library and the seed."""
    reword: Callable[[Sip2Message], Sip2Message] | None = None
    permits: str = ""

    def steps(self, turn: Turn, random: Random) -> list[Step]:
        if self.twist is None or random.random() >= self.chance:
            return [turn.data]
        return self.twist(turn, random)


def _bad_checksum(turn: Turn, random: Random) -> list[Step]:
    at = turn.data.rfind(b"AZ")
    if turn.again or at < 0:
        return [turn.data]
    wrong = checksum(turn.data[: at + 2] + bytes([1 + random.randrange(200)]))
    return [turn.data[: at + 2] + wrong.encode() + turn.data[at + 6 :]]


def _wrong_sequence(turn: Turn, random: Random) -> list[Step]:
    """Send a response to an earlier request of another client, then the right one."""
    at = turn.data.rfind(b"AY")
    if at < 0:
        return [turn.data]
    other = (turn.data[at + 2] - 48 + 1 + random.randrange(9)) % 10
    head = turn.data[: at + 2] + str(other).encode() + b"AZ"
    return [head + checksum(head).encode() + turn.data[at + 9 :], turn.data]


def _split(turn: Turn, random: Random) -> list[Step]:
    steps: list[Step] = []
    data = turn.data
    while data:
        size = random.randint(1, 7)
        steps += [data[:size], 0.0]
        data = data[size:]
    return steps


def _unknown_fields(message: Sip2Message) -> Sip2Message:
    return replace(message, fields=[("XQ", "new"), *message.fields, ("zz", ""), ("Q9", "AB3001")])


def _no_dates(message: Sip2Message) -> Sip2Message:
    return replace(message, fields=[(name, "" if name == "AH" else value) for name, value in message.fields])


def _pipes(library: SimulatedLibrary, _: int) -> None:
    for copy in library.copies.values():
        copy.title = f"{copy.title} | AAother|BLY\r12"


def _many_loans(library: SimulatedLibrary, _: int) -> None:
    patron = next(iter(library.patrons.values()))
    for number in range(MANY):
        copy = Copy(f"9{number:09}", f"Title {number}")
        copy.loan = Loan(patron.number, datetime(2099, 1, 1, tzinfo=UTC))
        library.add(copy)


def _fees(library: SimulatedLibrary, _: int) -> None:
    for copy in library.copies.values():
        copy.rent = Decimal("5.00")


def _trapping(library: SimulatedLibrary, _: int) -> None:
    waits = LibraryPatron("1999", "Waits Whoever", "9999")
    library.add(waits)
    library.holds += [Hold(waits.number, each) for each in library.copies]


def _flags(library: SimulatedLibrary, seed: int) -> None:
    for number, patron in enumerate(library.patrons.values()):
        patron.flag = (seed + number) % FLAGS


def _set(library: SimulatedLibrary, **facts: object) -> None:
    for patron in library.patrons.values():
        for name, value in facts.items():
            setattr(patron, name, value)


ALL = (
    FaultMode("bad-checksum", "a third of the answers have a wrong checksum", _bad_checksum, 0.3),
    FaultMode("wrong-sequence", "an answer with another sequence number comes first", _wrong_sequence, 0.5),
    FaultMode("resend-loop", "asks again and again for what was sent", lambda _, __: [b"96AZFEF6\r"], 0.3),
    FaultMode("split", "answers come a few bytes at a time", _split),
    FaultMode(
        "joined",
        "the answer before comes once more, in one packet with this one",
        lambda turn, _: [turn.before + turn.data],
    ),
    FaultMode(
        "crlf",
        "answers begin with LF and end with CR LF",
        lambda turn, _: [b"\n" + turn.data.rstrip(b"\r\n") + b"\r\n"],
    ),
    FaultMode(
        "silent-login",
        "a login is accepted and never answered, half of the time",
        lambda turn, _: [math.inf if turn.code == "93" else turn.data],
        0.5,
    ),
    FaultMode(
        "lost",
        "what changes something is done, and the line is cut before the answer; a third",
        lambda turn, _: [None if turn.code in CHANGES else turn.data],
        0.33,
    ),
    FaultMode(
        "late",
        f"what changes something is done, and answered after {LATE:.0f} s; a fifth",
        lambda turn, _: [LATE, turn.data] if turn.code in CHANGES else [turn.data],
        0.2,
    ),
    FaultMode("half-open", "the line goes dead and stays open; one answer in ten", lambda _, __: [math.inf], 0.1),
    FaultMode("nonsense", "four bytes without an end, one answer in five", lambda _, __: [b"None"], 0.2),
    FaultMode("unknown-fields", "fields that nobody knows", reword=_unknown_fields),
    FaultMode("empty-dates", "no due date is told", reword=_no_dates),
    FaultMode("pipes", "delimiters, CR and field ids in every title", spoil=_pipes),
    FaultMode("many-loans", f"one patron has {MANY} loans", spoil=_many_loans),
    FaultMode("fees", "each loan and renewal costs something", spoil=_fees),
    FaultMode("trapping", "somebody waits for every copy", spoil=_trapping),
    FaultMode(
        "blocked", "every patron is blocked, and no words say why", spoil=lambda library, _: _set(library, blocked=True)
    ),
    FaultMode("lost-cards", "every card is reported lost", spoil=lambda library, _: _set(library, lost=True)),
    FaultMode("at-limit", "nobody may have one loan more", spoil=lambda library, _: _set(library, limit=0)),
    FaultMode("flags", f"each patron has another of the {FLAGS} flags, the first the one of the seed", spoil=_flags),
    FaultMode("forbids", "98 says that it is up and can neither lend, take back nor renew", permits="YNNNNN"),
    FaultMode("down", "98 says that it is not there", permits="NNNNNN"),
)
WIRE = tuple(each for each in ALL if each.twist)


def _worst(turn: Turn, random: Random) -> list[Step]:
    return random.choice(WIRE).twist(turn, random)  # type: ignore[misc]


FAULT_MODES: Mapping[str, FaultMode] = MappingProxyType(
    {
        each.name: each
        for each in (*ALL, FaultMode("worst", "any of the others on the wire, for half of it", _worst, 0.5))
    }
)
