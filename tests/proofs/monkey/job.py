"""The monkey's job and its outcome, as JSON files between two processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, get_args

from kiosk.views import View
from tests.proofs.monkey.actions import Deed, What

VIEWS = frozenset(each.__name__ for each in get_args(View))
Hidden = dict[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """Whom and what the monkey has in hand; the numbers of patrons stand in the order of their cards."""

    cards: tuple[str, ...]
    numbers: tuple[str, ...]
    pins: tuple[str, ...]
    """Empty where the patron has none."""
    labels: tuple[str, ...]
    personal: tuple[str, ...]
    """Names, numbers, PINs and codes that nothing may remember, in small letters; a new title is everybody's."""
    codes: tuple[str, ...] = ()
    """Of technicians."""

    def hidden(self) -> Hidden:
        """As bytes: a text of it that is found in memory is then the kiosk's."""
        return {name: tuple(text.encode() for text in texts) for name, texts in asdict(self).items()}


NOTHING = Known((), (), (), (), ())


@dataclass(frozen=True, slots=True)
class Job:
    """One run. `deeds` are done again as they were; where there are none `steps` new ones are drawn."""

    config: str
    hub: str
    """Its address."""
    known: Known
    seed: int
    steps: int
    planted: str = ""
    """The name of what is broken on purpose."""
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
    """What was done in one visit: places of cards and of labels, and names of actions that were pressed."""

    cards: set[int] = field(default_factory=set)
    labels: list[int] = field(default_factory=list)
    """Once for each time."""
    pressed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Outcome:
    wrong: str = ""
    """What is not as it must be, in a sentence; empty where all is well."""
    deeds: list[Deed] = field(default_factory=list)
    asked: dict[int, Asked] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    """The visit in which each transaction stood on the glass."""
    seen: set[str] = field(default_factory=set)
    """The views, by the names of `VIEWS`."""
    peaces: int = 0
    longest: float = 0.0
    """Seconds of peace after which it was at home."""
    searches: int = 0
    rows: int = 0
    """Transactions that the kiosk handed over."""
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
