"""What is offered for the letters typed so far: a sentence, then words, then characters; keeps and learns nothing.

A sentence is the likeliest row of words that the letters spell, each word as likely as it is frequent. What somebody
chooses is not remembered: the next patron's offers are those of everybody.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kiosk.pinyin.table import Table, Word
from kiosk.views.pinyin_candidate import PinyinCandidate

MOST = 48
"""So many are offered at once."""
LONGEST = 40
"""Letters that are taken for one sentence."""
COMPLETED = 5
"""So many words are offered of which only the beginning is spelt."""
ALL = 18.4
"""The logarithm of the weights of all words together."""
SHORTENED = 4.1
"""By the logarithm of so much a word is less likely where only its initials, or its beginning, are there."""
INITIALS = "'"
"""Stands before the key of a word's initials."""


class Characters:
    def __init__(self, table: Table | None = None) -> None:
        self._table = table or Table()

    def spelt(self, letters: str) -> tuple[PinyinCandidate, ...]:
        """The likeliest first, each but once."""
        letters = letters[:LONGEST]
        found: dict[str, PinyinCandidate] = {}
        for each in self._all(letters):
            found.setdefault(each.words, each)
            if len(found) == MOST:
                break
        return tuple(found.values())

    def _all(self, letters: str) -> Iterator[PinyinCandidate]:
        table, whole = self._table, len(letters)
        words = [*table.exact(letters), *table.exact(INITIALS + letters)]
        if not words and (sentence := self._sentence(letters)):
            yield PinyinCandidate(sentence, whole)
        yield from (PinyinCandidate(word, whole) for word, _weight in words)
        yield from (PinyinCandidate(word, whole) for word, _weight in self._longer(letters)[:COMPLETED])
        for many in range(whole - 1, 0, -1):
            yield from (PinyinCandidate(word, many) for word, _weight in table.exact(letters[:many]))

    def _sentence(self, letters: str) -> str:
        """The likeliest row of words, or nothing where the letters spell none."""
        whole = len(letters)
        best: list[tuple[float, str] | None] = [(0.0, ""), *[None] * whole]
        for start in range(whole):
            before = best[start]
            if before is None:
                continue
            for end, word, likely in self._words_at(letters, start):
                there = best[end]
                if there is None or before[0] + likely > there[0]:
                    best[end] = (before[0] + likely, before[1] + word)
        found = best[whole]
        return found[1] if found else ""

    def _words_at(self, letters: str, start: int) -> Iterator[tuple[int, str, float]]:
        """Where each word that begins here ends, and how likely it is."""
        for end in range(start + 1, len(letters) + 1):
            part = letters[start:end]
            if not self._table.begins(part):
                return
            last = end == len(letters)
            for word, likely in self._likeliest(part, last):
                yield end, word, likely

    def _likeliest(self, part: str, last: bool) -> tuple[tuple[str, float], ...]:
        """The likeliest word of these letters; by its initials or, where nothing follows, by its beginning."""
        found = [(word, math.log(weight) - ALL) for word, weight in self._table.exact(part)[:1]]
        short = self._table.exact(INITIALS + part)[:1]
        if last and not found:
            short += self._longer(part)[:1]
        return (*found, *((word, math.log(weight) - ALL - SHORTENED) for word, weight in short))

    def _longer(self, part: str) -> list[Word]:
        """Words of which this is the beginning; one letter is the initial of too many."""
        return sorted(self._table.beginning(part), key=lambda each: -each[1]) if len(part) > 1 else []
