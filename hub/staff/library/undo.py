"""Undo the latest change of the library's settings, by the versions that the field history keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model, RestrictedError
from django.db.models.deletion import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.audit import field_history
from hub.core.clock import hub_clock
from hub.core.pages.page import report_error, report_success, staff_action
from hub.core.retrying_transaction import atomic
from hub.staff.library.references import references

PAGES = {
    "closed_days": "library:closed_days",
    "branches": "library:branches",
    "item_types": "library:item_types",
    "patron_categories": "library:patron_categories",
    "fee_rules": "library:fee_rules",
    "library": "library:settings",
    "numbering": "library:numbering",
    "look": "library:look",
    "mail_account": "library:mail_account",
    "sms_account": "library:sms_account",
    "wechat_account": "library:wechat_account",
    "wecom_account": "library:wecom_account",
}
"""Kinds of history (`field_history.KEPT`) that can be undone, with the page of each."""


LONGEST_KEY = 9
"""Digits of a key that every database accepts."""


class ChangedSince(Exception):
    """A row was changed or came into use after the change that is to be undone."""


def parse_keys(text: str) -> list[int]:
    """Return the primary keys in a text such as `12,13`, without anything that is no key."""
    return [int(each) for each in text.split(",") if each.isdecimal() and len(each) <= LONGEST_KEY]


def undo_url(kind: str, changed: Iterable[int]) -> str:
    """Return the URL that undoes the latest change of each row.

    Args:
        kind: Key of `PAGES`.
        changed: Primary keys of the rows, as they were before a deletion.
    """
    rows = field_history.rows(kind).filter(id__in=list(changed)).order_by("history_id")
    latest = {each.id: each.history_id for each in rows}
    return f"{reverse('library:undo', args=(kind,))}?of={','.join(map(str, latest.values()))}"


def keep_first_version(model: type[Model], pk: int) -> None:
    """Keep the row as it is now if field history has no version of it, so that its next change can be undone.

    A row written in bulk, such as an imported one, has none.
    """
    history = model.history
    if not history.filter(id=pk).exists():
        history.bulk_history_create([model._base_manager.get(pk=pk)], default_date=hub_clock().now())
        history.filter(id=pk).update(history_user=None)


@staff_action
def undo(request: HttpRequest, kind: str) -> HttpResponse:
    """Undo the changes that `?of=` names by their history numbers, all or none."""
    if kind not in PAGES:
        raise Http404
    numbers = parse_keys(request.GET.get("of", ""))
    home = reverse(PAGES[kind])
    try:
        _revert(kind, numbers)
    except (ChangedSince, IntegrityError, ProtectedError, RestrictedError):
        return report_error(request, _("Changed or used since. Nothing was undone. Correct it on this page."), home)
    return report_success(request, _("Undone"), home)


@atomic
def _revert(kind: str, numbers: list[int]) -> None:
    model = apps.get_model(field_history.KEPT[kind][0])
    versions = list(model.history.filter(history_id__in=numbers).order_by("-history_id"))
    if not versions:
        raise ChangedSince
    for version in versions:
        if model.history.filter(id=version.id, history_id__gt=version.history_id).exists():
            raise ChangedSince
        _revert_version(model, version)


def _revert_version(model: Any, version: Any) -> None:
    """Delete a row that was added, restore one that was deleted, or reset one that was changed."""
    match version.history_type:
        case "+":
            row = model.objects.get(pk=version.id)
            if references(row):
                raise ChangedSince
            row.delete()
        case "-":
            version.instance.save(force_insert=True)
        case _:
            # The fields without history are written too: none may change between their reading and their writing.
            model.objects.select_for_update().filter(pk=version.id).first()
            version.prev_record.instance.save()
