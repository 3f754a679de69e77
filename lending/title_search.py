"""Search the catalogue's titles: tokens, and the rank of what matches; identical at hub and kiosk.

A run of Chinese, Japanese or Korean characters becomes overlapping bigrams, plus its last character alone. A word of
any other script is one token. Two or more characters are therefore found as a phrase at any position without a
dictionary, and no phrase crosses the end of a run. Any index with an `Engine` can be searched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

CJK = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
BETWEEN = re.compile(rf"(?<=[{CJK}])[\W_]+(?=[{CJK}])")
IS_CJK = re.compile(rf"[{CJK}]")
UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters with a stroke and ligatures, which Unicode does not decompose into letter and accent."""
WHOLE, INITIALS = "\u0298", "\u01c2"
"""Prefix of the token of a whole title, and of its pinyin initials; these letters are removed from all other text."""
MARKS = re.compile(f"[\u0300-\u036f\u02b9-\u02bf'’{WHOLE}{INITIALS}]")
"""Combining accents, and the apostrophes that romanisation writes within words."""
LONGEST = 16
"""Maximum characters in the token of a whole title."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Consecutive tokens; with `open` the last one is a prefix."""

    tokens: tuple[str, ...]
    open: bool


def fold(text: str, simplified: Mapping[int, str] = MappingProxyType({})) -> str:
    """Normalise a text for comparison: lower case, no accents, and characters mapped by `simplified`."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(UNDECOMPOSED))
    return unicodedata.normalize("NFC", MARKS.sub("", apart)).translate(simplified)


def runs(plain: str) -> list[str]:
    """Return the words and CJK runs of a folded text. Punctuation between two CJK characters does not separate them."""
    return RUN.findall(BETWEEN.sub("", plain))


def tokens(plain: str) -> list[str]:
    """Return the index tokens of a folded text, in order."""
    found: list[str] = []
    for run in runs(plain):
        found += _pairs(run) if is_cjk(run) else [run]
    return found


def query_phrases(plain: str) -> list[Phrase]:
    """Return the phrases of a folded query, one per word, all of which must match.

    The last word is a prefix if it has more than one letter, because the user may still be typing. A single CJK
    character is a prefix too.
    """
    words = [found for found in map(runs, plain.split()) if found]
    return [_phrase(word, last=word is words[-1]) for word in words]


def title_token(plain: str) -> str:
    """Return the token of a whole title; a prefix of it matches titles that start with the query."""
    return WHOLE + "".join(runs(plain))[:LONGEST]


def is_cjk(run: str) -> bool:
    """Return whether a run consists of Chinese, Japanese or Korean characters."""
    return IS_CJK.match(run) is not None


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def _phrase(word: list[str], last: bool) -> Phrase:
    *before, end = word
    found = [token for run in before for token in (_pairs(run) if is_cjk(run) else [run])]
    if is_cjk(end):
        return Phrase((*found, *(_pairs(end)[:-1] or [end])), len(end) == 1)
    return Phrase((*found, end), last and len((*found, end)) + len(end) > 2)


def one_wrong(plain: str) -> list[tuple[Phrase, Phrase]]:
    """Return the phrases before and after each inner character of a one-run query; any of them may be mistyped."""
    found = runs(plain)
    if len(found) != 1 or not is_cjk(found[0]) or not 3 <= len(found[0]) <= LONGEST:
        return []
    run = found[0]
    return [(_phrase([run[:at]], last=False), _phrase([run[at + 1 :]], last=False)) for at in range(1, len(run) - 1)]


MOST = 500
"""Maximum titles returned for one query."""
CLOSE = 20
LETTERS = re.compile(r"[a-z0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class Query:
    """A folded query and its phrases, all of which must match."""

    plain: str
    phrases: tuple[Phrase, ...]

    @property
    def asks(self) -> bool:
        """Whether the query is specific enough: a word of two letters, or two characters or more."""
        return any(phrase.tokens != phrase.tokens[:1] or len(phrase.tokens[0]) > 1 for phrase in self.phrases)


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
    return Query(plain, (Phrase((isbn,), len(isbn) < 13),) if isbn else tuple(query_phrases(plain)))


def find(at: Engine, wanted: Query, most: int = MOST) -> Matches:
    """Find titles that match the whole query: exact titles first, then titles that start with it, then the newest."""
    if not wanted.phrases:
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
    name = title_token(wanted.plain)
    yield at.phrase(Phrase((name,), False))
    yield from initials(at, wanted.plain)
    if len(name) > len(WHOLE) + 1 and len(name) < LONGEST + len(WHOLE):
        yield at.phrase(Phrase((name,), True))
    yield at.all_of(wanted.phrases)
    if LETTERS.fullmatch(wanted.plain):
        yield at.phrase(Phrase((INITIALS + wanted.plain,), True))


def _close(at: Engine, wanted: Query) -> tuple[int, ...]:
    """Find near matches: titles with all but one character, then those sharing the most and rarest tokens."""
    titles: dict[int, None] = {}
    for before, after in one_wrong(wanted.plain):
        titles |= dict.fromkeys(at.titles(at.adjacent(before, after), CLOSE))
    titles |= dict.fromkeys(at.nearest(_separate_tokens(wanted.phrases), CLOSE))
    return tuple(titles)[:CLOSE]


def _separate_tokens(asked: Sequence[Phrase]) -> list[Phrase]:
    """Split phrases into single tokens; a long word is cut to its first half, as its end may be mistyped."""
    found: dict[Phrase, None] = {}
    for each in (token for phrase in asked for token in phrase.tokens):
        cut = len(each) > 4 and not is_cjk(each)
        found[Phrase((each[: (len(each) + 1) // 2],), True) if cut else Phrase((each,), False)] = None
    return list(found)
