"""Undo an import as a whole, while its means to do so are kept: delete what it added, and restore what it changed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import DO_NOTHING, Model
from django.db.models.fields.reverse_related import ForeignObjectRel

from hub.catalogue.marc import DescribedTitle, read
from hub.catalogue.marc_import import save_titles
from hub.catalogue.models import CoverSearch, Edition, Isbn, Item, SearchEntry, Title
from hub.circulation.models import Card, Patron
from hub.core.retrying_transaction import atomic
from hub.csv_sheets.csv_reader import chunks
from hub.ils.models import FileImport
from hub.outreach.patrons.models import Person
from hub.staff.uploads import files
from hub.staff.uploads.dry_run import ImportResult

MODELS: Mapping[str, type[Model]] = {
    files.TITLES: Title,
    files.ITEMS: Item,
    files.PATRONS: Patron,
}
PARTS: Mapping[type[Model], frozenset[type[Model]]] = {
    Title: frozenset({Isbn, SearchEntry, Edition, CoverSearch}),
    Item: frozenset(),
    Patron: frozenset({Card}),
    Person: frozenset(),
}
"""Tables whose rows belong to a record and go with it."""


class ChangedSince(Exception):
    """A record was changed or used after the import."""


def write_means(found: FileImport, result: ImportResult) -> None:
    """Store what undoes an import that has just been written."""
    changed = {}
    for some in chunks(sorted(result.before)):
        for row in MODELS[found.kind]._base_manager.filter(pk__in=some):
            changed[row.pk] = {"before": result.before[row.pk], "after": _state(row, result.before[row.pk])}
    files.write_json(files.folder(found.pk), files.UNDO, {
        "added": result.added, "added_titles": result.added_titles, "changed": changed, "obstacle": result.obstacle,
    })  # fmt: skip


@atomic
def undo_import(found: FileImport) -> None:
    """Delete the added records, restore the changed ones and mark the import as undone, or do none of it.

    Raises:
        ChangedSince: A record was changed or used since, or the means to undo the import are deleted.
    """
    locked = FileImport.objects.select_for_update().get(pk=found.pk)
    means = files.read_json(found.pk, files.UNDO)
    if means is None or means["obstacle"] or locked.state != FileImport.State.DONE:
        raise ChangedSince
    model = MODELS[found.kind]
    _restore(model, {int(pk): values for pk, values in means["changed"].items()})
    if model is Patron:
        refs = Patron.objects.filter(pk__in=means["added"]).values_list("ref", flat=True)
        _delete(Person, Person.objects.filter(ref__in=list(refs)).values_list("pk", flat=True))
    _delete(model, means["added"])
    _delete(Title, means["added_titles"])
    locked.state = FileImport.State.UNDONE
    locked.save()


def _state(row: Model, before: Any) -> Any:
    """Return what the row's changed attributes contain now, or of a MARC record its hash."""
    if isinstance(row, Title):
        return hashlib.sha256(bytes(row.record or b"")).hexdigest()
    return {name: str(getattr(row, name)) for name in before}


def _restore(model: type[Model], changed: Mapping[int, Mapping[str, Any]]) -> None:
    records = io.BytesIO()
    for some in chunks(sorted(changed)):
        rows = list(model._base_manager.select_for_update().filter(pk__in=some))
        if len(rows) < len(some) or any(
            _state(row, changed[row.pk]["before"]) != changed[row.pk]["after"] for row in rows
        ):
            raise ChangedSince
        for row in rows:
            before = changed[row.pk]["before"]
            if isinstance(row, Title):
                records.write(bytes.fromhex(before))
                continue
            for name, value in before.items():
                setattr(row, name, row._meta.get_field(name).to_python(value))
            row.save(update_fields=list(before))
    records.seek(0)
    earlier = [each for each in read(records) if isinstance(each, DescribedTitle)]
    for some_titles in chunks(earlier):
        save_titles(some_titles)


def _delete(model: type[Model], keys: Iterable[int]) -> None:
    """Delete rows to which nothing refers except their own parts. Raises ChangedSince."""
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


def _refers(relation: ForeignObjectRel, keys: Iterable[int]) -> bool:
    return relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys}).exists()
