"""Test the search bench on few titles, and that it detects a worse index."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from hub.catalogue.models import Title
from hub.catalogue.search import bench, index
from hub.catalogue.search.bench import Case, QueryFigure, SearchFigures, TitleGenerator, faults
from hub.catalogue.search.index import every

TITLES = 1500


@pytest.fixture
def titles(db: None) -> list[tuple[int, str, str]]:
    Title.objects.bulk_create(Title(title=name, author=author) for name, author in TitleGenerator(7).titles(TITLES))
    index.rebuild(lambda _count: None)
    return list(Title.objects.values_list("pk", "title", "author"))


def words_of(titles: list[tuple[int, str, str]], length: int) -> list[Case]:
    chinese = [(pk, name) for pk, name, _author in titles if bench.CHINESE.fullmatch(name)]
    return list(bench.cut(random.Random(7), chinese, length))


@pytest.mark.parametrize("length", [2, 3, 4])
def test_search_by_characters_finds_exactly_the_titles_with_them(
    titles: list[tuple[int, str, str]], length: int
) -> None:
    found = bench.measure_queries("", words_of(titles, length), every, bench.substrings(titles))
    assert (found.found, found.false) == (1.0, 0)


def test_two_words_and_one_wrong_character_are_found(titles: list[tuple[int, str, str]]) -> None:
    chinese = [(pk, name) for pk, name, _author in titles if bench.CHINESE.fullmatch(name)]
    two = bench.measure_queries("", list(bench.two_words(random.Random(7), chinese)), every, bench.substrings(titles))
    wrong = bench.measure_queries("", list(bench.wrong(random.Random(7), chinese)), bench._top, bench._itself)
    assert (two.found, two.false, wrong.found) == (1.0, 0, 1.0)


def test_trigram_index_is_measured_as_worse(titles: list[tuple[int, str, str]]) -> None:
    """SQLite's trigram index misses two-character queries, the commonest in Chinese, and answers longer ones."""
    if connection.vendor != "sqlite":
        pytest.skip("the index of three characters is SQLite's")
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE by_three USING fts5(words, tokenize='trigram')")
        cursor.executemany("INSERT INTO by_three(rowid, words) VALUES (%s, %s)", [(pk, name) for pk, name, _ in titles])

    def by_three(typed: str) -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rowid FROM by_three WHERE by_three MATCH %s", [f'"{typed}"'])
            return {row[0] for row in cursor.fetchall()}

    names = [(pk, name, "") for pk, name, _author in titles]
    assert bench.measure_queries("", words_of(titles, 2), by_three, bench.substrings(names)).found == 0
    assert bench.measure_queries("", words_of(titles, 4), by_three, bench.substrings(names)).found > 0.9


def test_same_seed_generates_the_same_titles() -> None:
    assert (
        list(TitleGenerator(3).titles(50)) == list(TitleGenerator(3).titles(50)) != list(TitleGenerator(4).titles(50))
    )


def test_missed_target_is_a_fault() -> None:
    good, bad = QueryFigure("two words", 1.0, 0, 0.1, 0.5), QueryFigure("one wrong", 0.99, 2, 0.1, 3.0)
    assert faults(SearchFigures("sqlite", 10, 1.0, 1.0, (good,))) == []
    assert len(faults(SearchFigures("sqlite", 10, 1.0, 1.0, (good, bad)))) == 3
