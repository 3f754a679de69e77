"""Split text into the tokens of catalogue search; identical at hub and kiosk.

A run of Chinese, Japanese or Korean characters becomes overlapping bigrams, plus its last character alone. A word of
any other script is one token. Two or more characters are therefore found as a phrase at any position without a
dictionary, and no phrase crosses the end of a run.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CJK = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
BETWEEN = re.compile(rf"(?<=[{CJK}])[\W_]+(?=[{CJK}])")
IS_CJK = re.compile(rf"[{CJK}]")
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
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
    apart = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
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
