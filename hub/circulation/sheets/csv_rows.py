"""Find the patron or item that a row of an imported sheet refers to."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Patron
from hub.circulation.operations import Actor
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn, Wrong, chunks

IMPORT = "import"
"""Name of the actor, in the event feed, of changes made by an import."""
RECORD = "title__record"
"""The MARC record, which is large and not needed here."""

PATRON = SheetColumn("patron_identifier", needed=True, private=True)


def zone() -> ZoneInfo:
    """Return the library's time zone, for times without an offset."""
    return ZoneInfo(the_library().timezone)


def import_actor(branch: Branch) -> Actor:
    return Actor(branch=branch, now=hub_clock().now(), staff=IMPORT)


def patrons(identifiers: Iterable[str]) -> dict[str, Patron]:
    found = {}
    for some in chunks(sorted(set(identifiers))):
        for each in Patron.objects.filter(identifier__in=some).select_related("category"):
            found[each.identifier] = each
    return found


def items(barcodes: Iterable[str]) -> dict[str, Item]:
    found = {}
    for some in chunks(sorted(set(barcodes))):
        for each in Item.objects.filter(barcode__in=some).select_related("title", "type", "branch").defer(RECORD):
            found[each.barcode] = each
    return found


def patron(row: CsvRow, among: Mapping[str, Patron]) -> Patron | None:
    """Return the patron that the row names, by identifier among those that were read in advance, or None."""
    identifier = row.required_text("patron_identifier", 32)
    found = among.get(identifier)
    if identifier and found is None:
        row.wrong(
            f"{row.describe_cell('patron_identifier')} matches no patron; import the patrons first", Wrong.NOBODYS
        )
    return found


def item(row: CsvRow, among: Mapping[str, Item]) -> Item | None:
    """Return the item that the row names, by barcode among those that were read in advance, or None."""
    barcode = row.required_text("item_barcode", 32)
    found = among.get(barcode)
    if barcode and found is None:
        row.wrong(f"{row.describe_cell('item_barcode')} matches no item; import the items first", Wrong.NOBODYS)
    return found
