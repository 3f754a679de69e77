"""Which titles answer what was typed, and in which order, the same at hub and kiosk; asks any index, knows no title.

The tokens of an index are those of lending.search_tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lending import search_tokens
from lending.search_tokens import INITIALS, LONGEST, WHOLE, Phrase

MOST = 500
"""Titles that are told of one query: whoever has more adds a word."""
CLOSE = 20
LETTERS = re.compile(r"[a-z0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed as it is compared, and what it asks for: phrases, all of which must be there."""

    plain: str
    asked: tuple[Phrase, ...]

    @property
    def asks(self) -> bool:
        """Whether it asks for something: a word of two letters, two characters or more."""
        return any(phrase.tokens != phrase.tokens[:1] or len(phrase.tokens[0]) > 1 for phrase in self.asked)


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of titles, the best first. `close`: no title has all of the query, these have most of it."""

    titles: tuple[int, ...]
    close: bool = False

    @property
    def missed(self) -> bool:
        """Whether the library has nothing that was asked for."""
        return self.close or not self.titles


class Engine(Protocol):
    """An index, and how it is asked."""

    def phrase(self, phrase: Phrase) -> str:
        """A query for titles with the phrase."""
        ...

    def all_of(self, phrases: Sequence[Phrase]) -> str:
        """A query for titles with every one of them."""
        ...

    def around(self, before: Phrase, after: Phrase) -> str:
        """A query for titles in which one character stands between the two."""
        ...

    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        """The newest titles that answer the query, none with a key below `since`."""
        ...

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        """Titles with any of them: those that have the most and the rarest of them first."""
        ...


class Fts5:
    """How SQLite's FTS5 is asked. Tokens are letters and digits alone, so that nothing in them means anything to it."""

    def phrase(self, phrase: Phrase) -> str:
        return f'"{" ".join(phrase.tokens)}"{"*" if phrase.open else ""}'

    def all_of(self, phrases: Sequence[Phrase]) -> str:
        return " AND ".join(map(self.phrase, phrases))

    def any_of(self, phrases: Sequence[Phrase]) -> str:
        return " OR ".join(map(self.phrase, phrases))

    def around(self, before: Phrase, after: Phrase) -> str:
        return f"NEAR({self.phrase(before)} {self.phrase(after)}, {tokens_between(before)})"


def query(plain: str, isbn: str = "") -> Query:
    """Reads a folded text; `isbn` where it is one, or where it begins like one."""
    return Query(plain, (Phrase((isbn,), len(isbn) < 13),) if isbn else tuple(search_tokens.asked(plain)))


def find(at: Engine, wanted: Query, most: int = MOST) -> Found:
    """Titles with all that was typed: first those whose title is that, those that begin so, then the newest."""
    if not wanted.asked:
        return Found(())
    titles: dict[int, None] = {}
    for each in _steps(at, wanted):
        titles |= dict.fromkeys(at.titles(each, most))
        if len(titles) >= most:
            break
    if titles:
        return Found(tuple(titles)[:most])
    return Found(_close(at, wanted), close=True)


def initials(at: Engine, plain: str) -> list[str]:
    """The query for titles whose pinyin has these initials, where it can be some."""
    return [at.phrase(Phrase((INITIALS + plain,), False))] if LETTERS.fullmatch(plain) else []


def tokens_between(before: Phrase) -> int:
    """A pair reaches one character further than its place; a character that stands for a pair's beginning does not."""
    return 1 if before.open else 2


def _steps(at: Engine, wanted: Query) -> Iterator[str]:
    name = search_tokens.whole(wanted.plain)
    yield at.phrase(Phrase((name,), False))
    yield from initials(at, wanted.plain)
    if len(name) > len(WHOLE) + 1 and len(name) < LONGEST + len(WHOLE):
        yield at.phrase(Phrase((name,), True))
    yield at.all_of(wanted.asked)
    if LETTERS.fullmatch(wanted.plain):
        yield at.phrase(Phrase((INITIALS + wanted.plain,), True))


def _close(at: Engine, wanted: Query) -> tuple[int, ...]:
    """Titles with all but one character first, then those that share the most and the rarest with the query."""
    titles: dict[int, None] = {}
    for before, after in search_tokens.one_wrong(wanted.plain):
        titles |= dict.fromkeys(at.titles(at.around(before, after), CLOSE))
    titles |= dict.fromkeys(at.nearest(_apart(wanted.asked), CLOSE))
    return tuple(titles)[:CLOSE]


def _apart(asked: Sequence[Phrase]) -> list[Phrase]:
    """Each token by itself; the first half of a long word, whose end may be what was typed wrongly."""
    found: dict[Phrase, None] = {}
    for each in (token for phrase in asked for token in phrase.tokens):
        cut = len(each) > 4 and not search_tokens.is_cjk(each)
        found[Phrase((each[: (len(each) + 1) // 2],), True) if cut else Phrase((each,), False)] = None
    return list(found)
