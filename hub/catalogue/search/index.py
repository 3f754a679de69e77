"""Keep the search index consistent with the catalogue: names, creators, subjects and shelf location of each title.

Source: MARC 21 (LC), fields 1XX, 240-247, 490, 505, 6XX, 7XX, 8XX and their 880; UNIMARC and CNMARC, fields 200, 225,
5XX, 6XX, 7XX. A record with a 200 and no 245 is CNMARC or UNIMARC.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from django.db import connection
from pymarc import PymarcException

from hub.catalogue.cnmarc import is_cnmarc
from hub.catalogue.marc import of_bytes
from hub.catalogue.models import Isbn, SearchEntry, Title
from hub.catalogue.search import words
from hub.core.retrying_transaction import atomic
from lending import title_search

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
    name, author = words.plain(f"{title.title} {title.subtitle}"), words.plain(title.author)
    letters = [*words.initials(words.plain(title.title), WAYS), *words.initials(author)]
    found = [title_search.title_token(name), *(title_search.INITIALS + each for each in letters)]
    for each in (name, author, *map(words.plain, (title.call_number, title.clc, title.dewey))):
        found += title_search.tokens(each)
    found += isbns
    said: dict[str, None] = dict.fromkeys(words.plain(each) for each in _more(bytes(title.record or b"")))
    for each in said:
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
    kept = CNMARC if is_cnmarc(record) else MARC21
    for field in record.fields:
        tag = (field.get("6") or "")[:3] if field.tag == "880" else field.tag
        if not field.is_control_field() and kept.match(tag):
            yield " ".join(part.value for part in field.subfields if part.code in HELD.get(tag, SAID))
