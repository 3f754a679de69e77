"""Number the changes of circulation data, so that kiosks can fetch those since their last snapshot."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import Card, ChangeMark, SnapshotChange, UnnumberedChange
from hub.core.prepared_queries import prepared_query

KEPT = timedelta(days=8)
"""Longer than a snapshot is valid: a kiosk that was away for longer fetches the whole library again."""
MOST = 100_000
"""Changes per mark above which kiosks fetch the whole library, which is paged while one mark's changes are not."""
CHUNK = 500
Key = tuple[str, str]
Row = TypeVar("Row")


def number_changes(now: datetime) -> ChangeMark:
    """Number all pending changes, including rules that have taken effect since; return the newest mark.

    Numbers are assigned when a kiosk asks, not when a change is written, so that no checkout waits for the number of
    another.
    """
    while True:
        newest = newest_mark()
        if newest is not None and not touched() and not _begun_since(newest, now):
            return newest
        try:
            return _assign_number(newest.number + 1 if newest else 1, now)
        except IntegrityError:
            continue  # another process has just assigned that number


def newest_mark() -> ChangeMark | None:
    """Return the mark that was assigned last, or None before the first."""
    return next(iter(_newest_mark()), None)


def touched() -> bool:
    """Return whether there are changes without a number."""
    return bool(_any_pending())


@prepared_query
def _newest_mark() -> QuerySet:
    return ChangeMark.objects.order_by("-number")[:1]


@prepared_query
def _any_pending() -> QuerySet:
    return UnnumberedChange.objects.values_list("pk").order_by()[:1]


def _begun_since(newest: ChangeMark | None, now: datetime) -> bool:
    """Return whether a rule version has taken effect since the mark.

    Kiosks that cannot store it in advance need it now.
    """
    law = the_policy()
    return newest is not None and any(
        law.local_day(newest.at) < each.since <= law.local_day(now) for each in law.editions
    )


@transaction.atomic
def _assign_number(number: int, now: datetime) -> ChangeMark:
    """Assign the next number to the pending changes.

    The mark is inserted first: its primary key prevents another process from numbering at the same time.
    """
    begun = _begun_since(newest_mark(), now)
    mark: ChangeMark = ChangeMark.objects.create(number=number, token=secrets.token_hex(8), at=now)
    rows = list(UnnumberedChange.objects.values_list("pk", "kind", "what")[: MOST + 1])
    if len(rows) > MOST or any(kind == "all" for _pk, kind, _what in rows):
        _forget_everything(mark)
        return mark
    keys = [*((kind, what) for _pk, kind, what in rows), *([("policy", "")] if begun else [])]
    changes = [SnapshotChange(kind=kind, what=what, number=number) for kind, what in _keys(keys)]
    for some in _chunks(changes):
        SnapshotChange.objects.bulk_create(
            some, update_conflicts=True, unique_fields=["kind", "what"], update_fields=["number"]
        )
    # only those that were read: others may have been added meanwhile
    for taken in _chunks([pk for pk, _kind, _what in rows]):
        UnnumberedChange.objects.filter(pk__in=taken).delete()
    _prune(now)
    return mark


def _forget_everything(mark: ChangeMark) -> None:
    """Delete every earlier mark, so that each kiosk fetches the whole library again."""
    UnnumberedChange.objects.all().delete()
    SnapshotChange.objects.all().delete()
    ChangeMark.objects.exclude(pk=mark.pk).delete()


def _prune(now: datetime) -> None:
    """Delete old marks.

    A mark is kept until its successor is old: a library without changes keeps a single mark indefinitely.
    """
    old = ChangeMark.objects.filter(at__lt=now - KEPT).last()
    if old is not None:
        ChangeMark.objects.filter(number__lt=old.number).delete()


def _keys(touched: Iterable[Key]) -> Iterator[Key]:
    """Yield the cards, items and titles affected by the pending changes, each once."""
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for kind, what in touched:
        by_kind[kind].add(what)
    cards, items = by_kind["card"], by_kind["barcode"]
    for some in _chunks(sorted(by_kind["patron"])):
        cards.update(Card.objects.filter(patron__in=some).values_list("hash", flat=True))
    for some in _chunks(sorted(by_kind["item"])):
        items.update(Item.objects.filter(pk__in=some).values_list("barcode", flat=True))
    for some in _chunks(sorted(by_kind["title"])):
        items.update(Item.objects.filter(title__in=some).values_list("barcode", flat=True))
    yield from ((str(SnapshotChange.Kind.CARD), each) for each in sorted(cards))
    yield from ((str(SnapshotChange.Kind.ITEM), each) for each in sorted(items))
    yield from ((str(SnapshotChange.Kind.TITLE), each) for each in sorted(by_kind["work"]))
    if by_kind["floors"]:
        yield str(SnapshotChange.Kind.FLOORS), ""
    if by_kind["policy"]:
        yield str(SnapshotChange.Kind.POLICY), ""


def _chunks(rows: list[Row]) -> Iterator[list[Row]]:
    for first in range(0, len(rows), CHUNK):
        yield rows[first : first + CHUNK]
