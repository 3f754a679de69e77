"""Build queries for each database: FTS5 for SQLite, a text search vector for PostgreSQL.

Tokens consist of letters and digits only, so nothing in a query has a special meaning to the database.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from lending.search_tokens import Phrase
from lending.title_search import Engine, Fts5, tokens_between


class Sqlite(Fts5):
    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        sql = "SELECT rowid FROM search_fts WHERE search_fts MATCH %s AND rowid >= %s ORDER BY rowid DESC LIMIT %s"
        return _asked(sql, query, since, -1 if most is None else most)

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        sql = "SELECT rowid FROM search_fts WHERE search_fts MATCH %s ORDER BY rank LIMIT %s"
        return _asked(sql, self.any_of(phrases), most)


class Postgresql:
    def phrase(self, phrase: Phrase) -> str:
        quoted = [f"'{token}'" for token in phrase.tokens]
        return f"({' <-> '.join(quoted)}{':*' if phrase.open else ''})"

    def all_of(self, phrases: Sequence[Phrase]) -> str:
        return " & ".join(map(self.phrase, phrases))

    def around(self, before: Phrase, after: Phrase) -> str:
        return f"({self.phrase(before)} <{tokens_between(before) + 1}> {self.phrase(after)})"

    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        # OFFSET 0 stops the planner from merging the queries and reading every title from the newest on.
        sql = (
            "SELECT title_id FROM (SELECT title_id FROM catalogue_searchentry WHERE vector @@ to_tsquery('simple', %s) "
            "AND title_id >= %s OFFSET 0) AS found ORDER BY title_id DESC LIMIT %s"
        )
        return _asked(sql, query, since, most)

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        sql = (
            "SELECT title_id FROM catalogue_searchentry, to_tsquery('simple', %s) AS asked WHERE vector @@ asked "
            "ORDER BY ts_rank(vector, asked, 1) DESC, title_id DESC LIMIT %s"
        )
        return _asked(sql, " | ".join(map(self.phrase, phrases)), most)


def engine(vendor: str) -> Engine:
    return Sqlite() if vendor == "sqlite" else Postgresql()


def _asked(sql: str, *values: object) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]
