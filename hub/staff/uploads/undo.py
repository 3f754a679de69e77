"""Undo an import as a whole, while its means to do so are kept: delete what it added, and restore what it changed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max, Model
from django.utils.crypto import salted_hmac

from hub.catalogue.marc import DescribedTitle, read
from hub.catalogue.marc_import import save_titles
from hub.catalogue.models import Item, Title
from hub.circulation.models import Patron
from hub.core.retrying_transaction import atomic
from hub.csv_sheets.csv_reader import chunks
from hub.ils.models import FileImport
from hub.outreach.patrons.models import Person
from hub.staff.unused import ChangedSince, delete_unused
from hub.staff.uploads import files
from hub.staff.uploads.dry_run import ImportResult

MODELS: Mapping[str, type[Model]] = {
    files.TITLES: Title,
    files.ITEMS: Item,
    files.PATRONS: Patron,
}


def write_means(found: FileImport, result: ImportResult) -> None:
    """Store what undoes an import that has just been written."""
    changed = {}
    for some in chunks(sorted(result.before)):
        for row in MODELS[found.kind]._base_manager.filter(pk__in=some):
            changed[row.pk] = {"before": result.before[row.pk], "after": _state(row, result.before[row.pk])}
    files.write_json(files.folder(found.pk), files.UNDO, {
        "added": result.added, "added_titles": result.added_titles, "changed": changed, "obstacle": result.obstacle,
        "names": _name_marks(result.added) if found.kind == files.PATRONS else {},
        "versions": {kind: _latest_version(MODELS[kind]) for kind in (files.TITLES, found.kind)},
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
    model, versions = MODELS[found.kind], means["versions"]
    _check_versions(model, [*means["added"], *map(int, means["changed"])], versions[found.kind])
    _check_versions(Title, means["added_titles"], versions[files.TITLES])
    _restore(model, {int(pk): values for pk, values in means["changed"].items()})
    if model is Patron:
        if _name_marks(means["added"]) != means["names"]:
            raise ChangedSince
        refs = Patron.objects.filter(pk__in=means["added"]).values_list("ref", flat=True)
        delete_unused(Person, Person.objects.filter(ref__in=list(refs)).values_list("pk", flat=True))
    delete_unused(model, means["added"])
    delete_unused(Title, means["added_titles"])
    locked.state = FileImport.State.UNDONE
    locked.save()


def _name_marks(keys: Sequence[int]) -> dict[str, str]:
    """Return a keyed hash of each patron's name, which field history leaves out, by the primary key as text."""
    return {
        str(pk): salted_hmac("uploads undo", name).hexdigest()
        for some in chunks(sorted(keys))
        for pk, name in Patron.objects.filter(pk__in=some).values_list("pk", "name")
    }


def _latest_version(model: Any) -> int:
    """Return the number of the latest version that field history keeps of any record."""
    return model.history.aggregate(latest=Max("history_id"))["latest"] or 0


def _check_versions(model: Any, keys: Sequence[int], latest: int) -> None:
    """Raise ChangedSince if staff have corrected one of the records after this version."""
    for some in chunks(sorted(keys)):
        if model.history.filter(id__in=some, history_id__gt=latest).exists():
            raise ChangedSince


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
