"""Parse, validate, import and export a floor's bays, and report every fault."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.utils.translation import gettext as _

from hub.catalogue.shelves.models import Bay, Floor
from hub.core.retrying_transaction import atomic
from lending.call_numbers import CallNumberFault, Scheme, UnsortedCallNumber, parse_range
from lending.cells import quote_cell, unquote_cell

COLUMNS = ("code", "x", "y", "width", "height", "first", "last")
NUMBERS = ("x", "y", "width", "height")
TEXTS = ("code", "first", "last")
LONGEST = {"code": 12, "first": 80, "last": 80}
MOST = 2000


class BadPlan(Exception):
    """The bays cannot be saved; `faults` names each place and its fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class BayEntry:
    """A bay as entered."""

    code: str
    x: int
    y: int
    width: int
    height: int
    first: str = ""
    last: str = ""


def read(rows: Sequence[Mapping[str, str]]) -> list[BayEntry]:
    """Parse the input.

    Raises:
        BadPlan: Names every invalid cell.
    """
    faults: list[str] = []
    found = [_read(number, row, faults) for number, row in enumerate(rows, start=1)]
    if len(rows) > MOST:
        faults.append(_("{count} bays exceed the limit of {most} per floor").format(count=len(rows), most=MOST))
    if faults:
        raise BadPlan(faults)
    return [each for each in found if each]


def _read(number: int, row: Mapping[str, str], faults: list[str]) -> BayEntry | None:
    name = row.get("code", "").strip() or _("row {number}").format(number=number)
    before = len(faults)
    texts = {column: " ".join(row.get(column, "").split()) for column in TEXTS}
    if not texts["code"]:
        faults.append(_("Bay {bay}: the name is missing").format(bay=name))
    for column, text in texts.items():
        if len(text) > LONGEST[column] or not text.isprintable():
            faults.append(_("Bay {bay}: “{text}” is too long").format(bay=name, text=text[:20]))
    for column in NUMBERS:
        if not row.get(column, "").strip().isascii() or not row.get(column, "").strip().isdecimal():
            faults.append(_("Bay {bay}: “{column}” is not a number of cells").format(bay=name, column=_word(column)))
    if len(faults) > before:
        return None
    x, y, width, height = (int(row[column].strip()[:6]) for column in NUMBERS)
    return BayEntry(texts["code"], x, y, width, height, texts["first"], texts["last"])


def _word(column: str) -> str:
    return {"x": _("Grid column"), "y": _("Grid row"), "width": _("Width"), "height": _("Depth")}[column]


def judge(floor: Floor, bays: Sequence[BayEntry]) -> None:
    """Validate the bays.

    Raises:
        BadPlan: A bay is off the floor or overlaps another, or its range is unreadable.
    """
    faults = [fault for bay in bays for fault in _faults(floor, bay)]
    names = [each.code for each in bays]
    for twice in sorted({each for each in names if names.count(each) > 1}):
        faults.append(_("Bay {bay} is listed twice").format(bay=twice))
    for one, other in combinations(bays, 2):
        if _meet(one, other):
            faults.append(_("Bays {one} and {other} overlap").format(one=one.code, other=other.code))
    if faults:
        raise BadPlan(faults)


def _faults(floor: Floor, bay: BayEntry) -> Iterator[str]:
    if bay.width < 1 or bay.height < 1 or bay.x + bay.width > floor.width or bay.y + bay.height > floor.height:
        size = _("{width} by {height}").format(width=floor.width, height=floor.height)
        yield _("Bay {bay} is outside the floor of {size} cells").format(bay=bay.code, size=size)
    if not bay.first and not bay.last:
        return
    found = parse_range(bay.first, bay.last, Scheme(floor.scheme) if floor.scheme else None)
    if isinstance(found, UnsortedCallNumber):
        yield _("Bay {bay}: {fault}").format(bay=bay.code, fault=_range_fault(found))


def _range_fault(found: UnsortedCallNumber) -> str:
    match found.why:
        case CallNumberFault.EMPTY:
            return _("it has an end but no start")
        case CallNumberFault.NO_CLASS:
            return _("“{text}” is not a call number of this floor").format(text=found.text)
        case CallNumberFault.BACKWARDS:
            return _("{text} runs backwards or mixes classifications").format(text=found.text)


def _meet(one: BayEntry, other: BayEntry) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@atomic
def keep(floor: Floor, bays: Sequence[BayEntry]) -> None:
    """Replace the floor's bays; a bay that keeps its name keeps the time of its last shelf reading.

    Raises:
        BadPlan: The bays are invalid.
    """
    judge(floor, bays)
    floor.bays.exclude(code__in=[each.code for each in bays]).delete()
    for bay in bays:
        values = {column: getattr(bay, column) for column in COLUMNS if column != "code"}
        Bay.objects.update_or_create(floor=floor, code=bay.code, defaults=values)


def as_json(floor: Floor) -> str:
    bays = [{column: getattr(bay, column) for column in COLUMNS} for bay in floor.bays.all()]
    return json.dumps({"bays": bays}, ensure_ascii=False, indent=1) + "\n"


def as_csv(floor: Floor) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows([quote_cell(str(getattr(bay, column))) for column in COLUMNS] for bay in floor.bays.all())
    return "\ufeff" + out.getvalue()


def parse_plan(raw: bytes) -> list[BayEntry]:
    """Parse a JSON or CSV file, as exported by the hub or saved by a spreadsheet.

    Raises:
        BadPlan: The file or a cell is invalid.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    return read(_from_json(text) if text.lstrip().startswith("{") else _from_csv(text))


def _from_json(text: str) -> list[dict[str, str]]:
    try:
        rows = json.loads(text)["bays"]
        return [{str(name): str(value) for name, value in row.items()} for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadPlan([_("The file is not a bay list. Export one to see the format")]) from None


def _from_csv(text: str) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise BadPlan([_("The file is not a CSV or JSON file: {error}").format(error=error)]) from None
    missing = [each for each in ("code", *NUMBERS) if not rows or each not in rows[0]]
    if missing:
        raise BadPlan([_("The heading lacks {columns}").format(columns=", ".join(missing))])
    return [{name: unquote_cell((row.get(name) or "").strip()) for name in COLUMNS} for row in rows]
