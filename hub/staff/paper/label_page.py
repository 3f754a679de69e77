"""Choose items, a sheet and its first free label, and print spine labels or barcode labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max, QuerySet
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item
from hub.circulation.domain_mapping import the_library
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, staff_action, staff_only
from hub.staff import branch_scope
from hub.staff.paper import labels, typesetting
from hub.staff.paper.barcodes import Symbology
from hub.staff.paper.labels import Label, LabelKind
from hub.staff.paper.sheets import A4, SHEETS, Sheet

MOST = 500
"""Items of one print: 24 sheets of the commonest size."""
SHEET, FREE = "label_sheet", "label_free"
"""Session keys of the sheet used last, and of the first free label on it."""
SEPARATORS = re.compile(r"[\s,;，；、]+")
EARLIEST = date(2000, 1, 1)
"""First day that can be chosen; no hub is older."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """An item whose label can be printed."""

    pk: int
    book: BookRow
    branch: str
    has_call_number: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Items that were chosen, and what to tell about the choice."""

    items: list[Item]
    notes: tuple[str, ...] = ()


@require_http_methods(["GET", "POST"])
@staff_only
def choose(request: HttpRequest) -> HttpResponse:
    """Show the items of a day, of a list of barcodes or of a range of them, with the form to print their labels."""
    asked = request.POST if request.method == "POST" else request.GET
    show, day = asked.get("show", "added"), _day(request, asked.get("day", ""))
    given = {name: asked.get(name, "").strip() for name in ("barcodes", "first", "last")}
    match show:
        case "added":
            choice = _items_of_day(request, day)
        case "list":
            choice = _items_of_list(given["barcodes"])
        case "range":
            choice = _items_of_range(given["first"], given["last"])
        case _:
            raise Http404(show)
    sheet = _sheet_of_session(request)
    return page(request, "items", "paper/labels.html", {
        "show": show, "tabs": (("added", _("Added on a day")), ("list", _("List of barcodes")), ("range", _("Range"))),
        "day": day.isoformat(), "rows": [_row(each) for each in choice.items], "notes": choice.notes, **given,
        "asked": bool(given["barcodes"] or given["first"]) or show == "added",
        "sheets": [(each.name, _sheet_words(each), each.count) for each in SHEETS.values()],
        "sheet": sheet.name, "free": request.session.get(FREE, {}).get(sheet.name, 1),
        "last_label": max(each.count for each in SHEETS.values()),
        "scope": branch_scope.scope_heading(request) if show == "added" else None,
    })  # fmt: skip


def _sheet_of_session(request: HttpRequest) -> Sheet:
    return SHEETS.get(request.session.get(SHEET, ""), next(iter(SHEETS.values())))


def _sheet_words(sheet: Sheet) -> str:
    return _("{name}: {count} labels of {width} × {height} mm, {paper}").format(
        name=f"Avery {sheet.name}",
        count=sheet.count,
        width=round(sheet.width, 1),
        height=round(sheet.height, 1),
        paper="A4" if sheet.paper == A4 else "Letter",
    )


def _day(request: HttpRequest, text: str) -> date:
    """Return the day within the hub's life, or the last one on which items were added if none was chosen."""
    today = formatting.today()
    try:
        return min(max(date.fromisoformat(text), EARLIEST), today)
    except ValueError:
        items = branch_scope.narrow_to_branches(request, Item.objects.all(), "branch")
        last = items.aggregate(last=Max("added_at"))["last"]
        return timezone.localdate(last) if last else today


def _items() -> QuerySet[Item]:
    return Item.objects.select_related("title", "branch").defer("title__record")


def _first_items(rows: QuerySet[Item]) -> Choice:
    found = list(rows[: MOST + 1])
    if len(found) <= MOST:
        return Choice(found)
    return Choice(found[:MOST], (_("Only the first {most} items are shown.").format(most=MOST),))


def _items_of_day(request: HttpRequest, day: date) -> Choice:
    begin = datetime.combine(day, time.min, timezone.get_current_timezone())
    found = _items().filter(added_at__gte=begin, added_at__lt=begin + timedelta(days=1))
    return _first_items(branch_scope.narrow_to_branches(request, found, "branch").order_by("added_at", "barcode"))


def _items_of_list(text: str) -> Choice:
    """Return the items of the barcodes, in their order, and name those that no item has."""
    barcodes = list(dict.fromkeys(each for each in SEPARATORS.split(text) if each))
    notes = [_("Only the first {most} items are shown.").format(most=MOST)] if len(barcodes) > MOST else []
    found = {each.barcode: each for each in _items().filter(barcode__in=barcodes[:MOST])}
    unknown = [each for each in barcodes[:MOST] if each not in found]
    if unknown:
        words = ngettext("No item has this barcode: {barcodes}", "No item has these barcodes: {barcodes}", len(unknown))
        notes.append(words.format(barcodes=_(", ").join(each[:32] for each in unknown[:20])))
    return Choice([found[each] for each in barcodes[:MOST] if each in found], tuple(notes))


def _items_of_range(first: str, last: str) -> Choice:
    """Return the items from one barcode to the other, both included; only barcodes as long as they."""
    last = last or first
    if not first:
        return Choice([])
    if len(first) != len(last) or last < first:
        return Choice([], (_("The last barcode must be as long as the first, and not before it."),))
    rows = _items().alias(length=Length("barcode")).filter(length=len(first))
    return _first_items(rows.filter(barcode__gte=first, barcode__lte=last).order_by("barcode"))


def _row(item: Item) -> LabelRow:
    return LabelRow(item.pk, book_rows.book(item), str(item.branch), bool(item.call_number or item.title.call_number))


@staff_action
def print_labels(request: HttpRequest) -> HttpResponse:
    """Return the labels of the chosen items as PDF; the session remembers the sheet and its next free label."""
    home = reverse("paper:labels")
    sheet, kind = SHEETS.get(request.POST.get("sheet", "")), request.POST.get("kind", "")
    if sheet is None or kind not in set(LabelKind):
        raise Http404(kind)
    chosen = _labels_by_key(request.POST.getlist("item"))
    start = _start(request.POST.get("start", ""), sheet)
    if not chosen:
        return report_error(request, _("Choose at least one item."), home)
    if start is None:
        words = _("This sheet has the labels 1 to {count}. Enter the first free one.").format(count=sheet.count)
        return report_error(request, words, home)
    symbology, faults = Symbology(the_library().symbology), []
    for each in chosen:
        faults += [fault] if (fault := labels.fault(each, LabelKind(kind), sheet, symbology)) else []
    if len(faults) == len(chosen):
        return report_error(request, _("No label could be printed: {reason}").format(reason=faults[0]), home)
    pdf = labels.label_sheets(chosen, LabelKind(kind), sheet, start, symbology, str(formatting.library()))
    printed = len(chosen) - len(faults)
    request.session[SHEET] = sheet.name
    free = (start - 1 + printed) % sheet.count + 1
    request.session[FREE] = {**request.session.get(FREE, {}), sheet.name: free}
    return typesetting.pdf_response(pdf, "spine-labels" if kind == LabelKind.SPINE else "barcode-labels")


def _labels_by_key(keys: Sequence[str]) -> list[Label]:
    """Return the labels of the items with these keys, in their order."""
    numbers = [int(each) for each in keys[:MOST] if each.isdecimal() and len(each) < 19]
    found = _items().in_bulk(numbers)
    return labels.labels_of(found[each] for each in numbers if each in found)


def _start(text: str, sheet: Sheet) -> int | None:
    number = int(text) if text.isdecimal() and len(text) < 4 else 0
    return number if 1 <= number <= sheet.count else None
