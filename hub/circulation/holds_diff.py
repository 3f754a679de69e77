"""Compare a sheet of holds with the open holds in few queries.

A row that names its title by words or by an ISBN counts as different; the import resolves it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.catalogue.models import Item, Title
from hub.circulation import csv_rows
from hub.circulation.models import Hold, Patron
from hub.csv_sheets.csv_reader import CsvRow, Known
from hub.csv_sheets.truncation_guard import chunks

Key = tuple[int, int]
"""Primary keys of patron and title."""


@dataclass(frozen=True, slots=True)
class Here:
    pk: int
    state: str
    placed: datetime
    pickup: str
    copy: str
    """Barcode of the copy on the hold shelf; empty while the hold waits."""


def known(told: Sequence[CsvRow]) -> Mapping[int, Known]:
    """Return the hold that each row is about, by row number."""
    keys, zone = _keys(told), csv_rows.zone()
    often, here = Counter(keys.values()), _open(sorted({patron for patron, _title in keys.values()}))
    found_for = {}
    for row in told:
        key = keys.get(row.number)
        hold = here.get(key) if key else None
        found_for[row.number] = Known(
            hold.pk if hold else None,
            _state(row),
            twice=key is not None and often[key] > 1,
            same=hold is not None and _is_as(row, hold, zone),
        )
    return found_for


def _keys(rows: Sequence[CsvRow]) -> Mapping[int, Key]:
    """Return the keys of the rows whose patron and title exist."""
    patrons: dict[str, int] = {}
    copies: dict[str, int] = {}
    records: dict[str, int] = {}
    for some in chunks(sorted({row["patron_identifier"] for row in rows})):
        patrons.update(Patron.objects.filter(identifier__in=some).values_list("identifier", "pk"))
    for some in chunks(sorted({row["item_barcode"] for row in rows} - {""})):
        copies.update(Item.objects.filter(barcode__in=some).values_list("barcode", "title_id"))
    for some in chunks(sorted({row["control_number"] for row in rows if not row["item_barcode"]} - {""})):
        records.update(Title.objects.filter(control_number__in=some).values_list("control_number", "pk"))
    keys = {}
    for row in rows:
        patron = patrons.get(row["patron_identifier"])
        title = copies.get(row["item_barcode"]) if row["item_barcode"] else records.get(row["control_number"])
        if patron is not None and title is not None:
            keys[row.number] = patron, title
    return keys


def _open(patrons: Sequence[int]) -> Mapping[Key, Here]:
    """Return the open holds of these patrons; a patron has at most one of a title."""
    found: dict[Key, Here] = {}
    columns = ("patron_id", "title_id", "pk", "state", "placed_at", "pickup__code", "item__barcode")
    for some in chunks(patrons):
        holds = Hold.objects.filter(patron__in=some, state__in=Hold.OPEN).order_by()
        for patron, title, pk, state, placed, pickup, copy in holds.values_list(*columns):
            found[patron, title] = Here(pk, state, placed, pickup, copy or "")
    return found


def _state(row: CsvRow) -> str:
    return row["state"] or str(Hold.State.WAITING)


def _is_as(row: CsvRow, hold: Here, zone: ZoneInfo) -> bool:
    """Return whether the row matches the hold.

    A ready hold is compared by its copy and must have a last day; a waiting one by its time and pickup branch.
    """
    read = replace(row, faults=[], clashes=[])
    placed, until = read.moment("placed_at", zone), read.day("until")
    if row.faults or read.faults or placed is None or _state(row) != hold.state:
        return False
    if hold.state == str(Hold.State.READY):
        return until is not None and row["item_barcode"] == hold.copy
    return (placed, row["pickup"]) == (hold.placed, hold.pickup)
