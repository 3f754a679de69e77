"""Serve the staff page of imports: the last run of each source, and the open conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page, paginate, tabs
from hub.core.pages.staff_access import staff_action, staff_page
from hub.core.state_directory import Follows, following
from hub.ils.imports import conflict_retry, conflicts, import_runner
from hub.ils.imports.display_text import TranslatedError, action, field_of, in_words, translate, what_of, why_of
from hub.ils.imports.sources import BadSources, Source, load_sources
from hub.ils.models import Conflict, ImportRun

if TYPE_CHECKING:
    from django.db.models import QuerySet

HOME = "ils:overview"
NOTHING = TranslatedError("", english=False)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """The last run of a source."""

    name: str
    what: str
    when: str
    written: str
    rows: str
    tone: str
    state: str
    fault: TranslatedError
    allow: int = 0
    why: str = ""

    @staticmethod
    def from_source(source: Source) -> SourceRow:
        run, what = import_runner.last(source.name), what_of(source)
        if run is None:
            return SourceRow(source.name, what, "", "", "", "clock", _("Never imported"), NOTHING)
        written = formatting.date_and_time(run.written_at) if run.written_at else ""
        if run.fault:
            asks = run.pk if run.too_much and not run.allowed_by else 0
            state = _("Would end over a fifth") if run.too_much else _("Not imported")
            tone, state = ("clock", _("Imported with the next run")) if run.allowed_by else ("stop", state)
            when, why = formatting.date_and_time(run.ended_at), why_of(run)
            return SourceRow(source.name, what, when, written, "", tone, state, translate(run.fault), asks, why)
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
    words = {"open": _("To resolve"), "settled": _("Resolved")}
    found = paginate(request, lists[show])
    sources, fault = _sources()
    return page(request, "imports", "ils/overview.html", {
        "sources": [SourceRow.from_source(each) for each in sources], "fault": fault, "show": show, "found": found,
        "tabs": tabs(words, {name: each.count() for name, each in lists.items()}),
        "rows": [ConflictRow.from_conflict(each) for each in found],
        "may_allow": rights.may_open(request.user, "ils:allow"),
    })  # fmt: skip


def _sources() -> tuple[list[Source], TranslatedError]:
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
            taken = conflict_retry.read_again(conflict, by, now, believed=believed)
    except Follows:
        return report_error(request, _("An import is running. Try again in a minute."), reverse(HOME))
    except conflict_retry.CannotRead:
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
