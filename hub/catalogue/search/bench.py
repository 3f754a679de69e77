"""Measure search on generated titles: completeness, speed and size of the index.

It uses a new SQLite database in a temporary folder, or a named empty database.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

from hub.core.django_setup import CannotDo, bring_up_to_date, set_up

QUERIES = 200
FASTEST = {"sqlite": 2.0, "postgresql": 50.0}
"""Milliseconds within which 95 of 100 queries must be answered."""
CHINESE = re.compile(r"[\u4e00-\u9fff]{8,12}")
ENGLISH = re.compile(r"[a-z ]{12,}")
WRONG = "鬯"
"""Replaces a character of a query, like a typing error; no generated title contains it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A query, and the title that it was taken from."""

    typed: str
    title: int


Truth = Callable[[Case], set[int] | None]


@dataclass(frozen=True, slots=True)
class QueryFigure:
    """The result of a kind of query, with times in ms.

    `found` is the share of the expected titles found, `false` the number of unexpected ones.
    """

    name: str
    found: float
    false: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class SearchFigures:
    vendor: str
    titles: int
    built: float
    """Seconds."""
    size: float
    """Megabytes."""
    figures: tuple[QueryFigure, ...]


def run(titles: int, seed: int, database: str) -> int:
    """Print the figures; return 1 if a budget was exceeded."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
        os.environ |= {"KIOSK_HUB_STATE": name, "DATABASE_URL": database}
        set_up()
        from django.db import connection

        if database and connection.introspection.table_names():
            raise CannotDo("the database has tables: name an empty one, for the bench writes into it")
        bring_up_to_date()
        found = measure_search(titles, seed)
    print(
        f"{found.titles:,} generated titles on {found.vendor}: index built in {found.built:.0f} s, {found.size:.0f} MB"
    )
    print(f"{'query':<24}{'found':>8}{'false':>8}{'p50 ms':>9}{'p95 ms':>9}")
    for each in found.figures:
        print(f"{each.name:<24}{each.found:>8.3f}{each.false:>8}{each.p50:>9.2f}{each.p95:>9.2f}")
    missed = faults(found)
    for fault in missed:
        print(fault)
    return int(bool(missed))


def faults(found: SearchFigures) -> list[str]:
    """Describe the budgets that were exceeded."""
    most, texts = FASTEST[found.vendor], []
    for each in found.figures:
        if each.found < 1:
            texts.append(f"{each.name}: {each.found:.3f} found, 1.000 wanted")
        if each.false:
            texts.append(f"{each.name}: {each.false} titles found that do not have it")
        if each.p95 > most:
            texts.append(f"{each.name}: p95 {each.p95:.2f} ms, at most {most:.0f} wanted")
    return texts


def measure_search(count: int, seed: int) -> SearchFigures:
    """Fill the empty catalogue and run the queries."""
    from django.db import connection

    from hub.catalogue.models import Title
    from hub.catalogue.search import index

    rows = (Title(title=name, author=author) for name, author in TitleGenerator(seed).titles(count))
    Title.objects.bulk_create(rows, batch_size=2000)
    began = time.perf_counter()
    index.rebuild(lambda _count: None)
    built = time.perf_counter() - began
    return SearchFigures(
        connection.vendor, count, built, _size(connection.vendor), tuple(_query_figures(random.Random(seed)))
    )


def _size(vendor: str) -> float:
    from django.db import connection

    sql = {
        "sqlite": "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search%%'",
        "postgresql": "SELECT pg_total_relation_size('catalogue_searchentry')",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[vendor], ())
        return float(cursor.fetchone()[0]) / 1e6


def _query_figures(chance: random.Random) -> Iterable[QueryFigure]:
    from hub.catalogue.models import Title
    from hub.catalogue.search import index

    titles = list(Title.objects.values_list("pk", "title", "author"))
    chinese = [(pk, name) for pk, name, _author in titles if CHINESE.fullmatch(name)]
    english = [(pk, name.lower()) for pk, name, _author in titles if ENGLISH.fullmatch(name.lower())]
    truth = substrings(titles)
    for length, name in ((2, "two-character word"), (3, "any three characters"), (4, "any four characters")):
        yield measure_queries(name, list(cut(chance, chinese, length)), index.every, truth)
    yield measure_queries("two words", list(two_words(chance, chinese)), index.every, truth)
    yield measure_queries("one wrong of 4 to 8", list(wrong(chance, chinese)), _top, _itself)
    letters = [Case(index.initials(index.plain(name))[0], pk) for pk, name in _sample_titles(chance, chinese)]
    yield measure_queries("pinyin initials", letters, _top, _itself)
    yield measure_queries(
        "whole English title", [Case(name, pk) for pk, name in _sample_titles(chance, english)], _top, _itself
    )
    begun = [Case(_cut_last_word(chance, name), pk) for pk, name in _sample_titles(chance, english)]
    yield measure_queries("English, last word begun", begun, index.every, _anywhere)


def measure_queries(name: str, cases: list[Case], ask: Callable[[str], set[int]], truth: Truth) -> QueryFigure:
    """Run each case; if `truth` returns None, other titles than the case's own are no fault."""
    from hub.catalogue.search import index

    found, wanted, false, took = 0, 0, 0, []
    for case in cases:
        answer, true = ask(case.typed), truth(case)
        should = true if true is not None else {case.title}
        found, wanted = found + len(should & answer), wanted + len(should)
        false += len(answer - should) if true is not None else 0
        took.append(median(_time_query_ms(case.typed, index.find) for _again in range(3)))
    took.sort()
    return QueryFigure(name, found / wanted, false, median(took), took[int(0.95 * len(took))])


def _time_query_ms(typed: str, ask: Callable[[str], object]) -> float:
    began = time.perf_counter()
    ask(typed)
    return 1000 * (time.perf_counter() - began)


def _top(typed: str) -> set[int]:
    from hub.catalogue.search import index

    return set(index.find(typed).titles[:10])


def _itself(_case: Case) -> None:
    """Return None: only whether the title is among the first ten is checked."""


def _anywhere(_case: Case) -> None:
    """Return None: only whether the title is found is checked."""


def substrings(titles: Iterable[tuple[int, str, str]]) -> Callable[[Case], set[int]]:
    """Return a function that finds the true results without an index: titles that contain every word."""
    from hub.catalogue.search import index
    from lending import title_search

    texts = [
        (pk, f"{''.join(title_search.runs(index.plain(name)))} {index.plain(author)}") for pk, name, author in titles
    ]

    def true(case: Case) -> set[int]:
        parts = index.plain(case.typed).split()
        return {pk for pk, text in texts if all(part in text for part in parts)}

    return true


def _sample_titles(chance: random.Random, titles: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [chance.choice(titles) for _query in range(QUERIES)]


def cut(chance: random.Random, titles: list[tuple[int, str]], length: int) -> Iterable[Case]:
    for pk, name in _sample_titles(chance, titles):
        at = chance.randrange(len(name) - length + 1)
        yield Case(name[at : at + length], pk)


def two_words(chance: random.Random, titles: list[tuple[int, str]]) -> Iterable[Case]:
    for pk, name in _sample_titles(chance, titles):
        at = chance.randrange(2, len(name) - 3)
        yield Case(f"{name[at + 2 : at + 4]} {name[at - 2 : at]}", pk)


def wrong(chance: random.Random, titles: list[tuple[int, str]]) -> Iterable[Case]:
    """Yield parts of titles with one wrong character."""
    for case in (each for length in range(4, 9) for each in list(cut(chance, titles, length))[: QUERIES // 5]):
        at = chance.randrange(len(case.typed))
        yield Case(case.typed[:at] + WRONG + case.typed[at + 1 :], case.title)


def _cut_last_word(chance: random.Random, name: str) -> str:
    *before, last = name.split()
    return " ".join((*before[-1:], last[: chance.randint(2, max(2, len(last)))]))


COMMON = (
    "的中国学人文史大小法生美世书新一不经济论理日本与现代化研究社会心花水山海风月天地家女子王红黑白金木石"
    "东西南北春夏秋冬年时间故事童话诗词歌曲戏剧小说传记历程教育科技术工程设计计算机网络数据管"
)
WORDS = 4000
SHARE = 0.75
"""Share of Chinese titles."""


class TitleGenerator:
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
