"""Find the Chinese characters that pinyin letters can stand for: sentence, words, single characters.

A sentence is the most likely sequence of words that the letters spell (unigram model: each word counts by its
frequency). Choices are not stored, because the next patron must not see candidates learned from the previous one.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from kiosk.views.text_entry import PinyinCandidate

MOST = 48
"""Maximum number of candidates."""
LONGEST = 40
"""Maximum number of letters converted as one sentence."""
COMPLETED = 5
"""Maximum number of words offered as completions of the typed beginning."""
ALL = 18.4
"""Natural logarithm of the sum of all word weights."""
SHORTENED = 4.1
"""Natural logarithm of the penalty for a word of which only the initials or the beginning were typed."""
INITIALS = "'"
"""Prefix of the table keys that hold a word's initials."""


class Characters:
    """Candidate search in a word table; stateless."""

    def __init__(self, table: Table | None = None) -> None:
        self._table = table or Table()

    def spelt(self, letters: str) -> tuple[PinyinCandidate, ...]:
        """Return the candidates without duplicates, the most likely first."""
        letters = letters[:LONGEST]
        found: dict[str, PinyinCandidate] = {}
        for each in self._candidates(letters):
            found.setdefault(each.words, each)
            if len(found) == MOST:
                break
        return tuple(found.values())

    def _candidates(self, letters: str) -> Iterator[PinyinCandidate]:
        table, whole = self._table, len(letters)
        words = [*table.exact(letters), *table.exact(INITIALS + letters)]
        if not words and (sentence := self._sentence(letters)):
            yield PinyinCandidate(sentence, whole)
        yield from (PinyinCandidate(word, whole) for word, _weight in words)
        yield from (PinyinCandidate(word, whole) for word, _weight in self._longer(letters)[:COMPLETED])
        for many in range(whole - 1, 0, -1):
            yield from (PinyinCandidate(word, many) for word, _weight in table.exact(letters[:many]))

    def _sentence(self, letters: str) -> str:
        """Return the most likely sequence of words, or "" if the letters spell none."""
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
        """Yield end index, word and log probability of each word that begins at `start`."""
        for end in range(start + 1, len(letters) + 1):
            part = letters[start:end]
            if not self._table.begins(part):
                return
            last = end == len(letters)
            for word, likely in self._likeliest(part, last):
                yield end, word, likely

    def _likeliest(self, part: str, last: bool) -> tuple[tuple[str, float], ...]:
        """Return the most likely word for these letters, in full or by its initials.

        At the end of the input a word is also found by its beginning.
        """
        found = [(word, math.log(weight) - ALL) for word, weight in self._table.exact(part)[:1]]
        short = self._table.exact(INITIALS + part)[:1]
        if last and not found:
            short += self._longer(part)[:1]
        return (*found, *((word, math.log(weight) - ALL - SHORTENED) for word, weight in short))

    def _longer(self, part: str) -> list[Word]:
        """Return words that begin with these letters, the most frequent first.

        A single letter returns none, because too many words match.
        """
        return sorted(self._table.beginning(part), key=lambda each: -each[1]) if len(part) > 1 else []


FILE = Path(__file__).resolve().parent / "pinyin.tsv"
Word = tuple[str, int]
"""Word and weight; the weight is its frequency in a large text corpus."""


class Table:
    """Read-only word table, mapped on first use."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file

    def exact(self, key: str) -> list[Word]:
        """Return the words with this key, the most frequent first."""
        wanted = key.encode()
        for found, line in self._lines_from(wanted):
            return _words(line) if found == wanted else []
        return []

    def beginning(self, key: str) -> Iterator[Word]:
        """Yield the most frequent word of each longer key that begins with `key`."""
        wanted = key.encode()
        for found, line in self._lines_from(wanted):
            if not found.startswith(wanted):
                return
            if found != wanted:
                yield _words(line)[0]

    def begins(self, key: str) -> bool:
        """Return True if any key begins with `key`."""
        wanted = key.encode()
        return any(found.startswith(wanted) for found, _line in self._first(wanted))

    @cached_property
    def _bytes(self) -> mmap.mmap:
        """Map the file; the kernel can drop its pages when memory is short."""
        with self._file.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def _first(self, wanted: bytes) -> Iterator[tuple[bytes, bytes]]:
        for each in self._lines_from(wanted):
            yield each
            return

    def _lines_from(self, wanted: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and words of each line, from the first key that is not less than `wanted` (binary search)."""
        data = self._bytes
        low, high = 0, len(data)
        while low < high:
            start = data.rfind(b"\n", 0, (low + high) // 2) + 1
            if _key(data, start) < wanted:
                low = data.find(b"\n", start) + 1
            else:
                high = start
        while low < len(data):
            end = data.find(b"\n", low)
            key, _tab, words = data[low:end].partition(b"\t")
            yield key, words
            low = end + 1


def _key(data: mmap.mmap, start: int) -> bytes:
    return data[start : data.find(b"\t", start)]


def _words(line: bytes) -> list[Word]:
    found = (each.rpartition(" ") for each in line.decode().split("\t"))
    return [(word, int(weight)) for word, _blank, weight in found]
