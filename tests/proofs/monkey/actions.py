"""Draw the monkey's next action from a seed and the current screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from kiosk.events import Key
from kiosk.hardware.rig import OK, STATES
from kiosk.system.health import PartName
from kiosk.visit_player.proxy import Network


class What(StrEnum):
    TOUCH = "touch"
    """Facts: name, item and choice of an action, and its position."""
    SLIDE = "slide"
    """Touch one place and lift the finger at another."""
    SCAN = "scan"
    """Fact: the label's position in the list."""
    NONSENSE = "nonsense"
    """Fact: a code that is not a label of the library."""
    CARD = "card"
    """Fact: the card's position in the list."""
    LIFT = "lift"
    KEY = "key"
    DROP = "drop"
    PART = "part"
    DISK = "disk"
    """Facts: whether the disk under the journal is full, and seconds that pass so that the kiosk can notice it."""
    NETWORK = "network"
    PASS = "pass"
    """Fact: seconds that pass."""
    DAWDLE = "dawdle"
    """Wait until the kiosk asks whether the patron is still there."""
    PEACE = "peace"
    """Wait until the kiosk must show its first screen."""


Fact = Any
"""A name, a number, or None."""
SHARES = {
    What.TOUCH: 44.0,
    What.SLIDE: 9.0,
    What.SCAN: 15.0,
    What.NONSENSE: 2.5,
    What.CARD: 11.0,
    What.LIFT: 4.0,
    What.KEY: 9.0,
    What.DROP: 1.5,
    What.PART: 1.5,
    What.DISK: 0.8,
    What.NETWORK: 1.0,
    What.PASS: 1.0,
    What.DAWDLE: 2.0,
    What.PEACE: 1.2,
}
NONSENSE = ("", "0", "30009", "9780306406157", "https://example.org/?q=1", "{n} {title}", "\u1820\u202e!", "7" * 400)
TYPES, PROVES, SIGNS_IN = 0.3, 0.8, 0.05
"""Share of times that a keypad gets a patron's number, a PIN and a technician's code."""
CURIOUS = 0.3
"""Share of actions that touch what was touched least, so that the monkey reaches views behind others."""
HEALED = 0.7
"""Share of times that handling a part or the network repairs it."""
FULL, ROOM = "full", "room"
LOOKED_AT = 61.0
"""Seconds after which the kiosk has checked its disk."""
EMPTIED = 0.08
"""Share of times that a full disk is emptied at once."""
MOST_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Deed:
    """One action, which can be recorded and repeated."""

    what: What
    facts: tuple[Fact, ...] = ()

    def __str__(self) -> str:
        facts = (f"{each:.0f}" if isinstance(each, float) else str(each) for each in self.facts)
        return " ".join((self.what.value, *facts))


@dataclass(frozen=True, slots=True)
class Spot:
    """An action that a finger can reach."""

    name: str
    item: str | None
    choice: str | None
    x: float
    y: float

    @property
    def deed(self) -> Deed:
        return Deed(What.TOUCH, (self.name, self.item, self.choice, self.x, self.y))


class Whims:
    """Draws one action after the other."""

    def __init__(self, seed: int, cards: int, labels: int, size: tuple[int, int]) -> None:
        self._random = Random(seed)
        self._touched = Counter[str]()
        self._full = False
        self._cards = cards
        self._labels = labels
        self._size = size

    def next(self, spots: Sequence[Spot]) -> Deed:
        """Draw the next action; `spots` are the touch targets."""
        if spots and self._random.random() < CURIOUS:
            return self._touch(min(spots, key=lambda each: self._touched[each.name]))
        if self._full and self._random.random() < EMPTIED:
            return Deed(What.DISK, self._facts(What.DISK))
        what = self._random.choices(list(SHARES), list(SHARES.values()))[0]
        if what is What.TOUCH and spots:
            return self._touch(self._random.choice(spots))
        return Deed(what, self._facts(what)) if what is not What.TOUCH else Deed(What.LIFT)

    def _touch(self, spot: Spot) -> Deed:
        self._touched[spot.name] += 1
        return spot.deed

    def types(self, numbers: Sequence[str], often: float = TYPES) -> str:
        """Draw one of these numbers to enter digit by digit, or an empty text."""
        return self._random.choice(numbers) if numbers and self._random.random() < often else ""

    def _facts(self, what: What) -> tuple[Fact, ...]:
        draw, (width, height) = self._random, self._size
        match what:
            case What.SLIDE:
                x, y = draw.uniform(0, width), draw.uniform(0, height)
                still = draw.random() < 0.5
                return (x, y, *((x, y) if still else (draw.uniform(0, width), draw.uniform(0, height))))
            case What.SCAN:
                return (draw.randrange(self._labels),)
            case What.NONSENSE:
                return (draw.choice(NONSENSE),)
            case What.CARD:
                return (draw.randrange(self._cards),)
            case What.KEY:
                return (draw.choice(list(Key)).value,)
            case What.PART:
                part = draw.choice(list(STATES))
                return (part.value, OK if draw.random() < HEALED else draw.choice(STATES[PartName(part)]))
            case What.DISK:
                self._full = not self._full
                return (FULL, draw.choice((0.0, LOOKED_AT))) if self._full else (ROOM, LOOKED_AT)
            case What.NETWORK:
                return ((Network.UP if draw.random() < HEALED else Network.DOWN).value,)
            case What.PASS:
                return (round(draw.uniform(1, MOST_SECONDS), 1),)
            case _:
                return ()
