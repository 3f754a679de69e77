"""Finds whom and what a row of loans, holds or fees is about; writes nothing."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from hub.catalogue.display import isbn13
from hub.catalogue.models import Branch, Item, Title
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Patron
from hub.circulation.operations import Actor
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_errors import Wrong
from hub.csv_sheets.csv_reader import CsvRow

IMPORT = "import"
"""Who acts, in the feed, where a sheet was read in."""
PRIVATE = frozenset({"patron_identifier", "note"})


def zone() -> ZoneInfo:
    """The library's, for moments without an offset."""
    return ZoneInfo(the_library().timezone)


def by(branch: Branch) -> Actor:
    return Actor(branch=branch, now=hub_clock().now(), staff=IMPORT)


def patrons(identifiers: Sequence[str]) -> dict[str, Patron]:
    some = Patron.objects.filter(identifier__in=identifiers)
    return {each.identifier: each for each in some.select_related("category")}


def items(barcodes: Sequence[str]) -> dict[str, Item]:
    some = Item.objects.filter(barcode__in=barcodes)
    return {each.barcode: each for each in some.select_related("title", "type", "branch")}


def patron(row: CsvRow, among: Mapping[str, Patron] | None = None) -> Patron | None:
    """Whom it names; `among` are those by their numbers who were read already."""
    identifier = row.filled("patron_identifier", 32)
    found = among.get(identifier) if among is not None else patrons([identifier]).get(identifier)
    if identifier and found is None:
        row.wrong(f"{row.said('patron_identifier')} is nobody's: import the patrons first", Wrong.NOBODYS)
    return found


def item(row: CsvRow, among: Mapping[str, Item] | None = None) -> Item | None:
    """Which it names; `among` are those by their barcodes that were read already."""
    barcode = row.filled("item_barcode", 32)
    found = among.get(barcode) if among is not None else items([barcode]).get(barcode)
    if barcode and found is None:
        row.wrong(f"{row.said('item_barcode')} is on no item: import the items first", Wrong.NOBODYS)
    return found


def title(row: CsvRow) -> Title | None:
    """The title that is waited for: by a copy's barcode, else control number, else ISBN, else its own words."""
    if row["item_barcode"]:
        copy = item(row)
        return copy.title if copy else None
    if row["control_number"]:
        told, found = "control_number", Title.objects.filter(control_number=row["control_number"])
    elif row["isbn"]:
        told, found = "isbn", Title.objects.filter(isbns__isbn13=isbn13(row["isbn"]) or "")
    elif row["title"]:
        told, found = "title", Title.objects.filter(title=row["title"])
        found = found.filter(author=row["author"]) if row["author"] else found
    else:
        row.wrong("control_number, isbn, title and item_barcode are empty: fill one of them in", Wrong.EMPTY)
        return None
    some = list(found[:2])
    if not some:
        row.wrong(f"{row.said(told)} is in no record: import titles and items first", Wrong.NOBODYS)
    elif len(some) > 1:
        row.wrong(f"{row.said(told)} is more than one title's: give the item_barcode of a copy")
    return some[0] if len(some) == 1 else None
