"""Find titles for what was typed: the best first, or the closest if none has all of it."""

from __future__ import annotations

import unicodedata

from django.db import connection

from hub.catalogue.search import words
from hub.catalogue.search.engines import engine
from lending import title_search
from lending.isbn import beginning, isbn
from lending.title_search import MOST as MOST
from lending.title_search import Matches, Query


def find(typed: str, most: int = MOST) -> Matches:
    """Return titles with all that was typed: exact titles first, then prefixes, then the newest."""
    return title_search.find(engine(connection.vendor), _read(typed), most)


def asks(typed: str) -> bool:
    """Return whether the input is a query: a word of two letters, two characters or more."""
    return _read(typed).asks


def matching(typed: str, since: int = 0) -> set[int]:
    """Return all titles with all that was typed, or with these initials.

    Titles with a key below `since` are left out.
    """
    wanted = _read(typed)
    if not wanted.asked:
        return set()
    at = engine(connection.vendor)
    queries = [at.all_of(wanted.asked), *title_search.initials(at, wanted.plain)]
    return {title for query in queries for title in at.titles(query, None, since)}


def every(typed: str) -> set[int]:
    """Return all titles with all that was typed, however many they are."""
    wanted = _read(typed)
    at = engine(connection.vendor)
    return set(at.titles(at.all_of(wanted.asked), None)) if wanted.asked else set()


def _read(typed: str) -> Query:
    typed = unicodedata.normalize("NFKC", typed[:200])
    return title_search.query(words.plain(typed), isbn(typed) or beginning(typed))
