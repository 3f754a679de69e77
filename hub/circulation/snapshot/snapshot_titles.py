"""Serialise titles and floor plans for the snapshot, so that kiosks can search the catalogue offline."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from hub.catalogue.models import Branch, Title
from hub.catalogue.online_editions import repository
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.api import serialise_floor
from hub.core.public_url import public_url
from lending import wire


def titles_after(row: int, count: int) -> list[Title]:
    """Return at most `count` titles after that row."""
    return list(_whole(Title.objects.filter(pk__gt=row)).order_by("pk")[:count])


def titles_by_key(keys: Sequence[str]) -> list[Title]:
    """Return those of these titles that exist."""
    return list(_whole(Title.objects.filter(pk__in=[int(each) for each in keys])).order_by("pk"))


def serialise(title: Title) -> wire.SnapshotTitle:
    """Return what a kiosk displays of the title, and the words by which it is found."""
    entry = getattr(title, "search_entry", None)
    return wire.SnapshotTitle(
        id=title.pk,
        title=f"{title.title}: {title.subtitle}" if title.subtitle else title.title,
        author=title.author,
        call_number=title.call_number,
        subject=title.subject,
        year=title.year or 0,
        link=_link(title),
        cover=title.cover,
        words=entry.words if entry else "",
    )


def floors(branch: Branch) -> list[wire.WireFloor]:
    """Return all floors of the branch, from the lowest."""
    return [serialise_floor(each) for each in bay_lookup.floors_with_bays(branch)]


def _link(title: Title) -> str:
    """Return the URL of the title's online edition; empty if there is none, or no public address."""
    first = next(iter(title.editions.all()), None)
    if first is None or not settings.PUBLIC:
        return ""
    return public_url("portal:read_edition", first.pk)


def _whole(titles: "QuerySet[Title]") -> "QuerySet[Title]":
    """Add the search words and the online editions that are offered to patrons."""
    offered = Prefetch("editions", queryset=repository.offered_editions())
    return titles.select_related("search_entry").prefetch_related(offered).defer("record")
