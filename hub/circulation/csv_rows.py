"""Find the patron, item or title that a row of an imported sheet refers to."""

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
"""Name of the actor, in the event feed, of changes made by an import."""
PRIVATE = frozenset({"patron_identifier", "note"})


def zone() -> ZoneInfo:
    """Return the library's time zone, for times without an offset."""
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
    """Return the patron that the row names, or None.

    `among` holds the patrons that were read in advance, by identifier.
    """
    identifier = row.filled("patron_identifier", 32)
    found = among.get(identifier) if among is not None else patrons([identifier]).get(identifier)
    if identifier and found is None:
        row.wrong(f"{row.said('patron_identifier')} is nobody's: import the patrons first", Wrong.NOBODYS)
    return found


def item(row: CsvRow, among: Mapping[str, Item] | None = None) -> Item | None:
    """Return the item that the row names, or None.

    `among` holds the items that were read in advance, by barcode.
    """
    barcode = row.filled("item_barcode", 32)
    found = among.get(barcode) if among is not None else items([barcode]).get(barcode)
    if barcode and found is None:
        row.wrong(f"{row.said('item_barcode')} is on no item: import the items first", Wrong.NOBODYS)
    return found


def title(row: CsvRow) -> Title | None:
    """Return the title of a hold, or None.

    It is found by an item's barcode, else by control number, ISBN, or title and author.
    """
    if row["item_barcode"]:
        copy = item(row)
        return copy.title if copy else None
    if row["control_number"]:
        column, found = "control_number", Title.objects.filter(control_number=row["control_number"])
    elif row["isbn"]:
        column, found = "isbn", Title.objects.filter(isbns__isbn13=isbn13(row["isbn"]) or "")
    elif row["title"]:
        column, found = "title", Title.objects.filter(title=row["title"])
        found = found.filter(author=row["author"]) if row["author"] else found
    else:
        row.wrong("control_number, isbn, title and item_barcode are empty: fill one of them in", Wrong.EMPTY)
        return None
    some = list(found[:2])
    if not some:
        row.wrong(f"{row.said(column)} is in no record: import titles and items first", Wrong.NOBODYS)
    elif len(some) > 1:
        row.wrong(f"{row.said(column)} is more than one title's: give the item_barcode of a copy")
    return some[0] if len(some) == 1 else None
