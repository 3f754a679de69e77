"""The monkey's job, its limits and its outcome, as JSON files between two processes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, get_args
from unittest import mock

from kiosk.desk.session import UNHURRIED
from kiosk.views import (
    FAREWELL_SECONDS,
    IDLE_SECONDS,
    TECHNICIAN_SECONDS,
    WARNING_SECONDS,
    IdleWarning,
    Technician,
    TouchTest,
    View,
)
from tests.proofs.monkey.actions import Deed, What

VIEWS = frozenset(each.__name__ for each in get_args(View))
Hidden = dict[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """Cards, labels and codes that the monkey has; the patrons' numbers are in the order of their cards."""

    cards: tuple[str, ...]
    numbers: tuple[str, ...]
    pins: tuple[str, ...]
    """Empty if the patron has none."""
    labels: tuple[str, ...]
    personal: tuple[str, ...]
    """Names, numbers, PINs and codes, in lower case, that must not stay in memory. New titles are public."""
    codes: tuple[str, ...] = ()
    """Codes of technicians."""

    def hidden(self) -> Hidden:
        """Return the personal data as bytes, so that a text in memory is the kiosk's own."""
        return {name: tuple(text.encode() for text in texts) for name, texts in asdict(self).items()}


NOTHING = Known((), (), (), (), ())


@dataclass(frozen=True, slots=True)
class Job:
    """One run. `deeds` are repeated as they were; if there are none, `steps` new ones are drawn."""

    config: str
    hub: str
    """Address of the hub."""
    known: Known
    seed: int
    steps: int
    planted: str = ""
    """Name of the seeded fault."""
    deeds: tuple[Deed, ...] = ()

    def write(self, to: Path) -> None:
        to.write_text(json.dumps({**asdict(self), "deeds": as_json(self.deeds)}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = Known(**{name: tuple(texts) for name, texts in data.pop("known").items()})
        return cls(known=known, deeds=from_json(data.pop("deeds")), **data)


@dataclass(frozen=True, slots=True)
class Asked:
    """Actions of one visit: positions of cards and labels, and names of the actions pressed."""

    cards: set[int] = field(default_factory=set)
    labels: list[int] = field(default_factory=list)
    """One entry per scan."""
    pressed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Outcome:
    wrong: str = ""
    """What is wrong, as a sentence; empty if nothing is."""
    deeds: list[Deed] = field(default_factory=list)
    asked: dict[int, Asked] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    """The visit in which the screen showed each transaction."""
    seen: set[str] = field(default_factory=set)
    """Names of the views reached, as in `VIEWS`."""
    peaces: int = 0
    longest: float = 0.0
    """Longest time in seconds until the kiosk showed its first screen."""
    searches: int = 0
    rows: int = 0
    """Transactions that the kiosk uploaded."""
    seconds: float = 0.0

    def visit(self, number: int) -> Asked:
        return self.asked.setdefault(number, Asked())

    def write(self, to: Path) -> None:
        data = {each: getattr(self, each) for each in self.__slots__}
        asked = {number: [sorted(each.cards), each.labels, sorted(each.pressed)] for number, each in self.asked.items()}
        data |= {"deeds": as_json(self.deeds), "asked": asked, "seen": sorted(self.seen)}
        to.write_text(json.dumps(data), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        asked = {
            int(number): Asked(set(cards), labels, set(pressed))
            for number, (cards, labels, pressed) in data["asked"].items()
        }
        return cls(**{**data, "deeds": list(from_json(data["deeds"])), "asked": asked, "seen": set(data["seen"])})


def as_json(deeds: Iterable[Deed]) -> list[Any]:
    return [[each.what.value, *each.facts] for each in deeds]


def from_json(data: Iterable[Any]) -> tuple[Deed, ...]:
    return tuple(Deed(What(what), tuple(facts)) for what, *facts in data)


NO_ROOM = SimpleNamespace(f_bavail=0, f_frsize=4096)


class Disk:
    def __init__(self) -> None:
        self.full = False

    @contextmanager
    def fitted(self) -> Iterator[None]:
        real = os.statvfs

        def statvfs(path: Any) -> Any:
            return NO_ROOM if self.full else real(path)

        with mock.patch.object(os, "statvfs", statvfs):
            yield


PEACE = IDLE_SECONDS + WARNING_SECONDS
"""Seconds after which nothing of a patron who left is on the screen."""


def most(view: View, *, read_out: bool) -> float:
    """Return the limit, which is longer for a technician who is signed in and for a patron who uses reading aloud."""
    idle = TECHNICIAN_SECONDS if is_technicians(view) else IDLE_SECONDS
    slower = UNHURRIED if read_out else 1
    return idle * slower + max(WARNING_SECONDS, FAREWELL_SECONDS * slower)


def is_technicians(view: View) -> bool:
    """Return whether the view belongs to a technician who is signed in, including its idle warning."""
    return isinstance(view.under if isinstance(view, IdleWarning) else view, Technician | TouchTest)
