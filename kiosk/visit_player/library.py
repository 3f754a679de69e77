"""Who and what a visit is about: the demo library's list, and the numbers a script names; asks no central."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kiosk.visit_player.steps import Lay, Press, Scan, Tap, Type, Verb


@dataclass(frozen=True, slots=True)
class Patron:
    case: str
    """What is special about her, such as `at_limit`."""
    identifier: str
    card: str
    """The UID of her card."""
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    case: str
    barcode: str
    title: str


@dataclass(frozen=True, slots=True)
class Library:
    """What the story may call by name: invented patrons and real books of a demo library; empty at a real one."""

    patrons: tuple[Patron, ...] = ()
    items: tuple[Item, ...] = ()

    @classmethod
    def of(cls, listed: Mapping[str, Any]) -> Self:
        """Reads what `kiosk-hub demo --json` prints."""
        return cls(
            tuple(Patron(each["case"], each["identifier"], each["card"], each["name"]) for each in listed["patrons"]),
            tuple(Item(each["case"], each["barcode"], each["title"]) for each in listed["items"]),
        )

    def who(self, number: str) -> str:
        """The name of a card's owner; empty when it is nobody's."""
        return next((each.name for each in self.patrons if number in (each.card, each.identifier)), "")

    def what(self, barcode: str) -> str:
        return next((each.title for each in self.items if each.barcode == barcode), "")


@dataclass(slots=True)
class Mentioned:
    """The numbers that stand in a script. A number is a card's, an item's or neither: only the library knows."""

    cards: dict[str, None] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)

    @classmethod
    def by(cls, verbs: Iterable[Verb]) -> Self:
        found = cls()
        typed = ""
        for verb in verbs:
            typed = typed + verb.keys if isinstance(verb, Type) else ""
            match verb:
                case Tap(uid) | Lay(uid):
                    found.cards[uid] = None
                case Scan(barcode):
                    found.labels[barcode.strip()] = None
                case Press(item=str(item)):
                    found.labels[item] = None
                case Type():
                    found.labels[typed] = None
                case _:
                    pass
        return found

    def patrons(self, library: Library) -> list[str]:
        """Identifiers of the library's patrons that are meant."""
        known = self.cards | self.labels
        return [each.identifier for each in library.patrons if each.card in known or each.identifier in known]

    def items(self, library: Library) -> list[str]:
        return [each.barcode for each in library.items if each.barcode in self.labels]
