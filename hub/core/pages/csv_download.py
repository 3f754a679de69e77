"""Offer the rows of a staff page as a CSV file for spreadsheets."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextvars import copy_context
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from lending.cells import quote_cell

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH = 500
"""Rows of a list that are read and looked up together, and sent together."""
CSV_TYPE = "text/csv; charset=utf-8"


def wants_csv(request: HttpRequest) -> bool:
    """Return whether the link *Download CSV* below a list was followed."""
    return request.GET.get("form") == "csv"


def batches(rows: "QuerySet") -> Iterator[list[Any]]:
    """Return all rows of a list some hundred at a time, for lists whose patrons are looked up together."""
    left = rows.iterator(chunk_size=BATCH)
    return iter(lambda: list(islice(left, BATCH)), [])


def download(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponseBase:
    """Return the rows as a file to save. A long list is sent while it is read, and is never in memory as a whole.

    It is UTF-8 with a byte order mark, without which Excel misreads Chinese. Cells that a spreadsheet would run as a
    formula are quoted.

    Args:
        name: File name without its ending.
        heading: The names of the columns.
        rows: Cells, in the order of the columns; None is an empty cell.
    """
    left = iter(rows)
    first = list(islice(left, BATCH))
    response: HttpResponseBase
    if len(first) < BATCH:
        response = HttpResponse(csv_file(heading, first), content_type=CSV_TYPE)
    else:
        response = StreamingHttpResponse(_pieces(heading, chain(first, left)), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _pieces(heading: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[bytes]:
    """Return the file of `csv_file` some hundred rows at a time.

    They are read after the view has returned and the middleware has reset language and time zone. The rows are
    therefore read in a copy of the view's context.
    """
    context = copy_context()

    def pieces() -> Iterator[bytes]:
        yield codecs.BOM_UTF8 + _lines((heading,))
        while piece := context.run(lambda: _lines(islice(rows, BATCH))):
            yield piece

    return pieces()


def csv_file(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as the bytes of a CSV file, as `download` does."""
    return codecs.BOM_UTF8 + _lines(chain((heading,), rows))


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written)
    for cells in rows:
        table.writerow([_cell(cell) for cell in cells])
    return written.getvalue().encode()


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, Decimal) else quote_cell(str(cell))  # an amount below 0 is no formula
