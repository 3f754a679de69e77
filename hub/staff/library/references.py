"""Find what refers to a row of the library's settings, so that it is not removed while it is in use."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import DO_NOTHING, Model
from django.db.models.fields.reverse_related import ForeignObjectRel


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of one table that refer to another row."""

    table: type[Model]
    count: int

    @property
    def name(self) -> str:
        """Name of such rows, in the plural."""
        return str(self.table._meta.verbose_name_plural)


def references(row: Model) -> list[Reference]:
    """Return the tables with rows that refer to this one, most rows first.

    Field history is not counted: it keeps the keys of deleted rows.
    """
    counts: dict[type[Model], int] = {}
    for relation in row._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and _counts(relation):
            found = relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).count()
            counts[relation.related_model] = counts.get(relation.related_model, 0) + found
    found_tables = [Reference(table, count) for table, count in counts.items() if count]
    return sorted(found_tables, key=lambda each: -each.count)


def _counts(relation: ForeignObjectRel) -> bool:
    """Return whether the relation is one that a deletion would break; of a many-to-many, only its named side."""
    return relation.on_delete is not DO_NOTHING and not relation.related_model._meta.auto_created
