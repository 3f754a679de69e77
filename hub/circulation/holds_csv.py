"""Import open holds from a CSV sheet, in the order in which they were placed; no notices are sent."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.catalogue.models import Branch, Item, Title
from hub.circulation import csv_rows, totals
from hub.circulation.models import Hold, Patron
from hub.circulation.operations import holds
from hub.csv_sheets.csv_errors import Wrong
from hub.csv_sheets.csv_reader import Became, CsvRow, Form, Plan, amended, imported

NEEDED = ("patron_identifier", "pickup", "placed_at")
TITLE = ("control_number", "isbn", "title", "author", "item_barcode")
KNOWN = (*NEEDED, *TITLE, "state", "shelf", "until", "closed_at")
FORM = Form(NEEDED, KNOWN, csv_rows.PRIVATE)


def import_holds(path: Path, really: bool, read_rows: Iterable[CsvRow] | None = None) -> Plan:
    """Check every row and import the valid ones if `really`.

    Of two holds placed at the same time, the upper row comes first.

    `read_rows` are the rows if they were read already.
    """
    branches = {row.code: row for row in Branch.objects.all()}
    where, about = csv_rows.zone(), dict[int, str]()
    return imported(
        path, FORM, really, lambda row: _import(row, branches, where, about), totals.holds, about, read_rows
    )


def _import(row: CsvRow, branches: dict[str, Branch], where: ZoneInfo, about: dict[int, str]) -> Became:
    state = row.one_of("state", map(str, Hold.State.values)) if row["state"] else str(Hold.State.WAITING)
    if not row.faults and state not in map(str, Hold.OPEN):
        return "over"
    patron, title, pickup = csv_rows.patron(row), csv_rows.title(row), row.one_of("pickup", branches)
    row.filled("placed_at", 40)
    placed, until = row.moment("placed_at", where), row.day("until")
    item = _copy(row, until) if state == str(Hold.State.READY) else None
    if row.faults and patron is not None:
        about.update(dict.fromkeys(Hold.objects.filter(patron=patron).values_list("pk", flat=True), ""))
    row.judged()
    assert patron is not None and title is not None and placed is not None
    known = _known(patron, title, placed)
    if known is not None:
        about[known.pk] = state
        waits = known.state == Hold.State.WAITING and state == known.state
        return amended(known, placed_at=placed, pickup=branches[pickup]) if waits else "same"
    hold = Hold.objects.create(
        patron=patron,
        title=title,
        pickup=branches[pickup],
        state=state,
        placed_at=placed,
        item=item,
        until=until if item else None,
        shelf=(row["shelf"][:40] or patron.identifier[-4:]) if item else "",
    )
    about[hold.pk] = state
    holds.tell("hold_placed", csv_rows.by(hold.pickup), hold)
    return "added"


def _known(patron: Patron, title: Title, placed: datetime) -> Hold | None:
    """Return the hold if it exists already: open, or closed by the hub since the first import."""
    holds_of_title = Hold.objects.filter(patron=patron, title=title)
    found: Hold | None = (
        holds_of_title.filter(state__in=Hold.OPEN).first() or holds_of_title.filter(placed_at=placed).first()
    )
    return found


def _copy(row: CsvRow, until: date | None) -> Item | None:
    """Return the copy on the hold shelf for this hold."""
    if until is None:
        row.wrong("until is empty: a hold that is ready has a last day", Wrong.EMPTY)
    found = csv_rows.item(row)
    if found is None:
        return None
    others = Hold.objects.filter(item=found, state=Hold.State.READY)
    if others.exclude(patron__identifier=row["patron_identifier"]).exists():
        row.wrong(
            f"{row.said('item_barcode')} stands on the hold shelf for somebody else: one of the two is wrong",
            Wrong.ANOTHERS,
        )
    elif not others.exists() and not holds.is_free(found):
        row.wrong(f"{row.said('item_barcode')} is not in the library: a copy on the hold shelf is on no loan")
    return found
