"""Draw spine labels and barcode labels of items onto label sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas

from hub.catalogue.models import Item
from hub.staff.paper import barcodes, typesetting
from hub.staff.paper.barcodes import BarcodeFault, Symbology
from hub.staff.paper.sheets import Sheet
from hub.staff.paper.typesetting import MM, Box, fit

MARGIN = 2 * MM
"""White inside the edge of a label: sheets are printed up to 2 mm out of place."""
SMALL = 6.0
HIGHEST_BARS = 13 * MM
PART_ENDS = re.compile(r"[/\s]+")


class LabelKind(StrEnum):
    """What is printed on a label."""

    SPINE = "spine"
    BARCODE = "barcode"


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says of an item."""

    call_number: str
    barcode: str
    title: str

    @classmethod
    def from_item(cls, item: Item) -> Label:
        """Return the label of an item, read with its title."""
        return cls(item.call_number or item.title.call_number, item.barcode, item.title.title)


def fault(label: Label, kind: LabelKind, sheet: Sheet, symbology: Symbology) -> str:
    """Return why the label cannot be printed, or an empty text."""
    if kind is LabelKind.SPINE:
        return "" if label.call_number else _("no call number")
    try:
        barcodes.narrow_bar(symbology, label.barcode, sheet.width * MM)
    except BarcodeFault as found:
        return str(found)
    return ""


def label_sheets(
    labels: Sequence[Label], kind: LabelKind, sheet: Sheet, start: int, symbology: Symbology, library: str
) -> bytes:
    """Return the labels as a PDF of as many sheets as they need.

    Args:
        labels: In the order of printing; those that cannot be printed are left out.
        kind: What each label shows.
        sheet: The paper.
        start: Number of the first label that is still on the sheet, counted from 1.
        symbology: Of the barcode labels.
        library: Its name, on barcode labels.
    """
    words = _("Spine labels") if kind is LabelKind.SPINE else _("Barcode labels")
    canvas = typesetting.new_page(*sheet.page, words, get_language() or "en")
    chosen = [each for each in labels if not fault(each, kind, sheet, symbology)]
    shown = 0
    for label, (page, box) in zip(chosen, sheet.places(len(chosen), start), strict=True):
        if page > shown:
            canvas.showPage()
            shown = page
        if kind is LabelKind.SPINE:
            _spine(canvas, label, box.inset(MARGIN))
        else:
            _barcode(canvas, label, box, symbology, library)
    return typesetting.finish(canvas)


def call_number_lines(call_number: str) -> list[str]:
    """Return the parts of a call number, as they stand on a spine: a line after each space or slash."""
    return [part for each in PART_ENDS.split(call_number) if (part := each)]


def _spine(canvas: Canvas, label: Label, box: Box) -> None:
    """Draw the call number in the middle, and small below it the number by which the label is matched to its book."""
    number = fit([label.barcode], box.width, SMALL * 2, SMALL, 4, 1)
    height = box.height - number.height
    text = fit(call_number_lines(label.call_number), box.width, height, 18, 7)
    if text.is_cut:
        text = fit([label.call_number], box.width, height, 9, 4)
    top = box.y + box.height - (height - text.height) / 2
    typesetting.draw(canvas, text, box.x, top, box.width, "centre")
    typesetting.draw(canvas, number, box.x, box.y + number.height, box.width, "centre", 0.35)


def _barcode(canvas: Canvas, label: Label, outer: Box, symbology: Symbology, library: str) -> None:
    """Draw the library's name, the bars, their number and the title, from the top.

    The bars may use the margin: their quiet zones are white.
    """
    box = outer.inset(MARGIN)
    name = fit([library], box.width, SMALL * 2, SMALL, 5, 1)
    number = fit([label.barcode], box.width, 20, 9, 5, 1)
    title = fit([label.title], box.width, SMALL * 2, SMALL, 5, 1)
    others = name.height + number.height + title.height
    bars = min(box.height - others - MM, HIGHEST_BARS)
    top = box.y + box.height - (box.height - others - bars - MM) / 2
    top = typesetting.draw(canvas, name, box.x, top, box.width, "centre") - 0.5 * MM
    barcodes.draw(canvas, symbology, label.barcode, Box(outer.x, top - bars, outer.width, bars))
    top = typesetting.draw(canvas, number, box.x, top - bars - 0.3 * MM, box.width, "centre")
    typesetting.draw(canvas, title, box.x, top, box.width, "centre", 0.35)


def labels_of(items: Iterable[Item]) -> list[Label]:
    """Return the labels of the items, read with their titles."""
    return [Label.from_item(each) for each in items]
