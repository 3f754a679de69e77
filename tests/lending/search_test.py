"""Test search tokens: two CJK characters or the start of a word are found in place, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.title_search import Phrase, fold, one_wrong, query_phrases, runs, title_token, tokens

SIGNS = st.text(alphabet="红楼梦中国史abé ：1-", min_size=1, max_size=12)


def matches(text: str, query: str) -> bool:
    """Return whether a text has every phrase of a query, token by token, as the database compares them."""
    return all(_has(tokens(fold(text)), phrase) for phrase in query_phrases(fold(query)))


def _has(found: list[str], phrase: Phrase) -> bool:
    *before, end = phrase.tokens
    for at in range(len(found) - len(before)):
        last = found[at + len(before)]
        if found[at : at + len(before)] == before and (last.startswith(end) if phrase.open else last == end):
            return True
    return False


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("红楼梦", "楼梦"),
        ("红楼梦", "红"),
        ("红楼梦", "梦"),
        ("三体：黑暗森林", "三体黑暗"),
        ("21世纪的中国", "21世纪"),
        ("21世纪的中国", "21世"),
        ("Harry Potter and the Goblet", "goblet har"),
        ("Straße nach Ødegård", "strasse odeg"),
        ("Tʻien kung kʻai wu", "tien kung"),
        ("TP312PY/12", "tp312py/1"),
        ("がっこう", "こう"),
        ("Война и мир", "ВОЙНА ми"),
    ],
)
def test_partial_query_matches(title: str, query: str) -> None:
    assert matches(title, query)


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("红楼梦", "红梦"),
        ("看看楼 21 楼看看", "看看看"),
        ("Harry Potter", "arry"),
        ("Harry Potter", "pot har potion"),
        ("がっこう", "かっこう"),
    ],
)
def test_query_not_in_the_title_does_not_match(title: str, query: str) -> None:
    assert not matches(title, query)


@given(SIGNS, st.data())
def test_adjacent_characters_match(text: str, data: st.DataObject) -> None:
    joined = "".join(each for each in runs(fold(text)) if each[0] in "红楼梦中国史")
    parts = [run for run in runs(fold(text)) if run[0] in "红楼梦中国史"]
    if joined:
        run = data.draw(st.sampled_from(parts))
        at = data.draw(st.integers(0, len(run) - 1))
        assert matches(text, run[at : data.draw(st.integers(at + 1, len(run)))])


@given(SIGNS, st.text(alphabet="红楼梦中国史", min_size=2, max_size=4))
def test_only_adjacent_characters_match(text: str, query: str) -> None:
    assert matches(text, query) == any(query in run for run in runs(fold(text)))


@given(st.text(max_size=30), st.text(max_size=30))
def test_tokens_contain_letters_and_digits_only(text: str, query: str) -> None:
    for token in [*tokens(fold(text)), *(each for phrase in query_phrases(fold(query)) for each in phrase.tokens)]:
        assert token.isalnum() or not token.isascii(), token
        assert not set(token) & set(" \t\n\"'*():&|!<>\\-^+")


def test_traditional_characters_are_folded_by_the_table() -> None:
    assert fold("紅樓夢", {ord("紅"): "红", ord("樓"): "楼", ord("夢"): "梦"}) == "红楼梦"


def test_title_token_starts_with_the_typed_prefix() -> None:
    assert title_token(fold("红楼梦：第一卷")).startswith(title_token(fold("红楼 梦")))
    assert not title_token(fold("新红楼梦")).startswith(title_token(fold("红楼")))


@given(st.text(alphabet="红楼梦中国史", min_size=3, max_size=9), st.data())
def test_parts_around_a_wrong_character_match(title: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(title) - 2))
    before, after = one_wrong(title[:at] + "鬯" + title[at + 1 :])[at - 1]
    assert _has(tokens(title), before) and _has(tokens(title), after)


def test_single_letter_matches_a_whole_word_only() -> None:
    assert not matches("Anna Karenina", "a") and matches("C for all", "c")


def test_blanks_and_punctuation_give_no_phrases() -> None:
    assert query_phrases(fold(' "*" () -- \x00 ')) == []
