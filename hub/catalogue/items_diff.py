"""Compare a sheet of items with the items in few queries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hub.catalogue.display import isbn13
from hub.catalogue.models import Isbn, Item
from hub.csv_sheets.csv_reader import CsvRow, Known
from hub.csv_sheets.truncation_guard import chunks

COLUMNS = (
    "barcode", "pk", "type__code", "branch__code", "call_number", "condition",
    "title_id", "title__title", "title__author", "title__control_number",
)  # fmt: skip


def known(told: Sequence[CsvRow]) -> Mapping[int, Known]:
    """Return the item that each row is about, by row number."""
    often = Counter(row["barcode"] for row in told)
    here: dict[str, dict[str, Any]] = {}
    for some in chunks(sorted(often)):
        found = Item.objects.filter(barcode__in=some).order_by().values(*COLUMNS)
        here.update((each["barcode"], each) for each in found)
    isbns: set[tuple[int, str]] = set()
    for titles in chunks(sorted({each["title_id"] for each in here.values()})):
        isbns.update(Isbn.objects.filter(title__in=titles).order_by().values_list("title_id", "isbn13"))
    found_for = {}
    for row in told:
        facts = here.get(row["barcode"])
        found_for[row.number] = Known(
            facts["pk"] if facts else None,
            row["condition"],
            twice=often[row["barcode"]] > 1,
            same=facts is not None and _is_as(row, facts, isbns),
        )
    return found_for


def _is_as(row: CsvRow, facts: Mapping[str, Any], isbns: set[tuple[int, str]]) -> bool:
    same = (row["type"], row["branch"], row["call_number"][:80]) == (
        facts["type__code"], facts["branch__code"], facts["call_number"],
    )  # fmt: skip
    return same and row["condition"] in ("", facts["condition"]) and not row.faults and _is_of(row, facts, isbns)


def _is_of(row: CsvRow, facts: Mapping[str, Any], isbns: set[tuple[int, str]]) -> bool:
    """Return whether the row names the item's title, as the import matches it.

    It is matched by control number, else ISBN, else title and author.
    """
    if row["control_number"]:
        return bool(row["control_number"] == facts["title__control_number"])
    if row["isbn"]:
        return (facts["title_id"], isbn13(row["isbn"]) or "") in isbns
    words = row["title"], row["author"][:300], None
    return words == (facts["title__title"], facts["title__author"], facts["title__control_number"])
