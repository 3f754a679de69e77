"""Normalise text for search: simplified Chinese, and pinyin initials."""

from collections.abc import Mapping
from functools import cache
from itertools import islice, product

from lending import title_search

HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x2A6E0))
MOST_INITIALS = 12


@cache
def simplified_characters() -> Mapping[int, str]:
    """Return the simplified character for each traditional one, independent of its context.

    Query and title then always agree. A converter of whole sentences may write one character in two ways.
    """
    from opencc import OpenCC

    signs = [chr(number) for block in HAN for number in block]
    converted = OpenCC("t2s").convert("\n".join(signs)).split("\n")
    pairs = zip(signs, converted, strict=True)
    return {ord(sign): simple for sign, simple in pairs if sign != simple and len(simple) == 1}


def plain(text: str) -> str:
    """Return the text as it is compared."""
    return title_search.fold(text, simplified_characters())


def initials(folded: str, most: int = 1) -> list[str]:
    """Return the pinyin initials as they are typed: 红楼梦 is hlm.

    Without Chinese characters there are none. The most common reading comes first; `most` permits further ones of
    characters with several readings.
    """
    from pypinyin import Style, lazy_pinyin

    letters: list[tuple[str, ...]] = []
    for run in title_search.runs(folded):
        if title_search.is_cjk(run):
            # errors=list keeps characters without pinyin, one by one; the stub of pypinyin lacks lists.
            usual = lazy_pinyin(run, style=Style.FIRST_LETTER, errors=list)  # type: ignore[arg-type]
            letters += [_letters(sign, reading) for sign, reading in zip(run, usual, strict=True)]
        elif run[0].isascii():
            letters.append((run[0],))
    if not title_search.IS_CJK.search(folded):
        return []
    ways = product(*filter(None, letters[:MOST_INITIALS]))
    return [found for way in islice(ways, most) if (found := "".join(way))]


def _letters(sign: str, usual: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((usual, *_pinyin_initials(sign)))) if usual.isascii() and usual.isalpha() else ()


@cache
def _pinyin_initials(sign: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    (readings,) = pinyin(sign, style=Style.FIRST_LETTER, heteronym=True)
    return tuple(each for each in readings if each.isascii() and each.isalpha())
