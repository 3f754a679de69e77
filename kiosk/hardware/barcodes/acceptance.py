"""Turn readings into facts, by the symbologies and number formats of the library.

A code is accepted once, after two frames agree and show one label only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from kiosk.config.models import Barcodes
from kiosk.config.models import Numbers as ConfiguredNumbers
from kiosk.hardware.barcodes.model import (
    AcceptedCode,
    BarcodeHunt,
    Code,
    Fact,
    NotThisCode,
    Quad,
    Reading,
    ShowOne,
    Sight,
    Symbology,
    TurnOver,
)
from lending.number_formats import NumberFormat, beside_digits
from lending.number_patterns import Number, NumberKind, Numbers, Shape

SHORTEST = 5
"""Minimum characters of a label: pictures without bars yield shorter texts."""
MOD43 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""Code 39's characters by value. Source: ISO/IEC 16388."""
ISBN_BARS = frozenset({Symbology.EAN13})


@dataclass(frozen=True, slots=True)
class Rules:
    """Barcodes that one library uses."""

    numbers: Numbers
    """Classification of a text as item, card or ISBN, shared with the desk."""
    bars: Mapping[NumberKind, frozenset[Symbology]]
    """Symbologies by kind; ISBNs always use EAN-13."""
    code39_check: bool = False
    """True if the last character of a Code 39 is a check character and not part of the number."""

    def hunt(self, wanted: frozenset[NumberKind], *, thorough: bool) -> BarcodeHunt:
        """Return what to search for.

        If only labels are wanted, ISBNs are searched as well, so that a wrong code can be reported.
        """
        sought = frozenset(bar for kind in wanted for bar in self._bars(kind))
        return BarcodeHunt(sought, ISBN_BARS - sought, thorough)

    def number(self, code: Code) -> Number | None:
        """Return the number in the code, or None if it is not one of this library."""
        text = code.text
        if code.symbology is Symbology.CODE39 and self.code39_check:
            if not is_mod43(text):
                return None
            text = text[:-1]
        number = self.numbers.kind(text)
        if number is None or number.text != text or len(text) < SHORTEST:
            return None
        return number if code.symbology in self._bars(number.kind) else None

    def _bars(self, kind: NumberKind) -> frozenset[Symbology]:
        return ISBN_BARS if kind is NumberKind.ISBN else self.bars.get(kind, frozenset())


def is_mod43(text: str) -> bool:
    """Return True if a text ends with its modulo 43 check character. Source: ISO/IEC 16388, annex A."""
    values = [MOD43.find(character) for character in text]
    return len(values) > 1 and min(values) >= 0 and sum(values[:-1]) % len(MOD43) == values[-1]


def rules_of(numbers: ConfiguredNumbers, barcodes: Barcodes) -> Rules:
    """Return the rules of `[numbers]` and `[barcodes]` of kiosk.toml."""

    def bars(name: Literal["item", "card"], kind: NumberFormat) -> frozenset[Symbology]:
        return frozenset(map(Symbology, barcodes.bars(name, kind)))

    item, card = numbers.item.kind, numbers.card.kind
    return Rules(
        desk_numbers(numbers),
        {NumberKind.ITEM: bars("item", item), NumberKind.CARD: bars("card", card)},
        barcodes.code39_check,
    )


def desk_numbers(numbers: ConfiguredNumbers) -> Numbers:
    """Return the desk's number formats, from `[numbers]` of kiosk.toml."""
    item, card = (Shape(re.compile(each.kind.pattern), each.kind.luhn) for each in (numbers.item, numbers.card))
    return Numbers(item, card, letters=beside_digits(numbers.item.kind, numbers.card.kind))


GONE = 1.0
"""Seconds without a code after which it counts as gone."""
ISBN_ALONE = 1.0
"""Seconds for which an ISBN without the label next to it is tolerated."""
UNREAD = 5.0
"""Seconds of unreadable stripes before the patron is asked to turn the item."""
LABELS = frozenset({NumberKind.ITEM, NumberKind.CARD})
STRIPED = 0.1
"""Share (`Reading.stripes`) below which no stripes are visible."""


class Judge(Protocol):
    """The methods of the library's Rules that are used."""

    def hunt(self, wanted: frozenset[NumberKind], *, thorough: bool) -> BarcodeHunt: ...

    def number(self, code: Code) -> Number | None: ...


@dataclass(frozen=True, slots=True)
class VisibleNumber:
    """A number of the library in the current frame."""

    number: Number
    corners: Quad


@dataclass(slots=True)
class Stay:
    """Track how long something has been in view; it may vanish for less than GONE."""

    since: float | None = None
    last: float = 0.0
    reported: bool = False

    def add_sighting(self, at: float) -> None:
        if self.since is None or at - self.last >= GONE:
            self.since, self.reported = at, False
        self.last = at

    def end(self) -> None:
        self.since, self.reported = None, False

    def due(self, at: float, after: float) -> bool:
        """Return True once per stay, when it has lasted `after` seconds."""
        lasted = self.since is not None and self.last == at and at - self.since >= after and not self.reported
        self.reported = self.reported or lasted
        return lasted


class Acceptance:
    """Follow frames in order. Time comes from the frames alone."""

    def __init__(self, rules: Judge) -> None:
        self._rules = rules
        self._wanted: frozenset[NumberKind] = frozenset()
        self._at = 0.0
        self._before: frozenset[str] = frozenset()
        """Texts of the labels in the previous frame."""
        self._done: dict[str, float] = {}
        """Time at which each accepted text was last seen."""
        self._isbns_by_label: dict[str, float] = {}
        """Time at which each ISBN next to a label was last seen; these are not reported as wrong codes."""
        self._isbn = Stay()
        self._crowd = Stay()
        self._dumb = Stay()

    def hunt(self, wanted: frozenset[NumberKind]) -> BarcodeHunt:
        """Return what to search the next frame for."""
        return self._rules.hunt(wanted, thorough=bool(self._before))

    def see(self, at: float, reading: Reading, wanted: frozenset[NumberKind]) -> Sight:
        """Evaluate one decoded frame; `at` must not decrease."""
        if wanted != self._wanted or at - self._at >= GONE:
            self._begin(wanted)
        self._at = at
        numbers = [
            VisibleNumber(number, code.corners) for code in reading.codes if (number := self._rules.number(code))
        ]
        isbns = [seen for seen in numbers if seen.number.kind is NumberKind.ISBN]
        labels = [seen for seen in numbers if seen.number.kind in wanted and seen not in isbns]
        if NumberKind.ISBN in wanted and not labels:
            labels, isbns = isbns, []
        for known in (self._done, self._isbns_by_label):
            _keep(known, at, numbers)
        facts = [*self._one_label(at, labels), *self._isbn_alone(at, labels, isbns), *self._unread(at, reading)]
        self._before = frozenset(seen.number.text for seen in labels)
        found = labels[0].corners if len(self._before) == 1 else None
        return Sight(tuple(facts), reading.stripes, found)

    def _begin(self, wanted: frozenset[NumberKind]) -> None:
        self._wanted = wanted
        self._before = frozenset()
        for stay in (self._isbn, self._crowd, self._dumb):
            stay.end()

    def _one_label(self, at: float, labels: Sequence[VisibleNumber]) -> list[Fact]:
        texts = {seen.number.text for seen in labels}
        if len(texts) > 1:
            self._crowd.add_sighting(at)
            # Two frames have to agree, as for every fact.
            return [ShowOne()] if len(self._before) > 1 and self._crowd.due(at, 0) else []
        if not texts or texts != self._before or texts <= self._done.keys():
            return []
        self._done.update(dict.fromkeys(texts, at))
        return [AcceptedCode(labels[0].number.kind, labels[0].number.text, labels[0].corners)]

    def _isbn_alone(self, at: float, labels: Sequence[VisibleNumber], isbns: Sequence[VisibleNumber]) -> list[Fact]:
        """Report an ISBN that is shown without a label, except that of an item just accepted."""
        if labels:
            self._isbns_by_label.update(dict.fromkeys((seen.number.text for seen in isbns), at))
        strangers = [seen for seen in isbns if seen.number.text not in self._isbns_by_label]
        if labels or self._done:
            self._isbn.end()
        elif strangers and not self._wanted.isdisjoint(LABELS):
            self._isbn.add_sighting(at)
        return [NotThisCode(strangers[0].corners)] if strangers and self._isbn.due(at, ISBN_ALONE) else []

    def _unread(self, at: float, reading: Reading) -> list[Fact]:
        if reading.codes:
            self._dumb.end()
        elif reading.stripes >= STRIPED:
            self._dumb.add_sighting(at)
        return [TurnOver()] if self._dumb.due(at, UNREAD) else []


def _keep(known: dict[str, float], at: float, numbers: Sequence[VisibleNumber]) -> None:
    """Drop texts that have been gone for GONE seconds, and refresh those seen again."""
    for text in [text for text, last in known.items() if at - last >= GONE]:
        del known[text]
    for seen in numbers:
        if seen.number.text in known:
            known[seen.number.text] = at
