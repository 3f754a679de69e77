"""Print overdue notices as letters, for patrons whom no electronic channel reaches.

A letter uses the library's wording of the overdue notice in the patron's language. It is one per patron and notice,
and is recorded among the patron's messages.

Source: DIN 5008:2020, form B, for the places of address, subject and fold marks on A4. ISO 269 for the size of the
envelope, DL (110 × 220 mm). DIN 680 for its window of 90 × 45 mm, 20 mm from the left and 15 mm from the lower edge.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import dateformat, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from reportlab.pdfgen.canvas import Canvas

from hub.audit import access_log
from hub.audit.models import Act, Reason
from hub.circulation.domain_mapping import the_library
from hub.core.clock import hub_clock
from hub.core.language import page_code
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import CurrentLoan, local_day, the_central, zone
from hub.outreach.messaging import reach_estimate
from hub.outreach.messaging.models import Delivery, Message
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import LibraryLook, Person, ProfileField
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.recommendations.reminders.notices import by_person, due_facts, overdue_loans
from hub.staff.models import Letter, PrintRun
from hub.staff.paper import typesetting
from hub.staff.paper.sheets import A4
from hub.staff.paper.typesetting import MM, FittedText, fit

LEFT, RIGHT = 25.0, 20.0
"""Margins of the text, in mm."""
WINDOW = (20.0, 45.0, 85.0, 45.0)
"""The address field: distance from the left and the upper edge, width and height, in mm."""
RETURN_LINE = 17.7
"""Height of the upper part of the address field, which ends with the sender's line, in mm."""
INFO = (125.0, 50.0, 65.0)
"""The information block: distance from the left and the upper edge, and width, in mm."""
SUBJECT_TOP = 98.46
NEXT_TOP = 27.0
"""Upper margin of further pages, in mm."""
BOTTOM = 25.0
FOLDS, HOLE = (105.0, 210.0), 148.5
"""Fold marks, and the mark for the hole punch, from the upper edge in mm."""
TEXT = 11.0
LOGO = (60 * MM, 25 * MM)
"""Largest width and height of the logo, which ends above the information block, in points."""
MOST = 200
"""Letters of one print."""
RUNS = 10


@dataclass(frozen=True, slots=True)
class LetterText:
    """What a letter says, in its patron's language (`zh` or `en`)."""

    language: str
    library: str
    sender: str
    address: tuple[str, ...]
    day: str
    number: str
    subject: str
    body: str


def letters_pdf(letters: Sequence[LetterText], logo: bytes = b"") -> bytes:
    """Return the letters as one PDF; each begins on a page of its own, with the logo at its head."""
    canvas = typesetting.new_page(A4[0] * MM, A4[1] * MM, _("Letters"), translation.get_language() or "en")
    for letter in letters:
        with translation.override(page_code(letter.language)):
            _draw(canvas, letter, logo)
        canvas.showPage()
    return typesetting.finish(canvas)


def _draw(canvas: Canvas, letter: LetterText, logo: bytes) -> None:
    width = (A4[0] - LEFT - RIGHT) * MM
    drawn = typesetting.draw_picture(canvas, logo, LEFT * MM + width, _from_top(15), LOGO) if logo else 0.0
    name = fit([letter.library], width - drawn, 14 * MM, 18, 10, 2)
    typesetting.draw(canvas, name, LEFT * MM, _from_top(20), width)
    _draw_address(canvas, letter)
    info = [letter.day, _("Patron {number}").format(number=letter.number)]
    left, top, room = (each * MM for each in INFO)
    typesetting.draw(canvas, fit(info, room, 30 * MM, TEXT, 8), left, A4[1] * MM - top, room)
    _marks(canvas)
    subject = fit([letter.subject], width, 20 * MM, 13, 10, 2)
    end = typesetting.draw(canvas, subject, LEFT * MM, _from_top(SUBJECT_TOP), width) - TEXT
    lines = [line for text in letter.body.splitlines() for line in (_lines(text, width) or ("",))]
    number = 1
    for line in lines:
        if end - TEXT * typesetting.LEADING < BOTTOM * MM:
            number += 1
            canvas.showPage()
            end = _next_page(canvas, number, width)
        end = typesetting.draw(canvas, FittedText((line,), TEXT), LEFT * MM, end, width)


def _from_top(distance: float) -> float:
    return (A4[1] - distance) * MM


def _lines(text: str, width: float) -> tuple[str, ...]:
    return fit([text], width, A4[1] * MM, TEXT, TEXT).lines


def _next_page(canvas: Canvas, number: int, width: float) -> float:
    words = fit([_("Page {number}").format(number=number)], width, 20, 9, 9)
    return typesetting.draw(canvas, words, LEFT * MM, _from_top(NEXT_TOP - 8), width, "right") - 2 * TEXT


def _draw_address(canvas: Canvas, letter: LetterText) -> None:
    """Draw the sender's line and below it the address, inside the envelope's window."""
    x, width = LEFT * MM, (WINDOW[2] - (LEFT - WINDOW[0])) * MM
    base = _from_top(WINDOW[1] + RETURN_LINE)
    sender = fit([letter.sender], width, 10 * MM, 7.5, 5.5, 2)
    typesetting.draw(canvas, sender, x, base + sender.height, width)
    canvas.setLineWidth(0.4)
    canvas.line(x, base - 1, x + width, base - 1)
    address = fit(letter.address, width, (WINDOW[3] - RETURN_LINE) * MM - 3, TEXT, 7)
    typesetting.draw(canvas, address, x, base - 3, width)


def _marks(canvas: Canvas) -> None:
    canvas.setLineWidth(0.3)
    for distance, length in (*((fold, 4) for fold in FOLDS), (HOLE, 6)):
        canvas.line(4 * MM, _from_top(distance), (4 + length) * MM, _from_top(distance))


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A patron to whom a letter is due: the loans, and why it cannot be written."""

    person: Person
    loans: list[OpenLoan]
    fault: str = ""


def due_letters(now: datetime) -> list[DueLetter]:
    """Return the letters that are due, the longest overdue first.

    A letter is due when a notice was due since the last letter and no channel but the kiosk's screen and the receipt
    reaches the patron.
    """
    late = overdue_loans(now).filter(rung__gt=F("lettered")).order_by("due", "pk")
    loans = by_person(late.only("loan", "person", "due", "rung", "lettered"))
    people = Person.objects.select_related("guardian").in_bulk(loans)
    unreached = reach_estimate.find_unreached(people.values(), MessageKind.OVERDUE)
    chosen = [people[pk] for pk in loans if pk in unreached]
    known = set(_addresses(chosen).values_list("person", flat=True))
    return [DueLetter(each, loans[each.pk], _fault(each, known)) for each in chosen]


def _addresses(people: Iterable[Person]) -> QuerySet[ProfileField]:
    owners = {each.recipient.pk for each in people}
    return ProfileField.objects.filter(person__in=owners, name=ProfileField.Name.ADDRESS)


def _fault(person: Person, known: Container[int]) -> str:
    if person.child and person.recipient == person:
        return _("Child without a guardian on record")
    return "" if person.recipient.pk in known else _("No postal address")


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A patron to whom a letter is due, as the list shows them."""

    patron: MaskedPatron | None
    person: int
    items: str
    late: str
    fault: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A former print."""

    url: str
    undo: str
    time: str
    by: str
    words: str


@staff_page
def letters(request: HttpRequest) -> HttpResponse:
    """List the patrons to whom a letter is due, and the last prints."""
    due = due_letters(hub_clock().now())
    if wants_csv(request):
        return _letters_csv(due)
    found = paginate(request, due)
    masked, where = masked_patrons(each.person for each in found), zone()
    runs = PrintRun.objects.filter(kind=PrintRun.Kind.LETTERS).prefetch_related("letters").order_by("-at")[:RUNS]
    return page(request, "overdue", "paper/letters.html", {
        "found": found, "rows": [_row(each, masked.get(each.person.ref), where) for each in found],
        "count": min(MOST, sum(not each.fault for each in due)), "runs": [_run_row(each) for each in runs],
        "sender": the_library().address,
    })  # fmt: skip


def _letters_csv(due: Sequence[DueLetter]) -> HttpResponse:
    """Return the list as CSV, with patrons as the page shows them: masked."""
    heading = (_("Patron"), _("Items"), _("Days overdue"), _("State"))
    masked, where = masked_patrons(each.person for each in due), zone()
    rows = (
        (
            f"{patron.name} {patron.last4}" if (patron := masked.get(each.person.ref)) else "",
            len(each.loans),
            _days_late(each.loans[0].due, where),
            each.fault or _("letter due"),
        )
        for each in due
    )
    return download("letters", heading, rows)


def _row(due: DueLetter, patron: MaskedPatron | None, where: ZoneInfo) -> RecipientRow:
    days, count = _days_late(due.loans[0].due, where), len(due.loans)
    return RecipientRow(
        patron,
        due.person.pk,
        ngettext("{count} item", "{count} items", count).format(count=count),
        ngettext("{days} day overdue", "{days} days overdue", days).format(days=days),
        due.fault,
    )


def _days_late(due: datetime, where: ZoneInfo) -> int:
    return (local_day(hub_clock().now(), where) - local_day(due, where)).days


def _run_row(run: PrintRun) -> RunRow:
    count = len(run.letters.all())
    words = ngettext("{count} letter", "{count} letters", count).format(count=count)
    url, undo = (reverse(f"paper:{name}", args=(run.pk,)) for name in ("letter_run", "undo_letters"))
    return RunRow(url, undo, formatting.date_and_time(run.at), run.by, words)


@staff_action
def print_letters(request: HttpRequest) -> HttpResponse:
    """Write the letters that are due and record them as messages; then show them as PDF."""
    now = hub_clock().now()
    written = [each for each in due_letters(now) if not each.fault][:MOST]
    run = _record(written, now, request.user.get_username())
    if run is None:
        return report_error(request, _("No letter is due."), reverse("paper:letters"))
    return redirect("paper:letter_run", run.pk)


@atomic
def _record(due: Sequence[DueLetter], now: datetime, by: str) -> PrintRun | None:
    """Record a letter for each patron whose loans are still overdue; None if there is none.

    The loans are locked, so that a button pressed twice writes each letter once.
    """
    run = PrintRun(kind=PrintRun.Kind.LETTERS, at=now, by=by)
    found = []
    for each in due:
        keys = [loan.pk for loan in each.loans]
        locked = OpenLoan.objects.select_for_update().filter(pk__in=keys, handed_in_at=None, lost=False, due__lt=now)
        loans = [loan for loan in locked if loan.rung > loan.lettered]
        current = {loan.loan: loan for loan in the_central().account(each.person.ref).loans}
        true = [loan for loan in loans if loan.loan in current and current[loan.loan].due == loan.due]
        if true:
            found.append((each.person, _facts([current[loan.loan] for loan in true])))
            for loan in true:
                loan.lettered = loan.rung
            OpenLoan.objects.bulk_update(true, ("lettered",))
    if not found:
        return None
    run.save(force_insert=True)
    for person, facts in found:
        Letter.objects.create(run=run, message=_message(person, facts, now))
    return run


def _facts(loans: Sequence[CurrentLoan]) -> dict[str, object]:
    where = zone()
    return {**due_facts(loans, where), "days": _days_late(min(each.due for each in loans), where)}


def _message(person: Person, facts: dict[str, object], now: datetime) -> Message:
    """Record the letter as a message that was delivered."""
    message: Message = Message.objects.create(
        person=person,
        kind=MessageKind.OVERDUE,
        key=f"letter.{uuid4().hex}",
        facts=Message.encode_facts(facts),
        made_at=now,
        next_at=now,
        state=Message.State.SAID,
        done_at=now,
    )
    Delivery.objects.create(
        message=message,
        number=1,
        person=person.recipient,
        channel=Channel.LETTER,
        key=uuid4().hex,
        state=Delivery.State.SENT,
        made_at=now,
        done_at=now,
    )
    return message


@staff_page
def letter_run(request: HttpRequest, run: UUID) -> HttpResponse:
    """Return the letters of one print as PDF. Each is logged as a look at its patron's address."""
    found = get_object_or_404(PrintRun, pk=run, kind=PrintRun.Kind.LETTERS)
    rows = found.letters.select_related("message__person__guardian").order_by("pk")
    messages = [each.message for each in rows if each.message.facts]
    people = [each.person for each in messages]
    addresses = {each.person_id: each.value.decrypt() for each in _addresses(people)}
    status = the_central().standing(list({ref for each in people for ref in (each.ref, each.recipient.ref)}))
    written, renderer = [], Renderer()
    for each in messages:
        person, owner = each.person, each.person.recipient
        if person.ref not in status or owner.ref not in status:
            continue
        address = address_lines(status[owner.ref].name, addresses.get(owner.pk, ""), person.message_language)
        written.append(_text(each, renderer, address, formatting.last4(status[person.ref].identifier)))
        access_log.write(request.user.get_username(), person.ref, Act.LETTER, Reason.LOANS)
    if not written:
        told = _("These letters are no longer stored: their text is kept for 3 days.")
        return report_error(request, told, reverse("paper:letters"))
    return typesetting.pdf_response(letters_pdf(written, bytes(LibraryLook.now().logo)), "overdue-letters")


def _text(message: Message, renderer: Renderer, address: tuple[str, ...], number: str) -> LetterText:
    language = message.person.message_language
    words = renderer.words(MessageKind.OVERDUE, language, message.decrypted_facts())
    with translation.override(page_code(language)):
        library = the_library()
        sender = [part for part in (str(library), library.address) if part]
        return LetterText(
            language=language,
            library=str(library),
            sender=("，" if language == "zh" else ", ").join(sender),
            address=address,
            day=_day(local_day(message.made_at, zone())),
            number=number,
            subject=words.subject,
            body=words.long,
        )


def _day(day: date) -> str:
    return dateformat.format(day, pgettext("date of a letter", "j F Y"))


def address_lines(name: str, address: str, language: str) -> tuple[str, ...]:
    """Return the lines of the address: in Chinese the place before the addressee, else the name first."""
    parts = [part for line in address.splitlines() for each in line.split(", ") if (part := each.strip())]
    return (*parts, f"{name} 收") if language == "zh" else (name, *parts)


@staff_action
def undo_letters(request: HttpRequest, run: UUID) -> HttpResponse:
    """Note that the letters of a print were not posted: they are due again."""
    found = get_object_or_404(PrintRun, pk=run, kind=PrintRun.Kind.LETTERS)
    count = _withdraw(found)
    if not count:
        return report_error(request, _("These letters are no longer stored: nothing was undone."), _home())
    words = ngettext("{count} letter is due again.", "{count} letters are due again.", count)
    return report_success(request, words.format(count=count), _home())


@atomic
def _withdraw(run: PrintRun) -> int:
    """Withdraw the messages; return how many. Their loans are due again, except those in a later letter."""
    messages = [each.message for each in run.letters.select_related("message") if each.message.facts]
    later = Message.objects.filter(pk__in=Letter.objects.filter(run__at__gt=run.at).values("message"))
    OpenLoan.objects.filter(loan__in=_loans_of(messages) - _loans_of(later)).update(lettered=0)
    Message.objects.filter(pk__in=[each.pk for each in messages]).update(
        state=Message.State.WITHHELD, why="unsaid", facts=""
    )
    run.delete()
    return len(messages)


def _loans_of(messages: Iterable[Message]) -> set[str]:
    return {item["loan"] for each in messages for item in each.decrypted_facts().get("items", ())}


def _home() -> str:
    return reverse("paper:letters")
