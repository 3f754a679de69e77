"""Keep the search index consistent with the catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db import connection

from hub.catalogue.models import Isbn, Title
from hub.catalogue.search import document
from hub.catalogue.search.models import SearchEntry
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
    """Index these titles by their present content.

    Callers that write titles in bulk use the same transaction.
    """
    titles = list(titles)
    numbers = defaultdict(list)
    for title, number in Isbn.objects.filter(title__in=[each.pk for each in titles]).values_list("title_id", "isbn13"):
        numbers[title].append(number)
    SearchEntry.objects.bulk_create(
        [SearchEntry(title_id=each.pk, words=document.tokens(each, numbers[each.pk])) for each in titles],
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
