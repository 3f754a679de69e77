"""Test which Chinese characters a line break may part."""

from __future__ import annotations

import pytest

from lending.line_breaks import is_one_word


@pytest.mark.parametrize("pair", ["图书", "书馆", "讀者", "者證", "延期", "您的"])
def test_word_stays_on_one_line(pair: str) -> None:
    assert is_one_word(*pair)


@pytest.mark.parametrize("pair", ["馆读", "期 ", " 图", "在图"])
def test_break_between_words_is_allowed(pair: str) -> None:
    assert not is_one_word(*pair)
