"""Offer the rows of a staff page as a CSV file for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse

from lending.cells import quote_cell

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH = 500
"""Rows of a list that are read and looked up together."""


def wants_csv(request: HttpRequest) -> bool:
    """Return whether the link *Download CSV* below a list was followed."""
    return request.GET.get("form") == "csv"


def batches(rows: "QuerySet") -> Iterator[list[Any]]:
    """Return all rows of a list some hundred at a time, for lists whose patrons are looked up together."""
    left = rows.iterator(chunk_size=BATCH)
    return iter(lambda: list(islice(left, BATCH)), [])


def download(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return the rows as a file to save.

    It is UTF-8 with a byte order mark, without which Excel misreads Chinese. Cells that a spreadsheet would run as a
    formula are quoted.

    Args:
        name: File name without its ending.
        heading: The names of the columns.
        rows: Cells, in the order of the columns; None is an empty cell.
    """
    response = HttpResponse(csv_file(heading, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_file(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as the bytes of a CSV file, as `download` does."""
    written = io.StringIO()
    table = csv.writer(written)
    for cells in (heading, *rows):
        table.writerow([_cell(cell) for cell in cells])
    return written.getvalue().encode("utf-8-sig")


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, Decimal) else quote_cell(str(cell))  # an amount below 0 is no formula
