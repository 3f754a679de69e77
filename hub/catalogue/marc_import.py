"""Import described titles into the catalogue; existing titles are updated."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from hub.catalogue.marc import DescribedTitle, UnusableRecord, read
from hub.catalogue.models import Isbn, Title
from hub.catalogue.online_editions import repository
from hub.catalogue.search import index
from hub.core.retrying_transaction import atomic

BATCH = 500
FIELDS = (
    "title", "subtitle", "author", "dewey", "clc", "subject", "call_number", "language", "year", "headings", "record",
)  # fmt: skip


@dataclass(slots=True)
class ImportReport:
    """The result of an import."""

    added: int = 0
    updated: int = 0
    bad: list[UnusableRecord] = field(default_factory=list)
    odd: list[UnusableRecord] = field(default_factory=list)
    """Addresses of online editions that were left out of imported titles."""


def import_marc(file: BinaryIO, progress: Callable[[], object]) -> ImportReport:
    """Import all records in batches; `progress` is called after each record."""
    report, batch = ImportReport(), dict[str, DescribedTitle]()
    for found in read(file):
        if isinstance(found, UnusableRecord):
            report.bad.append(found)
        else:
            batch[found.control_number] = found
            report.odd += [UnusableRecord(found.number, f"856 $u {url!r} is no web address") for url in found.unusable]
        progress()
        if len(batch) == BATCH:
            _shelve(batch.values(), report)
            batch.clear()
    _shelve(batch.values(), report)
    return report


@atomic
def _shelve(batch: Iterable[DescribedTitle], report: ImportReport) -> None:
    wanted = list(batch)
    known = Title.objects.filter(control_number__in=[each.control_number for each in wanted]).count()
    save_titles(wanted)
    report.added += len(wanted) - known
    report.updated += known


def save_titles(batch: Iterable[DescribedTitle]) -> list[Title]:
    """Save the titles with their ISBNs and search index; return them in the same order."""
    rows = [
        Title(control_number=each.control_number, **{name: getattr(each, name) for name in FIELDS}) for each in batch
    ]
    titles: list[Title] = Title.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["control_number"], update_fields=list(FIELDS)
    )
    Isbn.objects.filter(title__in=titles).delete()
    Isbn.objects.bulk_create(
        Isbn(title=title, isbn13=isbn) for title, each in zip(titles, batch, strict=True) for isbn in each.isbns
    )
    repository.from_records(titles, [each.links for each in batch])
    index.write(titles)
    return titles
