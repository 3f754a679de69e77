"""Puts e-editions into the catalogue, counts how often they are opened, and finds those that are offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import F

from kiosk.hub.atomic import atomic
from kiosk.hub.catalogue.editions.fields import Link
from kiosk.hub.catalogue.editions.models import DEAD_AFTER, Edition, ReadOn

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kiosk.hub.catalogue.models import Title


def from_records(titles: Sequence[Title], links: Iterable[Sequence[Link]]) -> None:
    """Makes the titles' e-editions those of their records, as far as no member of staff entered them.

    What was known before keeps what is known of it: when it was reached, and that it was not.
    """
    wanted = {(title.pk, link.url): link for title, found in zip(titles, links, strict=True) for link in found}
    known = {(each.title_id, each.url): each for each in Edition.objects.filter(title__in=titles)}
    gone = [each.pk for key, each in known.items() if key not in wanted and not each.by_hand]
    if gone:
        Edition.objects.filter(pk__in=gone).delete()
    changed = [known[key] for key, link in wanted.items() if key in known and known[key].words != link.words]
    for each in changed:
        if not each.by_hand:
            each.words = wanted[each.title_id, each.url].words
    Edition.objects.bulk_update(changed, ("words",))
    Edition.objects.bulk_create(
        Edition(title_id=title, url=url, words=link.words)
        for (title, url), link in wanted.items()
        if (title, url) not in known
    )


def offered() -> QuerySet[Edition]:
    """Those that patrons are led to."""
    return Edition.objects.filter(failures__lt=DEAD_AFTER)


def dead() -> QuerySet[Edition]:
    """Those that nobody is led to any more."""
    return Edition.objects.filter(failures__gte=DEAD_AFTER)


@atomic
def opened(edition: Edition, day: date) -> None:
    """Counts that somebody opened it."""
    row, _made = ReadOn.objects.get_or_create(title_id=edition.title_id, day=day)
    ReadOn.objects.filter(pk=row.pk).update(count=F("count") + 1)
