"""Invent titles with their search tokens, reproducible by number; none is a real book.

Characters, letters and words follow Zipf's law, so some occur in thousands of titles.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random

from lending import search_tokens
from lending.isbn import with_check
from lending.wire import SnapshotTitle

SIGNS = (
    "的中国学人文史大小法生美世书新一不经济论理日本与现代化研究社"
    "会心花水山海风月天地家女子王红黑白金木石东西南北春夏秋冬年"
)
INITIALS = "dzgxrwsdxfsmssxybjjllrbyxdhyjshxhsshfytdjnzwhhbjmsdxnbcxqdn"
CHINESE = 0.75
"""Share of Chinese titles."""
WORDS = 4000


class InventedTitles:
    """Titles by number, each the same every time."""

    def __init__(self) -> None:
        chance = Random(1)
        self._words = [_word(chance) for _ in range(WORDS)]
        self._often = list(accumulate(1 / (rank + 8) for rank in range(WORDS)))
        self._signs_often = list(accumulate(1 / (rank + 8) for rank in range(len(SIGNS))))

    def title(self, number: int) -> SnapshotTitle:
        """Return title `number`, which begins with 1."""
        chance = Random(number)
        isbn = with_check(f"978{number:09}")
        if chance.random() < CHINESE:
            places = chance.choices(range(len(SIGNS)), cum_weights=self._signs_often, k=chance.randint(2, 9))
            name, letters = "".join(SIGNS[each] for each in places), "".join(INITIALS[each] for each in places)
            found = [
                search_tokens.title_token(name),
                search_tokens.INITIALS + letters[:12],
                *search_tokens.tokens(name),
            ]
        else:
            words = chance.choices(self._words, cum_weights=self._often, k=chance.randint(1, 6))
            name = " ".join(words).capitalize()
            found = [search_tokens.title_token(search_tokens.fold(name)), *words]
        author = chance.choice(self._words)
        found += [author, isbn]
        return SnapshotTitle(
            id=number,
            title=name,
            author=author.capitalize(),
            call_number=f"I247.5/{number % 9973}",
            subject="I",
            year=1980 + number % 45,
            words=" ".join(found),
        )


def _word(chance: Random) -> str:
    syllables = chance.randint(1, 4)
    return "".join(
        chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") + chance.choice(("", "n", "r"))
        for _ in range(syllables)
    )
