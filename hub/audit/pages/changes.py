"""Show who changed patron status, rules and fees, with old and new values; patrons by pseudonym."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.audit import field_history
from hub.circulation.models import Patron
from hub.core.pages import formatting
from hub.core.pages.page import page, paginate
from hub.core.pages.staff_access import staff_page


@staff_page
def changes(request: HttpRequest) -> HttpResponse:
    """Show the changes of one kind: `?show=` patrons, rules or fees."""
    show = request.GET.get("show", "patrons")
    if show not in field_history.KEPT:
        raise Http404
    found = paginate(request, field_history.rows(show))
    refs = dict(Patron.objects.filter(pk__in=[each.patron_id for each in found]).values_list("pk", "ref")) if (
        show == "fees"
    ) else {}  # fmt: skip
    return page(request, "audit", "audit/changes.html", {
        "found": found, "show": show,
        "rows": [_row(each, show, refs) for each in found],
        "tabs": (("patrons", _("Patron status")), ("rules", _("Rules")), ("fees", _("Fees"))),
    })  # fmt: skip


def _row(row: Any, show: str, refs: dict[int, str]) -> dict[str, object]:
    kinds = {"+": _("added"), "~": _("changed"), "-": _("removed")}
    return {
        "at": formatting.date_and_time(row.history_date),
        "who": row.history_user.get_username() if row.history_user else "",
        "what": _subject(row, show, refs),
        "kind": kinds[row.history_type],
        "fields": [
            _("{field}: {before} → {after}").format(field=field, before=_word(before), after=_word(after))
            for field, before, after in field_history.field_changes(row)
        ],
    }


def _subject(row: Any, show: str, refs: dict[int, str]) -> str:
    if show == "patrons":
        return str(row.ref)
    if show == "fees":
        return f"{formatting.money(row.amount)} {refs.get(row.patron_id, '')}".strip()
    return _("rule {number}").format(number=row.id)


def _word(value: object) -> object:
    return "–" if value is None or value == "" else value
