"""Print a patron's card: the library, the patron's name and the number as a barcode.

Source: ISO/IEC 7810, size ID-1: 85.60 × 53.98 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas

from hub.circulation import numbering
from hub.circulation.cards import hash_number
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Card, Library, NumberSeries, Patron
from hub.circulation.operations.context import by_staff
from hub.core.pages.page import page, report_error, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.ils.bridge import patrons
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Change, LibraryLook, Person
from hub.outreach.patrons.pages.shared import staff
from hub.staff import patron_record
from hub.staff.paper import barcodes, typesetting
from hub.staff.paper.barcodes import BarcodeFault, Symbology
from hub.staff.paper.sheets import A4, Sheet
from hub.staff.paper.typesetting import MM, Box, fit

CARD = Box(0, 0, 85.60 * MM, 53.98 * MM)
EDGE = 4.5 * MM
BARS = 12 * MM
LOGO = (30 * MM, 10 * MM)
CUT_OUT = Box(20 * MM, A4[1] * MM - 20 * MM - CARD.height, CARD.width, CARD.height)
"""Place of the card on a sheet from which it is cut."""
ONE = Sheet("card", (85.60, 53.98), 1, 1, 85.60, 53.98, 0)
TEN = Sheet("cards", A4, 2, 5, 85.0, 54.0, 10.0)
"""Card sheet with 10 cards, whose columns are 10 mm apart; also plain card to cut."""
MARK, MARK_GAP = 5 * MM, 2 * MM
"""Length of a crop mark, and its distance from the corner."""


class CardPaper(StrEnum):
    """What the card is printed on."""

    CARD = "card"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class CardFace:
    """What the card says."""

    library: tuple[str, ...]
    name: str
    number: str
    logo: bytes = b""
    """PNG, or empty."""
    accent: str = ""
    """Colour of the line below the library's name; empty for black."""


def card_pdf(face: CardFace, paper: CardPaper, symbology: Symbology) -> bytes:
    """Return the card as a PDF of its size, or on an A4 sheet with crop marks.

    Raises:
        BarcodeFault: The number cannot be printed as a barcode.
    """
    size = (CARD.width, CARD.height) if paper is CardPaper.CARD else (A4[0] * MM, A4[1] * MM)
    canvas = typesetting.new_page(*size, _("Library card"), get_language() or "en")
    if paper is CardPaper.CARD:
        _draw(canvas, face, CARD, symbology)
    else:
        _draw(canvas, face, CUT_OUT, symbology)
        _crop_marks(canvas, CUT_OUT)
    return typesetting.finish(canvas)


def cards_pdf(faces: Sequence[CardFace], paper: CardPaper, symbology: Symbology) -> bytes:
    """Return many cards as a PDF with a page for each, or on A4 sheets of 10 cards with crop marks.

    Args:
        faces: Of cards whose number can be printed, see `is_printable`.
        paper: What they are printed on.
        symbology: Of their barcodes.
    """
    sheet = ONE if paper is CardPaper.CARD else TEN
    canvas = typesetting.new_page(*sheet.page, _("Library cards"), get_language() or "en")
    shown = -1
    for face, (number, box) in zip(faces, sheet.places(len(faces), 1), strict=True):
        if number > shown:
            if shown >= 0:
                canvas.showPage()
            shown = number
            if sheet is TEN:
                _sheet_marks(canvas, sheet)
        _draw(canvas, face, box, symbology)
    return typesetting.finish(canvas)


def is_printable(face: CardFace, symbology: Symbology) -> bool:
    """Return whether the number can be a barcode on the card."""
    try:
        barcodes.narrow_bar(symbology, face.number, TEN.width * MM)
    except BarcodeFault:
        return False
    return True


def _sheet_marks(canvas: Canvas, sheet: Sheet) -> None:
    """Draw crop marks around all cards, because those of two rows touch."""
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(0)
    first, last = sheet.place(0), sheet.place(sheet.count - 1)
    left, right, upper, lower = first.x, last.x + last.width, first.y + first.height, last.y
    for row in range(sheet.rows + 1):
        y = upper - row * sheet.height * MM
        canvas.line(left - MARK_GAP - MARK, y, left - MARK_GAP, y)
        canvas.line(right + MARK_GAP, y, right + MARK_GAP + MARK, y)
    for column in range(sheet.columns):
        place = sheet.place(column)
        for x in (place.x, place.x + place.width):
            canvas.line(x, upper + MARK_GAP, x, upper + MARK_GAP + MARK)
            canvas.line(x, lower - MARK_GAP, x, lower - MARK_GAP - MARK)


def _draw(canvas: Canvas, face: CardFace, card: Box, symbology: Symbology) -> None:
    box = card.inset(EDGE)
    top = box.y + box.height
    number = fit([face.number], box.width, 16, 10, 6, 1)
    bars = Box(card.x, box.y + number.height, card.width, BARS)
    barcodes.draw(canvas, symbology, face.number, bars)
    typesetting.draw(canvas, number, box.x, box.y + number.height - 1, box.width, "centre")
    drawn = typesetting.draw_picture(canvas, face.logo, box.x + box.width, top, LOGO) if face.logo else 0.0
    names = fit(face.library, box.width - drawn - 2 * MM * bool(drawn), 12 * MM, 13, 6)
    top = min(typesetting.draw(canvas, names, box.x, top, box.width), top - LOGO[1] * bool(drawn))
    canvas.setLineWidth(1.5)
    canvas.setStrokeColor(face.accent or "#000000")
    canvas.line(box.x, top - MM, box.x + box.width, top - MM)
    room = top - 2 * MM - (bars.y + bars.height + MM)
    name = fit([face.name], box.width, room, 17, 7)
    typesetting.draw(canvas, name, box.x, top - 2 * MM, box.width)


def _crop_marks(canvas: Canvas, card: Box) -> None:
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(0)
    for x, outwards in ((card.x, -1), (card.x + card.width, 1)):
        for y, up in ((card.y, -1), (card.y + card.height, 1)):
            canvas.line(x + outwards * MARK_GAP, y, x + outwards * (MARK_GAP + MARK), y)
            canvas.line(x, y + up * MARK_GAP, x, y + up * (MARK_GAP + MARK))


def face_of(patron: Patron, number: str, library: Library) -> CardFace:
    """Return the face of the patron's card: the library's name in its languages."""
    names = dict.fromkeys(library.names.values())
    look = LibraryLook.now()
    accent = look.tone("light").accent if look.accent else ""
    return CardFace(tuple(names), patron.name, number, bytes(look.logo), accent)


@staff_page
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the number to print, by default the patron's own unless its card was lost."""
    patron = get_object_or_404(Patron.objects.select_related("category"), pk=pk)
    own = Card.objects.filter(hash=hash_number(patron.identifier)).first()
    usable = own is None or (own.patron_id == patron.pk and own.status == Card.Status.ACTIVE)
    return page(request, "patrons", "paper/card.html", {
        **patron_record.header(request, patron, "overview"),
        "number": patron.identifier if usable else "", "usable": usable,
        "is_numbered": numbering.is_on(NumberSeries.Kind.CARD),
    })  # fmt: skip


@staff_action
def print_card(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the card as PDF; a number that is new becomes one of the patron's cards."""
    patron, home = get_object_or_404(Patron, pk=pk), reverse("paper:card", args=(pk,))
    number, paper = request.POST.get("number", "").strip().upper(), request.POST.get("paper", "")
    if paper not in set(CardPaper):
        raise Http404(paper)
    number = number or numbering.take(NumberSeries.Kind.CARD)
    library = the_library()
    try:
        pdf = card_pdf(face_of(patron, number, library), CardPaper(paper), Symbology(library.symbology))
    except BarcodeFault as fault:
        return report_error(request, str(fault), home)
    if not _issue(request, patron, number):
        words = _("Not printed: this number belongs to another card, or to one that was lost. Enter another number.")
        return report_error(request, words, home)
    return typesetting.pdf_response(pdf, "library-card")


@atomic
def _issue(request: HttpRequest, patron: Patron, number: str) -> bool:
    """Make the number one of the patron's cards; return False if it cannot be."""
    is_new = not Card.objects.filter(hash=hash_number(number)).exists()
    if not patrons.give_card(by_staff(request), patron.ref, number):
        return False
    person = Person.objects.filter(ref=patron.ref).first()
    if is_new and person is not None:
        records.note(person, "cards", Change.Act.ADDED, staff(request))
    return True
