"""Serve the staff page of imports: the last run of each source, and the open conflicts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_noop, pgettext
from django.utils.translation import gettext as _

from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page, tabs
from hub.core.state_directory import Follows, following
from hub.csv_sheets.csv_reader import Wrong
from hub.ils.imports import conflicts, import_runner
from hub.ils.imports.sources import BadSources, ImportSource, load_sources
from hub.ils.models import Conflict, ImportRun

if TYPE_CHECKING:
    from django.db.models import QuerySet

BLANK = re.compile(r"\\\{(\w+)\\\}")


@dataclass(frozen=True, slots=True)
class TranslatedError:
    """An error message for display; `english` if it could not be translated."""

    text: str
    english: bool

    def __bool__(self) -> bool:
        return bool(self.text)


HOME = "ils:overview"
NOTHING = TranslatedError("", english=False)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """The last run of a source."""

    name: str
    content: str
    ended: str
    written_at: str
    rows: str
    tone: str
    state: str
    fault: TranslatedError
    allow: int = 0
    reason: str = ""

    @staticmethod
    def from_source(source: ImportSource) -> SourceRow:
        run, what = import_runner.last(source.name), what_of(source)
        if run is None:
            return SourceRow(source.name, what, "", "", "", "clock", _("Never imported"), NOTHING)
        written = formatting.date_and_time(run.written_at) if run.written_at else ""
        if run.fault:
            asks = run.pk if run.too_much and not run.allowed_by else 0
            state = _("Would end over a fifth") if run.too_much else _("Not imported")
            tone, state = ("clock", _("Imported with the next run")) if run.allowed_by else ("stop", state)
            when, reason = formatting.date_and_time(run.ended_at), why_of(run)
            return SourceRow(source.name, what, when, written, "", tone, state, translate(run.fault), asks, reason)
        rows = _("{added} new, {updated} changed, {same} the same, {over} ended").format(
            added=run.added, updated=run.updated, same=run.same, over=run.over
        )
        tone, state = (
            ("look", _("{count} in conflict").format(count=f"{run.bad:,}")) if run.bad else ("done", _("Imported"))
        )
        return SourceRow(source.name, what, formatting.date_and_time(run.ended_at), written, rows, tone, state, NOTHING)


@dataclass(frozen=True, slots=True)
class ConflictRow:
    pk: int
    source: str
    line: int
    field: str
    there: TranslatedError
    here: str
    words: str
    act: str
    verb: str
    since: str
    settled: str = ""

    @staticmethod
    def from_conflict(conflict: Conflict) -> ConflictRow:
        act, verb = action(conflict)
        here = conflict.here
        if conflict.wrong == "newer" and here:
            here = formatting.date_and_time(datetime.fromisoformat(here))
        return ConflictRow(
            conflict.pk,
            conflict.source,
            conflict.line,
            field_of(conflict.column),
            TranslatedError(conflict.there, english=False) if conflict.column else translate(conflict.there),
            here,
            in_words(conflict.wrong),
            act,
            verb,
            formatting.date_and_time(conflict.opened_at),
            f"{conflict.get_how_display()} {formatting.date_and_time(conflict.closed_at)}"
            if conflict.closed_at
            else "",
        )


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """List the sources, and the open or settled conflicts."""
    show = "settled" if request.GET.get("show") == "settled" else "open"
    lists: dict[str, QuerySet[Conflict]] = {
        "open": conflicts.waiting(),
        "settled": Conflict.objects.exclude(closed_at=None).order_by("-closed_at"),
    }
    if wants_csv(request):
        return _conflicts_csv(lists[show])
    words = {"open": _("To resolve"), "settled": _("Resolved")}
    found = paginate(request, lists[show])
    sources, fault = _sources()
    return page(request, "imports", "ils/overview.html", {
        "sources": [SourceRow.from_source(each) for each in sources], "fault": fault, "show": show, "found": found,
        "tabs": tabs(words, {name: each.count() for name, each in lists.items()}),
        "rows": [ConflictRow.from_conflict(each) for each in found],
        "may_allow": rights.may_open(request.user, "ils:allow"),
    })  # fmt: skip


def _conflicts_csv(found: QuerySet[Conflict]) -> HttpResponse:
    heading = (
        _("Source"), _("Row"), pgettext("conflict", "Since"), _("Field"),
        _("In the file"), _("In the hub"), _("Problem"), _("Resolved"),
    )  # fmt: skip
    rows = (
        (each.source, each.line, each.since, each.field, each.there.text, each.here, each.words, each.settled)
        for each in map(ConflictRow.from_conflict, found.iterator())
    )
    return download("import-conflicts", heading, rows)


def _sources() -> tuple[list[ImportSource], TranslatedError]:
    try:
        return load_sources(), NOTHING
    except BadSources as error:
        return [], translate(str(error))


@staff_action
def settle(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Carry out the chosen action on an open conflict."""
    conflict = get_object_or_404(conflicts.waiting(), pk=pk)
    by, now = request.user.get_username(), hub_clock().now()
    match act:
        case "again" | "believe" if conflict.row:
            return _read_again(request, conflict, believed=act == "believe")
        case "mended":
            conflicts.settle(conflict, str(Conflict.How.MENDED), by, now)
            return report_success(
                request, _("Resolved. It appears again if the next file still has it."), reverse(HOME)
            )
        case "pass":
            conflicts.settle(conflict, str(Conflict.How.PASSED), by, now)
            return report_success(request, _("Ignored as long as the row stays the same."), reverse(HOME))
        case _:
            raise Http404


def _read_again(request: HttpRequest, conflict: Conflict, *, believed: bool) -> HttpResponse:
    by, now = request.user.get_username(), hub_clock().now()
    try:
        with following(settings.STATE):
            taken = conflicts.read_again(conflict, by, now, believed=believed)
    except Follows:
        return report_error(request, _("An import is running. Try again in a minute."), reverse(HOME))
    except conflicts.CannotRead:
        return report_error(request, _("The hub failed on this row. It stays open; see the hub's log."), reverse(HOME))
    if not taken:
        return report_error(request, _("Not resolved: {words}").format(words=in_words(conflict.wrong)), reverse(HOME))
    return report_success(request, _("The row was imported."), reverse(HOME))


@staff_action
def allow(request: HttpRequest, pk: int) -> HttpResponse:
    """Permit the refused sheet to close so many records; the next run imports it."""
    run = get_object_or_404(ImportRun, pk=pk, too_much=True)
    run.allowed_by = request.user.get_username()
    run.save(update_fields=("allowed_by",))
    return report_success(request, _("The next run imports the file as it is."), reverse(HOME))


def in_words(wrong: str) -> str:
    """Return the description of a fault."""
    return {
        Wrong.EMPTY: _("The field is empty"),
        Wrong.UNKNOWN: _("Value not in the hub"),
        Wrong.NO_DATE: _("Not a valid date or time"),
        Wrong.TO_COME: _("The time is in the future, but must be past"),
        Wrong.NO_NUMBER: _("Not a valid number"),
        Wrong.TWICE: _("Repeats a line above"),
        Wrong.REPEATED: _("It repeats the patron number, which already counts as a card. Leave it empty."),
        Wrong.NOBODYS: _("Not in the hub: not imported yet"),
        Wrong.NEWER: _("A kiosk has checked it out to another patron since the file was written"),
        Wrong.ANOTHERS: _("In the hub it belongs to another patron"),
        Wrong.FORM: _("Not in the required format"),
    }[Wrong(wrong)]


def why_of(run: ImportRun) -> str:
    """Return why nothing was imported and what to do; the fault itself says where."""
    words = {
        ImportRun.Why.FILE: _("Cannot read the file. Check that the ILS writes it and that the hub may read it."),
        ImportRun.Why.FORM: _("The file format is not valid. Export it again from the ILS."),
        ImportRun.Why.TOO_MUCH: _(
            "It would end more than a fifth of the hub's records. Check whether the file is truncated."
        ),
        ImportRun.Why.CATALOGUE: _("The catalogue source did not respond correctly. The next run tries again."),
        ImportRun.Why.LIBRARY: _("No library is set up yet."),
        ImportRun.Why.HUB: _("The hub failed; see its log. The next run tries again."),
    }
    return words[ImportRun.Why(run.why)] if run.why else ""


def action(conflict: Conflict) -> tuple[str, str]:
    """Return the next action: its name in the URL, and the label of its button."""
    if conflict.row and conflict.wrong == Wrong.NEWER:
        return "believe", _("Use the imported value")
    if conflict.row and conflict.wrong in (Wrong.NOBODYS, Wrong.UNKNOWN):
        return "again", _("Read again")
    return "mended", _("Corrected in the ILS")


def field_of(column: str) -> str:
    """Return the label of a column, or the column's own name if it has none."""
    names = {
        "identifier": _("Patron number"),
        "patron_identifier": _("Patron number"),
        "name": _("Name"),
        "category": _("Patron category"),
        "status": _("Status"),
        "expires": _("Valid until"),
        "card": pgettext("field", "Card"),
        "pin": _("PIN"),
        "barcode": _("Barcode"),
        "item_barcode": _("Barcode"),
        "type": _("Item type"),
        "branch": _("Branch"),
        "pickup": _("Pickup branch"),
        "control_number": _("Control number"),
        "isbn": _("ISBN"),
        "title": _("Title"),
        "checked_out_at": _("Loan date"),
        "due": _("Due"),
        "renewals": _("Renewal count"),
        "placed_at": _("Placed"),
        "until": _("Hold expires"),
        "state": _("State"),
        "condition": _("Condition"),
    }
    return names.get(column, column)


def kinds() -> dict[str, str]:
    """Return the labels of what sources contain."""
    return {
        "titles": _("Titles"),
        "items": _("Copies"),
        "patrons": _("Patrons"),
        "holds": _("Holds"),
        "loans": _("Loans"),
    }


def what_of(source: ImportSource) -> str:
    """Return what a source contains, and whether it is complete."""
    what = kinds()[source.reads]
    return _("{what} (full)").format(what=what) if source.full else _("{what} (changes)").format(what=what)


def translate(fault: str) -> TranslatedError:
    if (get_language() or "en").startswith("en"):
        return TranslatedError(fault, english=False)
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(fault):
            facts = found.groupdict()
            if what := facts.get("what"):
                facts["what"] = kinds().get(what, what)
            return TranslatedError(gettext(sentence).format(**facts), english=False)
    return TranslatedError(fault, english=True)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, re.compile(BLANK.sub(r"(?P<\1>.+?)", re.escape(each)), re.DOTALL)) for each in _sentences())


def _sentences() -> tuple[str, ...]:
    """Return the patterns, specific ones before general ones."""
    return (
        gettext_noop("{file}: columns are separated by {sign}; save it with commas"),
        gettext_noop("{file}: the header lacks {columns}; known columns are {known}"),
        gettext_noop("{file}: unknown column {columns}; known columns are {known}"),
        gettext_noop("{file}: {columns} occurs twice in the header"),
        gettext_noop("{file} is neither UTF-8 nor GB 18030; save it as “CSV UTF-8”"),
        gettext_noop("{file}, line {line}: not valid CSV: {detail}"),
        gettext_noop("{file}: No such file or directory; check that the ILS writes it and that this user may read it"),
        gettext_noop("{file}: Permission denied; check that the ILS writes it and that this user may read it"),
        gettext_noop("{file}: {detail}; check that the ILS writes it and that this user may read it"),
        gettext_noop(
            "the full file lists {named} of the {there} {what} in the hub and would end {ending}; "
            "nothing was imported. Check whether it is truncated; if it is correct, use --most-may-end"
        ),
        gettext_noop("the row has {cells} cells, the header {columns}; check for an extra comma or a missing quote"),
        gettext_noop("{cell} is empty; fill it in"),
        gettext_noop("{cell} has {count} characters, at most {most} are allowed"),
        gettext_noop("{cell} contains an unprintable character; remove it"),
        gettext_noop("{cell} is unknown; known: {known}"),
        gettext_noop("{cell} is not a date; use the form 2027-12-31"),
        gettext_noop("{cell} is not an integer from 0 to {most}"),
        gettext_noop("{cell} is already in line {line}; remove one of the two"),
        gettext_noop("{cell} is not a barcode; letters, digits and . + / $ - are allowed"),
        gettext_noop("{cell} is not an ISBN; its check digit is wrong"),
        gettext_noop("{cell} matches no record; import the MARC records first, or give a title"),
        gettext_noop("{cell} is not a card number; use 4 to 32 digits and letters"),
        gettext_noop("card repeats the identifier, which already counts as a card; leave card empty"),
        gettext_noop("{cell} belongs to the patron whose identifier ends in {last4}; one is wrong"),
        gettext_noop("pin is not a PIN; use 4 to 12 digits"),
        gettext_noop("guardian is the number of no other patron; import the guardian first"),
        gettext_noop("guardian is a child; give the number of an adult"),
        gettext_noop("the source repeats the same list; contact its administrator"),
        gettext_noop("the source reports {detail}"),
        gettext_noop("{url} does not respond: {detail}"),
        gettext_noop("{url} responds with more than {bytes} bytes; configure shorter lists"),
        gettext_noop("{url} responds with a document type declaration; this is not OAI-PMH"),
        gettext_noop("{url} does not respond with XML: {detail}"),
        gettext_noop("{url} responds with status {status}; check the OAI-PMH address"),
        gettext_noop("{url} is busy and asked to wait {times} times; try again later"),
        gettext_noop("hub error: {detail}"),
        gettext_noop("no title in field 245"),
        gettext_noop("no record starts here; check that the file is MARC 21, CNMARC or MARCXML"),
        gettext_noop("the record ends after {there} of {said} bytes; fetch the file again"),
        gettext_noop(
            "the record states {said} bytes but has {there}; a program without MARC support changed it, export it again"
        ),
        gettext_noop("the record directory is damaged; export it again ({detail})"),
        gettext_noop("the file ends early: {detail}"),
        gettext_noop("no record in the file: MARCXML starts with <collection>, this file with <{name}>"),
        gettext_noop("{file}: {name} is unknown; only [[source]] is allowed"),
        gettext_noop("{file}: two sources are named {name}; each needs its own name"),
        gettext_noop("{file}, source {number}: needs either a file or a url"),
        gettext_noop('{file}, source {number}: a url is an OAI-PMH catalogue; set reads = "titles"'),
        gettext_noop("{file}, source {number}: file must be an absolute path, such as /srv/export/loans.csv"),
        gettext_noop("{file}, source {number}: a record file never ends titles; remove full"),
        gettext_noop("{file}, source {number}, {place}: {detail}"),
    )
