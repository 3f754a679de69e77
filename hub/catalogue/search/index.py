"""Index names, creators, subjects and shelf location of each title, and find titles for what was typed.

The best come first, or the closest if none has all of it. Queries are built for each database: FTS5 for SQLite, a text
search vector for PostgreSQL. Tokens consist of letters and digits only, so nothing in a query has a special meaning to
the database.

Source: MARC 21 (LC), fields 1XX, 240-247, 490, 505, 6XX, 7XX, 8XX and their 880; UNIMARC and CNMARC, fields 200, 225,
5XX, 6XX, 7XX. A record with a 200 and no 245 is CNMARC or UNIMARC.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, product

from django.db import connection
from pymarc import PymarcException

from hub.catalogue.marc import is_cnmarc, of_bytes
from hub.catalogue.models import Isbn, SearchEntry, Title
from hub.core.retrying_transaction import atomic
from lending import title_search
from lending.number_patterns import beginning, isbn
from lending.title_search import MOST as MOST
from lending.title_search import Engine, Fts5, Matches, Phrase, Query, tokens_between

BATCH = 1000
MARC21 = re.compile(r"(?:1[0-3]0|11[01]|24[0-7]|490|6(?:0[0-9]|1[01]|30|5[0-35])|7(?:00|10|11|30|40)|8[03]0)$")
CNMARC = re.compile(r"(?:200|225|5[0-4]\d|60[0-7]|610|7[0-3]\d)$")
SAID = frozenset("abcdefgnpqtvxyz")
"""Subfields that contain words; the others contain numbers and relations."""
HELD = {"600": "ax", "700": "at", "710": "abt", "711": "at"}
LONGEST = 4000
WAYS = 8
"""Maximum number of pinyin initials of one title whose characters have several readings."""


def title_saved(sender: object, instance: Title, raw: bool = False, **_more: object) -> None:
    if not raw:
        write([instance])


def isbn_saved(sender: object, instance: Isbn, raw: bool = False, **_more: object) -> None:
    if not raw:
        write([instance.title])


@atomic
def write(titles: Iterable[Title]) -> None:
    """Index these titles by their present content.

    Callers that write titles in bulk use the same transaction.
    """
    titles = list(titles)
    numbers = defaultdict(list)
    for title, number in Isbn.objects.filter(title__in=[each.pk for each in titles]).values_list("title_id", "isbn13"):
        numbers[title].append(number)
    SearchEntry.objects.bulk_create(
        [SearchEntry(title_id=each.pk, words=tokens(each, numbers[each.pk])) for each in titles],
        update_conflicts=True,
        unique_fields=["title"],
        update_fields=["words"],
    )


@atomic
def rebuild(progress: Callable[[int], object]) -> int:
    """Rebuild the index from the catalogue, and the database's part of it; return the number of titles.

    Searches meanwhile use the old index. `progress` is called with the number of titles of each batch.
    """
    SearchEntry.objects.all().delete()
    done, last = 0, 0
    while titles := list(Title.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        write(titles)
        done, last = done + len(titles), titles[-1].pk
        progress(len(titles))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('rebuild')")
            cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('optimize')")
        else:
            cursor.execute("SELECT gin_clean_pending_list('search_entry_vector')")
            cursor.execute("ANALYZE catalogue_searchentry")
    return done


def missing() -> int:
    """Return the number of titles without an entry: 0, if every bulk write has called `write`."""
    return int(Title.objects.filter(search_entry=None).count())


def tokens(title: Title, isbns: Iterable[str]) -> str:
    """Return the tokens of the title, separated by spaces."""
    name, author = plain(f"{title.title} {title.subtitle}"), plain(title.author)
    letters = [*initials(plain(title.title), WAYS), *initials(author)]
    found = [title_search.title_token(name), *(title_search.INITIALS + each for each in letters)]
    for each in (name, author, *map(plain, (title.call_number, title.clc, title.dewey))):
        found += title_search.tokens(each)
    found += isbns
    words: dict[str, None] = dict.fromkeys(plain(each) for each in _more(bytes(title.record or b"")))
    for each in words:
        if each not in (name, author):
            found += title_search.tokens(each)
    return " ".join(found)[:LONGEST]


def _more(raw: bytes) -> Iterator[str]:
    """Yield the texts of a record by field, including those in the original script.

    An unreadable record has none.
    """
    if not raw:
        return
    try:
        record = of_bytes(raw)
    except (ValueError, PymarcException):
        return
    fields = CNMARC if is_cnmarc(record) else MARC21
    for field in record.fields:
        tag = (field.get("6") or "")[:3] if field.tag == "880" else field.tag
        if not field.is_control_field() and fields.match(tag):
            yield " ".join(part.value for part in field.subfields if part.code in HELD.get(tag, SAID))


HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x2A6E0))
MOST_INITIALS = 12


@cache
def simplified_characters() -> Mapping[int, str]:
    """Return the simplified character for each traditional one, independent of its context.

    Query and title then always agree. A converter of whole sentences may write one character in two ways.
    """
    from opencc import OpenCC

    signs = [chr(number) for block in HAN for number in block]
    converted = OpenCC("t2s").convert("\n".join(signs)).split("\n")
    pairs = zip(signs, converted, strict=True)
    return {ord(sign): simple for sign, simple in pairs if sign != simple and len(simple) == 1}


def plain(text: str) -> str:
    """Return the text as it is compared."""
    return title_search.fold(text, simplified_characters())


def initials(folded: str, most: int = 1) -> list[str]:
    """Return the pinyin initials as they are typed: 红楼梦 is hlm.

    Without Chinese characters there are none. The most common reading comes first; `most` permits further ones of
    characters with several readings.
    """
    from pypinyin import Style, lazy_pinyin

    letters: list[tuple[str, ...]] = []
    for run in title_search.runs(folded):
        if title_search.is_cjk(run):
            # errors=list keeps characters without pinyin, one by one; the stub of pypinyin lacks lists.
            usual = lazy_pinyin(run, style=Style.FIRST_LETTER, errors=list)  # type: ignore[arg-type]
            letters += [_sign_initials(sign, reading) for sign, reading in zip(run, usual, strict=True)]
        elif run[0].isascii():
            letters.append((run[0],))
    if not title_search.IS_CJK.search(folded):
        return []
    ways = product(*filter(None, letters[:MOST_INITIALS]))
    return [found for way in islice(ways, most) if (found := "".join(way))]


def _sign_initials(sign: str, usual: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((usual, *_pinyin_initials(sign)))) if usual.isascii() and usual.isalpha() else ()


@cache
def _pinyin_initials(sign: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    (readings,) = pinyin(sign, style=Style.FIRST_LETTER, heteronym=True)
    return tuple(each for each in readings if each.isascii() and each.isalpha())


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
    if not wanted.phrases:
        return set()
    at = engine(connection.vendor)
    queries = [at.all_of(wanted.phrases), *title_search.initials(at, wanted.plain)]
    return {title for query in queries for title in at.titles(query, None, since)}


def every(typed: str) -> set[int]:
    """Return all titles with all that was typed, however many they are."""
    wanted = _read(typed)
    at = engine(connection.vendor)
    return set(at.titles(at.all_of(wanted.phrases), None)) if wanted.phrases else set()


def _read(typed: str) -> Query:
    typed = unicodedata.normalize("NFKC", typed[:200])
    return title_search.query(plain(typed), isbn(typed) or beginning(typed))


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
