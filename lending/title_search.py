"""Rank the titles that match a query; identical at hub and kiosk, on any index with an `Engine`.

The tokens of an index are those of `lending.search_tokens`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lending import search_tokens
from lending.search_tokens import INITIALS, LONGEST, WHOLE, Phrase

MOST = 500
"""Maximum titles returned for one query."""
CLOSE = 20
LETTERS = re.compile(r"[a-z0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class Query:
    """A folded query and its phrases, all of which must match."""

    plain: str
    asked: tuple[Phrase, ...]

    @property
    def asks(self) -> bool:
        """Whether the query is specific enough: a word of two letters, or two characters or more."""
        return any(phrase.tokens != phrase.tokens[:1] or len(phrase.tokens[0]) > 1 for phrase in self.asked)


@dataclass(frozen=True, slots=True)
class Matches:
    """Ids of titles, best first. `close`: no title matches the whole query, these match most of it."""

    titles: tuple[int, ...]
    close: bool = False

    @property
    def has_no_match(self) -> bool:
        """Whether no title matches the whole query."""
        return self.close or not self.titles


class Engine(Protocol):
    """An index, and its query syntax."""

    def phrase(self, phrase: Phrase) -> str:
        """Build a query for titles with the phrase."""
        ...

    def all_of(self, phrases: Sequence[Phrase]) -> str:
        """Build a query for titles with all phrases."""
        ...

    def adjacent(self, before: Phrase, after: Phrase) -> str:
        """Build a query for titles with exactly one character between the two phrases."""
        ...

    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        """Return the newest titles that match a query, with ids of at least `since`; `most` None means no limit."""
        ...

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        """Return titles with any of the phrases, those with the most and the rarest first."""
        ...


class Fts5:
    """Query syntax of SQLite FTS5. Tokens are letters and digits only, so they need no escaping."""

    def phrase(self, phrase: Phrase) -> str:
        """Return an FTS5 phrase; `*` matches the beginning of its last token."""
        return f'"{" ".join(phrase.tokens)}"{"*" if phrase.open else ""}'

    def all_of(self, phrases: Sequence[Phrase]) -> str:
        """Return an FTS5 expression that needs all phrases."""
        return " AND ".join(map(self.phrase, phrases))

    def any_of(self, phrases: Sequence[Phrase]) -> str:
        """Return an FTS5 expression that needs one of the phrases."""
        return " OR ".join(map(self.phrase, phrases))

    def adjacent(self, before: Phrase, after: Phrase) -> str:
        """Return an FTS5 expression that needs both phrases close together."""
        return f"NEAR({self.phrase(before)} {self.phrase(after)}, {tokens_between(before)})"


def query(plain: str, isbn: str = "") -> Query:
    """Build the query of a folded text; `isbn` is set if the text is an ISBN or the start of one."""
    return Query(plain, (Phrase((isbn,), len(isbn) < 13),) if isbn else tuple(search_tokens.query_phrases(plain)))


def find(at: Engine, wanted: Query, most: int = MOST) -> Matches:
    """Find titles that match the whole query: exact titles first, then titles that start with it, then the newest."""
    if not wanted.asked:
        return Matches(())
    titles: dict[int, None] = {}
    for each in _steps(at, wanted):
        titles |= dict.fromkeys(at.titles(each, most))
        if len(titles) >= most:
            break
    if titles:
        return Matches(tuple(titles)[:most])
    return Matches(_close(at, wanted), close=True)


def initials(at: Engine, plain: str) -> list[str]:
    """Return the query for titles with these pinyin initials; empty if the text cannot be initials."""
    return [at.phrase(Phrase((INITIALS + plain,), False))] if LETTERS.fullmatch(plain) else []


def tokens_between(before: Phrase) -> int:
    """Return the NEAR distance: a bigram extends one character past its position, an open single one does not."""
    return 1 if before.open else 2


def _steps(at: Engine, wanted: Query) -> Iterator[str]:
    name = search_tokens.title_token(wanted.plain)
    yield at.phrase(Phrase((name,), False))
    yield from initials(at, wanted.plain)
    if len(name) > len(WHOLE) + 1 and len(name) < LONGEST + len(WHOLE):
        yield at.phrase(Phrase((name,), True))
    yield at.all_of(wanted.asked)
    if LETTERS.fullmatch(wanted.plain):
        yield at.phrase(Phrase((INITIALS + wanted.plain,), True))


def _close(at: Engine, wanted: Query) -> tuple[int, ...]:
    """Find near matches: titles with all but one character, then those sharing the most and rarest tokens."""
    titles: dict[int, None] = {}
    for before, after in search_tokens.one_wrong(wanted.plain):
        titles |= dict.fromkeys(at.titles(at.adjacent(before, after), CLOSE))
    titles |= dict.fromkeys(at.nearest(_separate_tokens(wanted.asked), CLOSE))
    return tuple(titles)[:CLOSE]


def _separate_tokens(asked: Sequence[Phrase]) -> list[Phrase]:
    """Split phrases into single tokens; a long word is cut to its first half, as its end may be mistyped."""
    found: dict[Phrase, None] = {}
    for each in (token for phrase in asked for token in phrase.tokens):
        cut = len(each) > 4 and not search_tokens.is_cjk(each)
        found[Phrase((each[: (len(each) + 1) // 2],), True) if cut else Phrase((each,), False)] = None
    return list(found)
