"""Keeps the index true to the catalogue: a title, many titles, or all of them anew; finds nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db import connection

from hub.catalogue.models import Isbn, Title
from hub.catalogue.search import document
from hub.catalogue.search.models import Entry
from hub.core.retrying_transaction import atomic

BATCH = 1000


def title_saved(sender: object, instance: Title, raw: bool = False, **_more: object) -> None:
    if not raw:
        write([instance])


def isbn_saved(sender: object, instance: Isbn, raw: bool = False, **_more: object) -> None:
    if not raw:
        write([instance.title])


@atomic
def write(titles: Iterable[Title]) -> None:
    """Has these titles found by what they say now. Whoever writes titles in bulk calls it in the same transaction."""
    titles = list(titles)
    numbers = defaultdict(list)
    for title, number in Isbn.objects.filter(title__in=[each.pk for each in titles]).values_list("title_id", "isbn13"):
        numbers[title].append(number)
    Entry.objects.bulk_create(
        [Entry(title_id=each.pk, words=document.tokens(each, numbers[each.pk])) for each in titles],
        update_conflicts=True,
        unique_fields=["title"],
        update_fields=["words"],
    )


@atomic
def rebuild(progress: Callable[[int], object]) -> int:
    """Makes the index anew from the catalogue, and the database's own part of it; tells how many titles it has.

    Whoever searches meanwhile finds by the old one. `progress` is called with the number of titles of each batch.
    """
    Entry.objects.all().delete()
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
            cursor.execute("ANALYZE search_entry")
    return done


def missing() -> int:
    """How many titles have no entry: none, while whoever writes titles says so."""
    return int(Title.objects.filter(search_entry=None).count())
