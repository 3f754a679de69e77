"""Numbers what has changed, so that a kiosk can ask for what it has not heard of; tells nothing itself."""

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
from hub.core.prepared_queries import asked

KEPT = timedelta(days=8)
"""Longer than a kiosk believes what it was told: whoever was away for longer reads everything anew."""
MOST = 100_000
"""Changes between two questions above which everything is told anew: the whole is read by pages, they are not."""
CHUNK = 500
Key = tuple[str, str]
Row = TypeVar("Row")


def settled(now: datetime) -> ChangeMark:
    """Numbers what was touched until now, or has begun to hold; gives the newest mark.

    Numbers are given when somebody asks and not when somebody writes, so that no loan waits for another one's number.
    """
    while True:
        newest = newest_mark()
        if newest is not None and not touched() and not _begun_since(newest, now):
            return newest
        try:
            return _numbered(newest.number + 1 if newest else 1, now)
        except IntegrityError:
            continue  # somebody else has just given that number


def newest_mark() -> ChangeMark | None:
    """The last mark that was given; None before the first."""
    return next(iter(_newest_mark()), None)


def touched() -> bool:
    """Whether something was written that has no number yet."""
    return bool(_touched())


@asked
def _newest_mark() -> QuerySet:
    return ChangeMark.objects.order_by("-number")[:1]


@asked
def _touched() -> QuerySet:
    return UnnumberedChange.objects.values_list("pk").order_by()[:1]


def _begun_since(newest: ChangeMark | None, now: datetime) -> bool:
    """Whether other rules hold than when the mark was given: a kiosk that cannot be told ahead is told now."""
    law = the_policy()
    return newest is not None and any(
        law.local_day(newest.at) < each.since <= law.local_day(now) for each in law.editions
    )


@transaction.atomic
def _numbered(number: int, now: datetime) -> ChangeMark:
    """The mark comes first: its key lets nobody else number at the same time."""
    begun = _begun_since(newest_mark(), now)
    mark: ChangeMark = ChangeMark.objects.create(number=number, token=secrets.token_hex(8), at=now)
    rows = list(UnnumberedChange.objects.values_list("pk", "kind", "what")[: MOST + 1])
    if len(rows) > MOST or any(kind == "all" for _pk, kind, _what in rows):
        _forget_everything(mark)
        return mark
    keys = [*((kind, what) for _pk, kind, what in rows), *([("policy", "")] if begun else [])]
    told = [SnapshotChange(kind=kind, what=what, number=number) for kind, what in _keys(keys)]
    for some in _chunks(told):
        SnapshotChange.objects.bulk_create(
            some, update_conflicts=True, unique_fields=["kind", "what"], update_fields=["number"]
        )
    for taken in _chunks([pk for pk, _kind, _what in rows]):  # those and no others: more may have come meanwhile
        UnnumberedChange.objects.filter(pk__in=taken).delete()
    _prune(now)
    return mark


def _forget_everything(mark: ChangeMark) -> None:
    """No mark that was ever given is known any more, so every kiosk reads everything anew."""
    UnnumberedChange.objects.all()._raw_delete(UnnumberedChange.objects.db)
    SnapshotChange.objects.all()._raw_delete(SnapshotChange.objects.db)
    ChangeMark.objects.exclude(pk=mark.pk).delete()


def _prune(now: datetime) -> None:
    """A mark is kept until the one after it is old: a library where nothing happens has a single one for ever."""
    old = ChangeMark.objects.filter(at__lt=now - KEPT).last()
    if old is not None:
        ChangeMark.objects.filter(number__lt=old.number).delete()


def _keys(touched: Iterable[Key]) -> Iterator[Key]:
    """The cards, items and titles behind what was touched, each once."""
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
