"""Import described titles into the catalogue; existing titles are updated."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Literal

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
    """Titles that were here, changed or not."""
    bad: list[UnusableRecord] = field(default_factory=list)
    odd: list[UnusableRecord] = field(default_factory=list)
    """Addresses of online editions that were left out of imported titles."""


@dataclass(frozen=True, slots=True)
class TitleResult:
    """What became of a record."""

    described: DescribedTitle
    became: Literal["added", "updated", "same"]
    pk: int | None = None
    """Primary key of the title; None in a dry run."""
    before: bytes | None = None
    """Earlier MARC record of an updated title; None if it had none."""


def ignore(_result: TitleResult) -> None:
    """Take no notice of a result."""


def import_marc(
    file: BinaryIO,
    progress: Callable[[], object],
    report_title: Callable[[TitleResult], object] = ignore,
    *,
    really: bool = True,
) -> ImportReport:
    """Import all records in batches.

    Args:
        file: MARC 21, CNMARC or MARCXML.
        progress: Called after each record.
        report_title: Called with the result of each usable record, once its batch is stored.
        really: False for a dry run, which writes nothing and takes no lock.
    """
    report, batch, earlier = ImportReport(), dict[str, DescribedTitle](), set[str]()

    def shelve() -> None:
        for each in (_save if really else _compare)(list(batch.values()), earlier):
            report.added += each.became == "added"
            report.updated += each.became != "added"
            report_title(each)
        earlier.update(batch)
        batch.clear()

    for found in read(file):
        if isinstance(found, UnusableRecord):
            report.bad.append(found)
        else:
            batch[found.control_number] = found
            report.odd += [UnusableRecord(found.number, f"856 $u {url!r} is no web address") for url in found.unusable]
        progress()
        if len(batch) == BATCH:
            shelve()
    shelve()
    return report


@atomic
def _save(wanted: list[DescribedTitle], earlier: Set[str]) -> list[TitleResult]:
    """Save a batch of titles, and return what became of each; `earlier` are the control numbers of earlier batches."""
    compared = _compare(wanted, earlier)
    titles = save_titles(wanted)
    return [replace(each, pk=title.pk) for each, title in zip(compared, titles, strict=True)]


def _compare(wanted: list[DescribedTitle], earlier: Set[str]) -> list[TitleResult]:
    """Return what would become of each title, without writing."""
    numbers = [each.control_number for each in wanted]
    known = {each.control_number: each for each in Title.objects.filter(control_number__in=numbers)}
    return [_result(each, known.get(each.control_number), each.control_number in earlier) for each in wanted]


def _result(described: DescribedTitle, known: Title | None, is_repeated: bool) -> TitleResult:
    if known is None:
        return TitleResult(described, "updated" if is_repeated else "added")
    before = bytes(known.record) if known.record else None
    same = before == described.record and all(
        getattr(known, name) == getattr(described, name) for name in FIELDS if name != "record"
    )
    return TitleResult(described, "same" if same else "updated", None, before)


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
