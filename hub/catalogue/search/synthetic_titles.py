"""Generate titles for measurements from a seed: Chinese ones of 2 to 12 characters, and English ones.

Characters and words follow Zipf's law, so that some pairs occur in thousands of titles.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

COMMON = (
    "的中国学人文史大小法生美世书新一不经济论理日本与现代化研究社会心花水山海风月天地家女子王红黑白金木石"
    "东西南北春夏秋冬年时间故事童话诗词歌曲戏剧小说传记历程教育科技术工程设计计算机网络数据管"
)
WORDS = 4000
SHARE = 0.75
"""Share of Chinese titles."""


class Generator:
    """Generates the same titles for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        rare = [chr(number) for number in range(0x4E00, 0x4E00 + 3500)]
        self._random.shuffle(rare)
        signs = list(dict.fromkeys([*COMMON, *rare]))
        self._signs = (signs, list(accumulate(1 / (rank + 8) for rank in range(len(signs)))))
        words = sorted({self._word() for _ in range(WORDS)})
        self._random.shuffle(words)
        self._words = (words, list(accumulate(1 / (rank + 8) for rank in range(len(words)))))

    def titles(self, count: int) -> Iterator[tuple[str, str]]:
        """Yield title and author."""
        for _number in range(count):
            chinese = self._random.random() < SHARE
            yield (self._chinese(), self._signs_of(self._random.randint(2, 3))) if chinese else self._english()

    def _chinese(self) -> str:
        name = self._signs_of(min(12, max(2, round(self._random.lognormvariate(1.6, 0.5)))))
        more = self._random.random()
        if more < 0.15:
            return f"{name}：{self._signs_of(self._random.randint(2, 8))}"
        return f"{name} {self._random.randint(1, 9)}" if more < 0.2 else name

    def _english(self) -> tuple[str, str]:
        words = self._random.choices(self._words[0], cum_weights=self._words[1], k=self._random.randint(1, 7))
        return " ".join(words).capitalize(), f"{self._word().capitalize()}, {self._word().capitalize()}"

    def _signs_of(self, length: int) -> str:
        return "".join(self._random.choices(self._signs[0], cum_weights=self._signs[1], k=length))

    def _word(self) -> str:
        syllables = self._random.randint(1, 4)
        return "".join(
            self._random.choice("bcdfghklmnprstvw") + self._random.choice("aeiou") + self._random.choice(("", "n", "r"))
            for _ in range(syllables)
        )
