"""Look up Chinese words by pinyin in a sorted, memory-mapped file.

`pinyin.tsv` is sorted bytewise. Each line is a key and the words of that key with their weights, the heaviest first:
`woxiang<TAB>我想 15660`. The key is the pinyin without tones and syllable boundaries (ü is v), or an apostrophe and the
initials of a word's syllables. `scripts/pinyin` generates the file.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

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
