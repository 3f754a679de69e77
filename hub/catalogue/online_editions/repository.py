"""Store online editions, count how often they are opened, and query those that are offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import F

from hub.catalogue.models import DEAD_AFTER, Edition, ReadOn
from hub.catalogue.online_editions.fields import EditionLink
from hub.core.retrying_transaction import atomic

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hub.catalogue.models import Title


def from_records(titles: Sequence[Title], links: Iterable[Sequence[EditionLink]]) -> None:
    """Update the titles' editions from their records; editions entered by staff are kept.

    The check results of known editions are kept, and so are corrections and removals by staff.
    """
    wanted = {(title.pk, link.url): link for title, found in zip(titles, links, strict=True) for link in found}
    known = list(Edition.objects.filter(title__in=titles))
    in_records = {(each.title_id, each.in_record): each for each in known if each.in_record}
    missing = [each.pk for key, each in in_records.items() if key not in wanted]
    if missing:
        Edition.objects.filter(pk__in=missing).delete()
    reworded = [each for key, each in in_records.items() if key in wanted and each.words != wanted[key].words]
    for each in reworded:
        each.words = wanted[each.title_id, each.in_record].words
    Edition.objects.bulk_update([each for each in reworded if each.url == each.in_record], ("words",))
    there = {(each.title_id, each.url) for each in known if each.pk not in missing} | in_records.keys()
    Edition.objects.bulk_create(
        Edition(title_id=title, url=url, words=link.words, in_record=url)
        for (title, url), link in wanted.items()
        if (title, url) not in there
    )


def offered_editions() -> QuerySet[Edition]:
    """Return the editions that are offered to patrons."""
    return Edition.objects.filter(failures__lt=DEAD_AFTER, removed=False)


def dead() -> QuerySet[Edition]:
    """Return the editions that are no longer offered because their links failed."""
    return Edition.objects.filter(failures__gte=DEAD_AFTER, removed=False)


@atomic
def count_opening(edition: Edition, day: date) -> None:
    """Count one use of the edition."""
    row, _made = ReadOn.objects.get_or_create(title_id=edition.title_id, day=day)
    ReadOn.objects.filter(pk=row.pk).update(count=F("count") + 1)
