"""Delete records to which nothing refers yet, so that adding them can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import DO_NOTHING, Model
from django.db.models.fields.reverse_related import ForeignObjectRel

from hub.catalogue.models import CoverSearch, Edition, Isbn, Item, SearchEntry, Title
from hub.circulation.models import Card, Patron
from hub.csv_sheets.csv_reader import chunks
from hub.outreach.patrons.models import Person

PARTS: Mapping[type[Model], frozenset[type[Model]]] = {
    Title: frozenset({Isbn, SearchEntry, Edition, CoverSearch}),
    Item: frozenset(),
    Patron: frozenset({Card}),
    Person: frozenset(),
}
"""Tables whose rows belong to a record and go with it."""


class ChangedSince(Exception):
    """A record was changed or used since what is to be undone."""


def delete_unused(model: type[Model], keys: Iterable[int]) -> None:
    """Delete records with their parts. Raises ChangedSince if anything else refers to one of them."""
    for some in chunks(sorted(keys)):
        if any(_refers(relation, some) for relation in _relations(model)):
            raise ChangedSince
        model._base_manager.filter(pk__in=some).delete()


def _relations(model: type[Model]) -> list[ForeignObjectRel]:
    found = model._meta.get_fields(include_hidden=True)
    return [
        each
        for each in found
        if isinstance(each, ForeignObjectRel)
        and each.on_delete is not DO_NOTHING
        and each.related_model not in PARTS[model]
    ]


def _refers(relation: ForeignObjectRel, keys: Sequence[int]) -> bool:
    return relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys}).exists()
