"""Keep every version of patron status, loan rules and fees, without names, numbers, PINs or notes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from simple_history import register
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record

from hub.core.clock import hub_clock

APP = "hub.audit"
KEPT: dict[str, tuple[str, frozenset[str]]] = {
    "patrons": (
        "circulation.Patron",
        frozenset({"identifier", "name", "language", "pin", "past"}),
    ),
    "rules": ("circulation.Rule", frozenset()),
    "fees": ("circulation.Fee", frozenset({"note", "item"})),
}
"""Kinds of history: the model, and the names of its fields that are left out."""


class Records(HistoricalRecords):
    """History records without a row for saves that change only excluded fields, such as a new PIN."""

    def post_save(self, instance: Any, created: bool, using: str | None = None, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields and not created and set(fields) <= set(self.excluded_fields):
            return
        super().post_save(instance, created, using=using, **kwargs)


def keep() -> None:
    """Register the models; call it once, when every model is loaded."""
    for model, left_out in KEPT.values():
        register(apps.get_model(model), app=APP, records_class=Records, excluded_fields=sorted(left_out))
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
