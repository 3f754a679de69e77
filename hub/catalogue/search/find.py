"""Find titles for what was typed: the best first, or the closest if none has all of it.

Queries are built for each database: FTS5 for SQLite, a text search vector for PostgreSQL. Tokens consist of letters and
digits only, so nothing in a query has a special meaning to the database.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from django.db import connection

from hub.catalogue.search import words
from lending import title_search
from lending.number_patterns import beginning, isbn
from lending.title_search import MOST as MOST
from lending.title_search import Engine, Fts5, Matches, Phrase, Query, tokens_between


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


class Sqlite(Fts5):
    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        sql = "SELECT rowid FROM search_fts WHERE search_fts MATCH %s AND rowid >= %s ORDER BY rowid DESC LIMIT %s"
        return _query_ids(sql, query, since, -1 if most is None else most)

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        sql = "SELECT rowid FROM search_fts WHERE search_fts MATCH %s ORDER BY rank LIMIT %s"
        return _query_ids(sql, self.any_of(phrases), most)


class Postgresql:
    def phrase(self, phrase: Phrase) -> str:
        quoted = [f"'{token}'" for token in phrase.tokens]
        return f"({' <-> '.join(quoted)}{':*' if phrase.open else ''})"

    def all_of(self, phrases: Sequence[Phrase]) -> str:
        return " & ".join(map(self.phrase, phrases))

    def adjacent(self, before: Phrase, after: Phrase) -> str:
        return f"({self.phrase(before)} <{tokens_between(before) + 1}> {self.phrase(after)})"

    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        # OFFSET 0 stops the planner from merging the queries and reading every title from the newest on.
        sql = (
            "SELECT title_id FROM (SELECT title_id FROM catalogue_searchentry WHERE vector @@ to_tsquery('simple', %s) "
            "AND title_id >= %s OFFSET 0) AS found ORDER BY title_id DESC LIMIT %s"
        )
        return _query_ids(sql, query, since, most)

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        sql = (
            "SELECT title_id FROM catalogue_searchentry, to_tsquery('simple', %s) AS asked WHERE vector @@ asked "
            "ORDER BY ts_rank(vector, asked, 1) DESC, title_id DESC LIMIT %s"
        )
        return _query_ids(sql, " | ".join(map(self.phrase, phrases)), most)


def engine(vendor: str) -> Engine:
    return Sqlite() if vendor == "sqlite" else Postgresql()


def _query_ids(sql: str, *values: object) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]
