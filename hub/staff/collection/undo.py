"""Undo the latest change of a title or item, by the versions that the field history keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue import display
from hub.catalogue.models import Isbn, Item, Title
from hub.circulation.operations import collection
from hub.circulation.operations.context import lock_item
from hub.core.pages.page import report_error, report_success, staff_action
from hub.core.retrying_transaction import atomic
from hub.staff.collection.forms import set_isbns
from hub.staff.library.undo import parse_keys
from hub.staff.unused import ChangedSince, delete_unused


def undo_url(*, items: Sequence[int] = (), titles: Sequence[int] = (), isbns: Sequence[str] | None = None) -> str:
    """Return the URL that undoes the latest change of each row.

    Args:
        items: Primary keys of changed items.
        titles: Primary keys of changed titles.
        isbns: ISBNs of the changed title before the change, which field history does not keep; None if it was added.
    """
    query = {
        "items": ",".join(map(str, _latest(Item, items))),
        "titles": ",".join(map(str, _latest(Title, titles))),
        **({"isbns": ",".join(isbns)} if isbns is not None else {}),
    }
    return f"{reverse('collection:undo')}?{urlencode(query, safe=',')}"


def _latest(model: Any, keys: Sequence[int]) -> list[int]:
    rows = model.history.filter(id__in=list(keys)).order_by("history_id")
    return list({each.id: each.history_id for each in rows}.values())


@staff_action
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the changes that the query names by their history numbers, all or none."""
    items, titles = (parse_keys(request.GET.get(name, "")) for name in ("items", "titles"))
    isbns = [each for each in map(display.isbn13, request.GET.get("isbns", "").split(",")) if each]
    try:
        home = _undo(items, titles, isbns)
    except (ChangedSince, IntegrityError):
        words = _("Changed or used since. Nothing was undone. Correct it by hand.")
        return report_error(request, words, reverse("staff:items"))
    return report_success(request, _("Undone"), home)


@atomic
def _undo(items: Sequence[int], titles: Sequence[int], isbns: Sequence[str]) -> str:
    """Undo the changes and return the URL of what is left. Raises ChangedSince."""
    home = reverse("staff:items")
    if not items and not titles:
        raise ChangedSince
    for number in items:
        if (item := _revert(Item, number)) is not None:
            home = reverse("staff:item", args=(item.pk,))
    for number in titles:
        if (title := _revert(Title, number)) is not None:
            set_isbns(title, _free(title, isbns))
            home = reverse("search:title", args=(title.pk,))
    return home


def _free(title: Title, isbns: Sequence[str]) -> Sequence[str]:
    if Isbn.objects.filter(isbn13__in=isbns).exclude(title=title).exists():
        raise ChangedSince
    return isbns


def _revert(model: Any, number: int) -> Any:
    """Undo one change; return the row, or None if it was an addition."""
    version = model.history.filter(history_id=number).first()
    if version is None or model.history.filter(id=version.id, history_id__gt=number).exists():
        raise ChangedSince
    row = model.objects.select_for_update().filter(pk=version.id).first()
    names = [each.attname for each in version.tracked_fields]
    # An import of MARC records changes titles without a version.
    if row is None or any(getattr(row, name) != getattr(version, name) for name in names):
        raise ChangedSince
    if version.history_type == "+":
        delete_unused(model, [row.pk])
        return None
    before = version.prev_record
    if before is None:
        raise ChangedSince
    if isinstance(row, Item):
        _check_claims(row, before)
    changed = [name for name in names if getattr(before, name) != getattr(version, name)]
    for name in changed:
        setattr(row, name, getattr(before, name))
    row.save(update_fields=changed)
    return row


def _check_claims(item: Item, before: Any) -> None:
    """Refuse to withdraw an item, or to change its barcode, that a patron has borrowed or awaits by now."""
    withdraws = before.condition == Item.Condition.WITHDRAWN != item.condition
    if (withdraws or before.barcode != item.barcode) and collection.obstacle(lock_item(item)):
        raise ChangedSince
