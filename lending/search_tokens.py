"""Cuts text into the tokens of catalogue search, the same at hub and kiosk; knows no database and no title.

A run of Chinese, Japanese or Korean characters becomes pairs, one from each character on, and at its end the last
character alone; a word of any other script is a token. So two characters or more are found as a phrase wherever they
stand, without a dictionary, and no phrase reaches over the end of a run.
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
"""Letters with a stroke and joined ones, which are no letter with an accent to Unicode."""
WHOLE, INITIALS = "\u0298", "\u01c2"
"""Letters that are taken out of every text: they begin the token of a whole title, and of its pinyin's initials."""
MARKS = re.compile(f"[\u0300-\u036f\u02b9-\u02bf'’{WHOLE}{INITIALS}]")
"""Accents on letters, and the apostrophes that romanisation writes within words."""
LONGEST = 16
"""Characters of a whole title that its token holds."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that stand one after the other; where it is `open` the last one is the beginning of a token."""

    tokens: tuple[str, ...]
    open: bool


def folded(text: str, simplified: Mapping[int, str] = MappingProxyType({})) -> str:
    """Writes it small, without accents and with `simplified` characters: as it is compared."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return unicodedata.normalize("NFC", MARKS.sub("", apart)).translate(simplified)


def runs(plain: str) -> list[str]:
    """The words and runs of a folded text. What stands between two characters does not part them."""
    return RUN.findall(BETWEEN.sub("", plain))


def tokens(plain: str) -> list[str]:
    """What a folded text is found by, in order."""
    found: list[str] = []
    for run in runs(plain):
        found += _pairs(run) if is_cjk(run) else [run]
    return found


def asked(plain: str) -> list[Phrase]:
    """What a folded query asks for: a phrase for each of its words, all of which must be there.

    The last word may be a beginning, for somebody is still typing it, when it is more than one letter; so
    may a single character be.
    """
    words = [found for found in map(runs, plain.split()) if found]
    return [_phrase(word, last=word is words[-1]) for word in words]


def whole(plain: str) -> str:
    """The token of a title as such: a title that begins with the query has one that begins with the query's."""
    return WHOLE + "".join(runs(plain))[:LONGEST]


def is_cjk(run: str) -> bool:
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
    """What stands before and after each character of a query that is one run, for any of them may be the wrong one."""
    found = runs(plain)
    if len(found) != 1 or not is_cjk(found[0]) or not 3 <= len(found[0]) <= LONGEST:
        return []
    run = found[0]
    return [(_phrase([run[:at]], last=False), _phrase([run[at + 1 :]], last=False)) for at in range(1, len(run) - 1)]
