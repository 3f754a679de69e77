"""Serve the staff pages of shelf maps: all floors, one floor, and its editor, which also reads and writes bay files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Bay, Branch, Floor
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.bay_lookup import draw_floor
from hub.core import rights
from hub.core.pages import formatting
from hub.core.pages.page import page, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from lending.call_numbers import CallNumberFault, Scheme, UnsortedCallNumber, parse_range
from lending.cells import quote_cell, unquote_cell

MOST_BYTES = 1024 * 1024
SHOWN = 20
"""Maximum number of listed call numbers without a bay; the others are counted."""


class FloorForm(ModelForm):
    class Meta:
        model = Floor
        fields: tuple[str, ...] = ("name", "name_en", "position", "width", "height", "you_x", "you_y", "scheme")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"


class NewFloor(FloorForm):
    class Meta:
        model = Floor
        fields: tuple[str, ...] = ("branch", "name", "name_en", "position", "width", "height", "scheme")


@staff_page
def floors(request: HttpRequest) -> HttpResponse:
    """Show all floors, with the bays of the requested call number highlighted."""
    words = request.GET.get("q", "").strip()
    found, missing = [], []
    for branch in Branch.objects.all():
        lit = (
            {floor.pk: bays for floor, bays in bay_lookup.holding(words, bay_lookup.floors_with_bays(branch))}
            if words
            else {}
        )
        for floor in bay_lookup.floors_with_bays(branch):
            bays = lit.get(floor.pk, ())
            found.append((floor, draw_floor(floor, {each.pk for each in bays}), [each.code for each in bays]))
        if words and not lit:
            missing.append(str(branch))
    return page(request, "shelves", "shelves/floors.html", {
        "floors": found, "q": words, "missing": missing, "may_edit": _may_edit(request)
    })  # fmt: skip


@staff_page
def floor(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one floor: its map, its bays with their ranges, and their problems."""
    found = get_object_or_404(Floor.objects.select_related("branch"), pk=pk)
    review = bay_lookup.review(found)
    return page(request, "shelves", "shelves/floor.html", {
        "floor": found,
        "may_edit": _may_edit(request),
        "map": draw_floor(found),
        "bays": [(each, formatting.date_and_time(each.walked_at)) for each in found.bays.all()],
        "review": review,
        "homeless": review.homeless[:SHOWN],
        "homeless_more": len(review.homeless[SHOWN:]),
        "homeless_copies": sum(count for _text, count in review.homeless),
        "unsorted": review.unsorted[:SHOWN],
        "unsorted_more": len(review.unsorted[SHOWN:]),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Create a floor."""
    form = NewFloor(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        return report_success(request, _("Floor created. Draw its bays."), reverse("shelves:edit", args=(made.pk,)))
    return page(request, "shelves", "shelves/new.html", {"form": form}, 422 if form.errors else 200)


@staff_page
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Floor, pk=pk)
    return _editor(request, found, _current_bays(found))


@staff_action
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the floor's size, starting point and arrangement."""
    found = get_object_or_404(Floor, pk=pk)
    form = FloorForm(request.POST, instance=found)
    if not form.is_valid():
        return _editor(request, Floor.objects.get(pk=pk), _current_bays(found), form=form)
    try:
        judge(found, _current_bays(found))
    except BadPlan as bad:
        return _editor(request, Floor.objects.get(pk=pk), _current_bays(found), faults=bad.faults, form=form)
    form.save()
    return report_success(request, _("Saved."), reverse("shelves:edit", args=(pk,)))


@staff_action
def bays(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the bays as drawn; rows without a name and a range are skipped."""
    columns = [request.POST.getlist(name) for name in COLUMNS]
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*columns, strict=False)]
    return _save_plan(
        request, pk, [row for row in rows if any(row[name].strip() for name in ("code", "first", "last"))]
    )


@staff_action
def import_bays(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the bays by those of a file."""
    found, file = get_object_or_404(Floor, pk=pk), request.FILES.get("file")
    if file is None or file.size > MOST_BYTES:
        fault = _("Choose a bay file of at most 1 MB.")
        return _editor(request, found, _current_bays(found), faults=[fault])
    try:
        rows = parse_plan(file.read())
        save_bays(found, rows)
    except BadPlan as bad:
        return _editor(request, found, _current_bays(found), faults=bad.faults)
    return _confirm_saved(request, pk, len(rows))


def _save_plan(request: HttpRequest, pk: int, rows: Sequence[dict[str, str]]) -> HttpResponse:
    found = get_object_or_404(Floor, pk=pk)
    try:
        read = parse_rows(rows)
        save_bays(found, read)
    except BadPlan as bad:
        return _editor(request, found, rows, faults=bad.faults)
    return _confirm_saved(request, pk, len(read))


def _confirm_saved(request: HttpRequest, pk: int, count: int) -> HttpResponse:
    words = ngettext("{count} bay saved.", "{count} bays saved.", count).format(count=count)
    return report_success(request, words, reverse("shelves:floor", args=(pk,)))


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a floor without bays."""
    found = get_object_or_404(Floor, pk=pk)
    if found.bays.exists():
        fault = _("The floor has bays. Remove them first.")
        return _editor(request, found, _current_bays(found), faults=[fault])
    found.delete()
    return report_success(request, _("Floor removed."), reverse("shelves:floors"))


@staff_page
def export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    found = get_object_or_404(Floor.objects.select_related("branch"), pk=pk)
    if form not in ("json", "csv"):
        raise Http404
    kind, text = ("application/json", as_json(found)) if form == "json" else ("text/csv", as_csv(found))
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bays-{found.branch.code}-{found.position}.{form}"'
    return answer


def _may_edit(request: HttpRequest) -> bool:
    return rights.may_open(request.user, "shelves:edit")


def _current_bays(found: Floor) -> list[BayEntry]:
    return [BayEntry(**{name: getattr(bay, name) for name in COLUMNS}) for bay in found.bays.all()]


def _editor(
    request: HttpRequest,
    found: Floor,
    rows: Sequence[object],
    faults: Sequence[str] = (),
    form: FloorForm | None = None,
) -> HttpResponse:
    context = {"floor": found, "rows": rows, "faults": faults, "form": form or FloorForm(instance=found)}
    wrong = bool(faults or (form and form.errors))
    return page(request, "shelves", "shelves/edit.html", context, 422 if wrong else 200)


COLUMNS = ("code", "x", "y", "width", "height", "first", "last")
NUMBERS = ("x", "y", "width", "height")
TEXTS = ("code", "first", "last")
LONGEST = {"code": 12, "first": 80, "last": 80}
MOST_BAYS = 2000


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


def parse_rows(rows: Sequence[Mapping[str, str]]) -> list[BayEntry]:
    """Parse the input.

    Raises:
        BadPlan: Names every invalid cell.
    """
    faults: list[str] = []
    found = [_parse_row(number, row, faults) for number, row in enumerate(rows, start=1)]
    if len(rows) > MOST_BAYS:
        faults.append(_("{count} bays exceed the limit of {most} per floor").format(count=len(rows), most=MOST_BAYS))
    if faults:
        raise BadPlan(faults)
    return [each for each in found if each]


def _parse_row(number: int, row: Mapping[str, str], faults: list[str]) -> BayEntry | None:
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
            faults.append(
                _("Bay {bay}: “{column}” is not a number of cells").format(bay=name, column=_column_word(column))
            )
    if len(faults) > before:
        return None
    x, y, width, height = (int(row[column].strip()[:6]) for column in NUMBERS)
    return BayEntry(texts["code"], x, y, width, height, texts["first"], texts["last"])


def _column_word(column: str) -> str:
    return {"x": _("Grid column"), "y": _("Grid row"), "width": _("Width"), "height": _("Depth")}[column]


def judge(floor: Floor, bays: Sequence[BayEntry]) -> None:
    """Validate the bays.

    Raises:
        BadPlan: A bay is off the floor or overlaps another, or its range is unreadable.
    """
    faults = [fault for bay in bays for fault in _bay_faults(floor, bay)]
    names = [each.code for each in bays]
    for twice in sorted({each for each in names if names.count(each) > 1}):
        faults.append(_("Bay {bay} is listed twice").format(bay=twice))
    for one, other in combinations(bays, 2):
        if _meet(one, other):
            faults.append(_("Bays {one} and {other} overlap").format(one=one.code, other=other.code))
    if faults:
        raise BadPlan(faults)


def _bay_faults(floor: Floor, bay: BayEntry) -> Iterator[str]:
    if bay.width < 1 or bay.height < 1 or bay.x + bay.width > floor.width or bay.y + bay.height > floor.height:
        size = _("{width} by {height}").format(width=floor.width, height=floor.height)
        yield _("Bay {bay} is outside the floor of {size} cells").format(bay=bay.code, size=size)
    if not bay.first and not bay.last:
        return
    found = parse_range(bay.first, bay.last, Scheme(floor.scheme) if floor.scheme else None)
    if isinstance(found, UnsortedCallNumber):
        yield _("Bay {bay}: {fault}").format(bay=bay.code, fault=_range_fault(found))


def _range_fault(found: UnsortedCallNumber) -> str:
    match found.fault:
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
def save_bays(floor: Floor, bays: Sequence[BayEntry]) -> None:
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
    return parse_rows(_from_json(text) if text.lstrip().startswith("{") else _from_csv(text))


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
