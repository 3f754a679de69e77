"""Keep every version of patron status, rules, fees, the collection, staff accounts and settings, and who made it.

The versions contain no password and no patron's name, number, PIN or notes; patrons are shown by pseudonym.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from simple_history import register
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record

from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.page import page, paginate, staff_page
from hub.core.rights import role_words
from hub.core.roles import Role

APP = "hub.audit"
KEPT: dict[str, tuple[str, frozenset[str]]] = {
    "patrons": (
        "circulation.Patron",
        frozenset({"identifier", "name", "language", "pin", "past", "services"}),
    ),
    "rules": ("circulation.Rule", frozenset()),
    "fees": ("circulation.Fee", frozenset({"note", "item", "cause", "form", "growing"})),
    "fee_rules": ("circulation.FeeRule", frozenset()),
    "closed_days": ("circulation.ClosedDay", frozenset()),
    "branches": ("catalogue.Branch", frozenset()),
    "item_types": ("catalogue.ItemType", frozenset()),
    "patron_categories": ("circulation.PatronCategory", frozenset()),
    "library": ("circulation.Library", frozenset({"card_key_check", "followed_since"})),
    "numbering": ("circulation.NumberSeries", frozenset({"next_number", "last_given"})),
    "look": ("patrons.LibraryLook", frozenset()),
    "mail_account": ("messaging.MailAccount", frozenset({"password", "secrets_for"})),
    "sms_account": ("messaging.SmsAccount", frozenset({"url", "secrets_for"})),
    "wechat_account": (
        "messaging.WeChatAccount",
        frozenset({"secret", "callback_token", "callback_key", "secrets_for"}),
    ),
    "wecom_account": ("messaging.WeComAccount", frozenset({"secret", "secrets_for"})),
    "titles": ("catalogue.Title", frozenset({"record", "cover", "added_at"})),
    "items": ("catalogue.Item", frozenset()),
    "imports": ("ils.FileImport", frozenset({"name", "digest", "user"})),
    "segments": ("engagement.PatronSegment", frozenset({"by"})),
    "segment_services": ("engagement.SegmentService", frozenset({"by"})),
    "journeys": ("engagement.Journey", frozenset({"by", "trial", "figures", "enrolled_until"})),
    "kiosk_settings": ("fleet.SettingsVersion", frozenset()),
    "releases": ("fleet.Release", frozenset()),
    "rollouts": ("fleet.Rollout", frozenset()),
    "channels": (
        "fleet.KioskImage",
        frozenset({"slot", "running", "confirmed", "target", "state", "progress", "why"}),
    ),
    "staff": (
        "auth.User",
        frozenset(
            {
                "password",
                "last_login",
                "first_name",
                "last_name",
                "email",
                "is_staff",
                "is_superuser",
                "date_joined",
            }
        ),
    ),
}
"""Kinds of history: the model, and the names of its fields that are left out."""


class ChangeHistory(HistoricalRecords):
    """History records without a row for saves that change only excluded fields, such as a new PIN."""

    def post_save(self, instance: Any, created: bool, using: str | None = None, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields and not created and set(fields) <= set(self.excluded_fields):
            return
        super().post_save(instance, created, using=using, **kwargs)


def keep() -> None:
    """Register the models; call it once, when every model is loaded."""
    for model, left_out in KEPT.values():
        register(apps.get_model(model), app=APP, records_class=ChangeHistory, excluded_fields=sorted(left_out))
    pre_create_historical_record.connect(_at_the_hubs_time, dispatch_uid="audit")


def _at_the_hubs_time(history_instance: Any, **_kwargs: object) -> None:
    history_instance.history_date = hub_clock().now()


def rows(what: str) -> QuerySet[Any]:
    """Return the versions, newest first."""
    model = apps.get_model(KEPT[what][0])
    return model.history.select_related("history_user").order_by("-history_date", "-history_id")


def field_changes(row: Any) -> list[tuple[str, object, object]]:
    """Return each changed field with its old and new value; empty for a creation or deletion."""
    before = row.prev_record if row.history_type == "~" else None
    if before is None:
        return []
    return [
        (str(each.verbose_name), _display_value(before, each), _display_value(row, each))
        for each in row.tracked_fields
        if getattr(before, each.attname) != getattr(row, each.attname)
    ]


def _display_value(row: Any, field: Any) -> object:
    value = getattr(row, field.attname)
    return dict(field.flatchoices).get(value, value)


@staff_page
def changes(request: HttpRequest) -> HttpResponse:
    """Show the changes of one kind, by its key in `KEPT`: `?show=fees`."""
    show = request.GET.get("show", "patrons")
    if show not in KEPT:
        raise Http404
    if wants_csv(request):
        return _changes_csv(show)
    found = paginate(request, rows(show))
    return page(request, "audit", "audit/changes.html", {
        "found": found, "show": show,
        "rows": _shown_rows(list(found), show),
        "tabs": (
            ("patrons", _("Patron status")), ("rules", _("Rules")), ("fees", _("Fees")),
            ("closed_days", _("Closed days")), ("branches", _("Branches")), ("item_types", _("Item types")),
            ("patron_categories", _("Patron categories")), ("fee_rules", _("Fee rules")),
            ("titles", _("Titles")), ("items", _("Items")),
            ("library", _("Library")), ("numbering", _("Numbering")),
            ("look", _("Logo and colour")), ("mail_account", _("Mail account")),
            ("sms_account", _("SMS service")), ("wechat_account", _("WeChat account")),
            ("wecom_account", _("WeCom account")),
            ("imports", _("Imports")), ("segments", _("Segments")),
            ("journeys", _("Journeys")), ("segment_services", _("Services for segments")),
            ("kiosk_settings", _("Kiosk settings")), ("releases", _("Kiosk releases")),
            ("rollouts", _("Rollouts")), ("channels", _("Kiosk channels")), ("staff", _("Staff")),
        ),
    })  # fmt: skip


def _changes_csv(show: str) -> HttpResponse:
    heading = (_("Time"), _("Staff member"), _("Object"), _("Change"), _("Fields"))
    lines = (
        (each["at"], each["who"], each["what"], each["kind"], "; ".join(each["fields"]))
        for some in batches(rows(show))
        for each in _shown_rows(some, show)
    )
    return download("changes", heading, lines)


def _shown_rows(found: list[Any], show: str) -> list[dict[str, Any]]:
    payers = [each.patron_id for each in found] if show == "fees" else []
    refs = dict(Patron.objects.filter(pk__in=payers).values_list("pk", "ref"))
    return [_row(each, show, refs) for each in found]


def _row(row: Any, show: str, refs: dict[int, str]) -> dict[str, Any]:
    kinds = {"+": _("added"), "~": _("changed"), "-": _("removed")}
    return {
        "at": formatting.date_and_time(row.history_date),
        "who": row.history_user.get_username() if row.history_user else "",
        "what": _subject(row, show, refs),
        "kind": kinds[row.history_type],
        "fields": [
            _("{field}: {before} → {after}").format(field=field, before=_word(before), after=_word(after))
            for field, before, after in field_changes(row)
        ]
        + _note_texts(row.history_change_reason or ""),
    }


NEW_PASSWORD = "password"
"""Reason of a version that stores a new password or key, which no version contains."""


class AccountChange(StrEnum):
    """What is done to a staff account beyond its fields."""

    ROLE = "role"
    """Followed by the codes of the old and the new role; `-` for none."""
    LINK = "link"
    SECOND_STEP = "second_step"


def note_account_change(user: User, change: AccountChange, *roles: Role | None) -> None:
    """Save the account with a version that says what was done."""
    user._change_reason = " ".join((change, *(role or "-" for role in roles)))
    user.save()


def _note_texts(note: str) -> list[str]:
    """Return the text of a note by `note_account_change`, if there is one."""
    match note.split():
        case [AccountChange.ROLE, before, after]:
            names = {each.value: role_words(each) for each in Role}
            old, new = names.get(before, "–"), names.get(after, "–")
            return [_("role: {before} → {after}").format(before=old, after=new)]
        case [AccountChange.LINK]:
            return [_("sign-in link created")]
        case [AccountChange.SECOND_STEP]:
            return [_("second step reset")]
        case [name] if name == NEW_PASSWORD:
            return [_("new password or key")]
    return []


def _subject(row: Any, show: str, refs: dict[int, str]) -> str:
    if show == "patrons":
        return str(row.ref)
    if show == "fees":
        return f"{formatting.money(row.amount)} {refs.get(row.patron_id, '')}".strip()
    if show == "rules":
        return _("rule {number}").format(number=row.id)
    if show == "staff":
        return str(row.username)
    if show == "items":
        return str(row.barcode)
    if show == "imports":
        return f"{row.get_kind_display()} {row.id}"
    return str(row.instance)


def _word(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return _("a picture") if len(value) else "–"
    return "–" if value is None or value == "" else value
