"""Look up a visit's patrons and items in the demo library's list, and collect a script's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kiosk.visit_player.script import Lay, Press, Scan, Tap, Type, Verb


@dataclass(frozen=True, slots=True)
class VisitPatron:
    """A patron of the demo library."""

    case: str
    """What is special about the patron, such as `at_limit`."""
    identifier: str
    card: str
    """UID of the patron's card."""
    name: str


@dataclass(frozen=True, slots=True)
class LibraryItem:
    """An item of the demo library."""

    case: str
    barcode: str
    title: str


@dataclass(frozen=True, slots=True)
class VisitLibrary:
    """Invented patrons and real titles of a demo library, for the narration; empty for a library's own set-up."""

    patrons: tuple[VisitPatron, ...] = ()
    items: tuple[LibraryItem, ...] = ()

    @classmethod
    def from_listing(cls, listed: Mapping[str, Any]) -> Self:
        """Read the output of `kiosk-hub demo --json`."""
        return cls(
            tuple(
                VisitPatron(each["case"], each["identifier"], each["card"], each["name"]) for each in listed["patrons"]
            ),
            tuple(LibraryItem(each["case"], each["barcode"], each["title"]) for each in listed["items"]),
        )

    def owner_name(self, number: str) -> str:
        """Return the name of a card's owner, or "" if it has none."""
        return next((each.name for each in self.patrons if number in (each.card, each.identifier)), "")

    def title_of(self, barcode: str) -> str:
        return next((each.title for each in self.items if each.barcode == barcode), "")


@dataclass(slots=True)
class ScriptNumbers:
    """Numbers in a script. Whether one is a card's, an item's or neither is known to the library only."""

    cards: dict[str, None] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)

    @classmethod
    def from_verbs(cls, verbs: Iterable[Verb]) -> Self:
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

    def patrons(self, library: VisitLibrary) -> list[str]:
        """Return the identifiers of the library's patrons that are mentioned."""
        known = self.cards | self.labels
        return [each.identifier for each in library.patrons if each.card in known or each.identifier in known]

    def items(self, library: VisitLibrary) -> list[str]:
        return [each.barcode for each in library.items if each.barcode in self.labels]
