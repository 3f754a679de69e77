"""Record what one kiosk stated to its patrons, and the expected state of its items."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from kiosk.benchmarks.network_faults.library import Site

YES = ("accepted", "deferred")


@dataclass(frozen=True, slots=True)
class PatronStatement:
    """An errand and the outcome shown to the patron."""

    id: str
    verb: str
    item: str
    outcome: str

    @property
    def yes(self) -> bool:
        return self.outcome in YES


@dataclass(frozen=True, slots=True)
class Intent:
    """An errand that a patron wants to do."""

    verb: str
    card: str
    item: str


@dataclass
class Shelf:
    """`out` maps items on loan to the borrowing card; `handed` holds returns that staff have not checked."""

    site: Site
    statements: list[PatronStatement] = field(default_factory=list)
    out: dict[str, str] = field(default_factory=dict)
    handed: set[str] = field(default_factory=set)
    _renewed: set[str] = field(default_factory=set)

    def next(self, random: Random) -> Intent:
        """Choose an errand that is possible with a random item."""
        item = random.choice(list(self.site.books))
        if item not in self.out:
            card = self.site.blocked if random.random() < 0.15 else self.site.card
            return Intent("borrow", card, item)
        if self.out[item] == self.site.card and item not in self._renewed and random.random() < 0.3:
            return Intent("renew", self.site.card, item)
        return Intent(random.choice(("return", "hand in")), self.site.card, item)

    def hear(self, intent: Intent, id: str, outcome: str) -> None:
        statement = PatronStatement(id, intent.verb, intent.item, outcome)
        self.statements.append(statement)
        if not statement.yes:
            return
        match intent.verb:
            case "borrow":
                self.out[intent.item] = intent.card
                self.handed.discard(intent.item)
                self._renewed.discard(intent.item)
            case "renew":
                self._renewed.add(intent.item)
            case verb:
                self.out.pop(intent.item, None)
                if verb == "hand in":
                    self.handed.add(intent.item)
