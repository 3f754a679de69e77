"""Find what refers to a row of the library's settings, so that it is not removed while it is in use."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import DO_NOTHING, Model
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils.translation import gettext as _

from hub.catalogue.models import Item
from hub.circulation.models import ClosedDay, Hold, Kiosk, Loan, Patron, Rule


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of one table that refer to another row."""

    table: type[Model]
    count: int


def references(row: Model) -> list[Reference]:
    """Return the tables with rows that refer to this one.

    Field history is not counted: it keeps the keys of deleted rows.
    """
    counts: dict[type[Model], int] = {}
    for relation in row._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and _counts(relation):
            found = relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).count()
            counts[relation.related_model] = counts.get(relation.related_model, 0) + found
    return [Reference(table, count) for table, count in counts.items() if count]


def reference_text(found: list[Reference]) -> str:
    """Describe the references, those that staff can do something about first: items (63), loans (1,204)."""
    words = {
        Item: _("items"),
        Kiosk: _("kiosks"),
        Patron: _("patrons"),
        Rule: _("loan rules"),
        ClosedDay: _("closed days"),
        Hold: _("holds"),
        Loan: _("loans"),
    }
    counts = {each.table: each.count for each in found}
    named = [(name, counts[table]) for table, name in words.items() if table in counts]
    others = sum(count for table, count in counts.items() if table not in words)
    rest = [(_("other records"), others)] if others else []
    return _(", ").join(f"{name} ({count:,})" for name, count in (*named, *rest))


def _counts(relation: ForeignObjectRel) -> bool:
    """Return whether the relation is one that a deletion would break; of a many-to-many, only its named side."""
    return relation.on_delete is not DO_NOTHING and not relation.related_model._meta.auto_created
