"""Titles and floors as kiosks are told of them, to find a book while the hub is away; knows no patron and no loan."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from hub.catalogue.models import Branch, Title
from hub.catalogue.online_editions import repository
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.api import told_floor
from lending import wire


def after(row: int, count: int) -> list[Title]:
    """The titles that follow that row, at most so many."""
    return list(_whole(Title.objects.filter(pk__gt=row)).order_by("pk")[:count])


def of(keys: Sequence[str]) -> list[Title]:
    """Those that there are of these."""
    return list(_whole(Title.objects.filter(pk__in=[int(each) for each in keys])).order_by("pk"))


def told(title: Title) -> wire.SnapshotTitle:
    """What a kiosk shows of it, and what it is found by."""
    entry = getattr(title, "search_entry", None)
    return wire.SnapshotTitle(
        id=title.pk,
        title=f"{title.title}: {title.subtitle}" if title.subtitle else title.title,
        author=title.author,
        call_number=title.call_number,
        subject=title.subject,
        year=title.year or 0,
        link=_link(title),
        words=entry.words if entry else "",
    )


def floors(branch: Branch) -> list[wire.WireFloor]:
    """All floors of the branch, from the lowest."""
    return [told_floor(each) for each in bay_lookup.drawn(branch)]


def _link(title: Title) -> str:
    """Where a phone reads it; empty where phones find no hub."""
    first = next(iter(title.editions.all()), None)
    if first is None or not settings.PUBLIC:
        return ""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('editions:read', args=(first.pk,))}"


def _whole(titles: "QuerySet[Title]") -> "QuerySet[Title]":
    """With its tokens and the e-editions that patrons are led to."""
    offered = Prefetch("editions", queryset=repository.offered())
    return titles.select_related("search_entry").prefetch_related(offered).defer("record")
