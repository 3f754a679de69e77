"""Test that the search finds what the sample pictures of the catalogue show."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from hub.catalogue.search import words
from kiosk.screens.samples.sample_parts import FOUND
from kiosk.snapshot.title_finder import Index
from lending import title_search


@pytest.mark.parametrize("language", FOUND)
def test_typed_text_of_each_sample_finds_every_title(language: str, tmp_path: Path) -> None:
    typed, books = FOUND[language]
    db = apsw.Connection(str(tmp_path / "titles.db"))
    db.execute("CREATE VIRTUAL TABLE sought USING fts5(words, tokenize = 'unicode61 remove_diacritics 0')")
    for key, (title, *_) in enumerate(books):
        plain = words.plain(title)
        initials = [title_search.INITIALS + each for each in words.initials(plain)]
        indexed = " ".join((title_search.title_token(plain), *initials, *title_search.tokens(plain)))
        db.execute("INSERT INTO sought (rowid, words) VALUES (?, ?)", (key, indexed))
    found = title_search.find(Index(db), title_search.query(title_search.fold(typed)))
    assert set(found.titles) == set(range(len(books))) and not found.close
