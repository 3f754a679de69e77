"""Finds titles by what was typed: the best first, and where nothing has all of it, what comes close; counts nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from kiosk.domain import search
from kiosk.domain.search import INITIALS, LONGEST, WHOLE, Phrase
from kiosk.hub.catalogue.search import words
from kiosk.hub.catalogue.search.asking import Engine, engine

MOST = 500
"""Titles that are told of one query: whoever has more adds a word."""
CLOSE = 20
LETTERS = re.compile(r"[a-z0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of titles, the best first. `close`: no title has all of the query, these have most of it."""

    titles: tuple[int, ...]
    close: bool = False

    @property
    def missed(self) -> bool:
        """Whether the library has nothing that was asked for."""
        return self.close or not self.titles


def find(typed: str, most: int = MOST) -> Found:
    """Titles with all that was typed: first those whose title is that, those that begin so, then the newest."""
    plain, asked = _read(typed)
    if not asked:
        return Found(())
    at = engine(connection.vendor)
    titles: dict[int, None] = {}
    for query in _steps(at, plain, asked):
        titles |= dict.fromkeys(at.titles(query, most))
        if len(titles) >= most:
            break
    if titles:
        return Found(tuple(titles)[:most])
    return Found(_close(at, plain, asked), close=True)


def asks(typed: str) -> bool:
    """Whether it asks for something: a word of two letters, two characters or more."""
    return any(phrase.tokens != phrase.tokens[:1] or len(phrase.tokens[0]) > 1 for phrase in _read(typed)[1])


def matching(typed: str, since: int = 0) -> set[int]:
    """All titles with all that was typed, or whose initials it is, however many; those with a key below `since` not."""
    plain, asked = _read(typed)
    if not asked:
        return set()
    at = engine(connection.vendor)
    queries = [at.all_of(asked), *_initials(at, plain)]
    return {title for query in queries for title in at.titles(query, None, since)}


def every(typed: str) -> set[int]:
    """All titles with all that was typed, however many they are."""
    _plain, asked = _read(typed)
    at = engine(connection.vendor)
    return set(at.titles(at.all_of(asked), None)) if asked else set()


def _read(typed: str) -> tuple[str, list[Phrase]]:
    """The query as it is compared, and what it asks for: an ISBN, or phrases."""
    typed = unicodedata.normalize("NFKC", typed[:200])
    plain, number = words.plain(typed), words.isbn(typed) or words.beginning_of_isbn(typed)
    return plain, [Phrase((number,), len(number) < 13)] if number else search.asked(plain)


def _initials(at: Engine, plain: str) -> list[str]:
    return [at.phrase(Phrase((INITIALS + plain,), False))] if LETTERS.fullmatch(plain) else []


def _steps(at: Engine, plain: str, asked: list[Phrase]) -> Iterator[str]:
    name = search.whole(plain)
    yield at.phrase(Phrase((name,), False))
    yield from _initials(at, plain)
    if len(name) > len(WHOLE) + 1 and len(name) < LONGEST + len(WHOLE):
        yield at.phrase(Phrase((name,), True))
    yield at.all_of(asked)
    if LETTERS.fullmatch(plain):
        yield at.phrase(Phrase((INITIALS + plain,), True))


def _close(at: Engine, plain: str, asked: list[Phrase]) -> tuple[int, ...]:
    """Titles with all but one character first, then those that share the most and the rarest with the query."""
    titles: dict[int, None] = {}
    for before, after in search.one_wrong(plain):
        titles |= dict.fromkeys(at.titles(at.around(before, after), CLOSE))
    titles |= dict.fromkeys(at.nearest(_apart(asked), CLOSE))
    return tuple(titles)[:CLOSE]


def _apart(asked: list[Phrase]) -> list[Phrase]:
    """Each token by itself; the first half of a long word, whose end may be what was typed wrongly."""
    found: dict[Phrase, None] = {}
    for each in (token for phrase in asked for token in phrase.tokens):
        cut = len(each) > 4 and not search.is_cjk(each)
        found[Phrase((each[: (len(each) + 1) // 2],), True) if cut else Phrase((each,), False)] = None
    return list(found)
