"""Keep the record of incidents and the measures taken, and show it.

Patrons appear only by pseudonym. Incidents cannot be deleted.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from hub.audit.models import Incident, IncidentLine
from hub.circulation import lookup
from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic


def pseudonyms(text: str) -> tuple[list[str], list[int]]:
    """Look up the patrons listed one per line, by number, card or pseudonym.

    Returns:
        The pseudonyms found, without repeats, and the numbers of the lines that match no patron.
    """
    found: list[str] = []
    unknown: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (line_text := line.strip()):
            continue
        known = Patron.objects.filter(ref=line_text).first() or lookup.patron_by_number(line_text)
        if known is None:
            unknown.append(number)
        elif known.ref not in found:
            found.append(known.ref)
    return found, unknown


def write(what: str, noticed: datetime, affected: list[str], by: str, now: datetime) -> Incident:
    """Open an incident; `affected` are pseudonyms."""
    return Incident.objects.create(what=what, noticed_at=noticed, affected=affected, opened_by=by, opened_at=now)


@atomic
def add(incident: Incident, kind: str, words: str, whom: str, by: str, now: datetime) -> None:
    """Add a measure, a notification or the closing of the incident."""
    IncidentLine.objects.create(incident=incident, kind=kind, words=words, whom=whom, by=by, at=now)
    if kind == IncidentLine.Kind.CLOSED:
        incident.closed_at = now
        incident.save(update_fields=("closed_at",))


LONGEST, WHOM = 1000, 200


@require_http_methods(["GET", "POST"])
@staff_only
def incidents(request: HttpRequest) -> HttpResponse:
    """List all incidents, newest first, with the form for a new one."""
    typed = {each: request.POST.get(each, "").strip() for each in ("what", "noticed", "affected")}
    fault = ""
    if request.method == "POST":
        noticed, affected, fault = _read(typed)
        if noticed is not None and not fault:
            by, now = request.user.get_username(), hub_clock().now()
            made = write(typed["what"][:LONGEST], noticed, affected, by, now)
            return report_success(request, _("Recorded"), reverse("audit:incident", args=(made.pk,)))
    latest = timezone.localtime(hub_clock().now()).strftime("%Y-%m-%dT%H:%M")
    return page(request, "audit", "audit/incidents.html", {
        "rows": [_row(each) for each in Incident.objects.all()],
        "typed": {**typed, "noticed": typed["noticed"] or latest}, "latest": latest, "fault": fault,
    }, status=400 if fault else 200)  # fmt: skip


def _read(typed: dict[str, str]) -> tuple[datetime | None, list[str], str]:
    """Return when it was noticed and who is affected, or what is wrong with the form."""
    try:
        noticed = timezone.make_aware(datetime.fromisoformat(typed["noticed"]))
    except ValueError:
        return None, [], _("Enter when it was noticed.")
    affected, unknown = pseudonyms(typed["affected"])
    if not typed["what"]:
        return noticed, affected, _("Describe what happened.")
    if noticed > hub_clock().now():
        return noticed, affected, _("The time cannot be in the future.")
    if unknown:
        lines = _(", ").join(str(each) for each in unknown)
        return noticed, affected, _("No patron found for lines: {lines}").format(lines=lines)
    return noticed, affected, ""


def _row(incident: Incident) -> dict[str, object]:
    tone, state = _state(incident)
    return {
        "pk": incident.pk,
        "what": incident.what,
        "noticed": formatting.date_and_time(incident.noticed_at),
        "affected": len(incident.affected),
        "tone": tone,
        "state": state,
    }


def _state(incident: Incident) -> tuple[str, str]:
    if incident.closed_at is None:
        return "look", pgettext("incident", "open")
    return "done", _("closed on {day}").format(day=formatting.day(incident.closed_at))


@staff_page
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one incident with its measures."""
    found = get_object_or_404(Incident, pk=pk)
    tone, state = _state(found)
    return page(request, "audit", "audit/incident.html", {
        "incident": found, "tone": tone, "state": state,
        "noticed": formatting.date_and_time(found.noticed_at), "opened": formatting.date_and_time(found.opened_at),
        "lines": [
            {"words": each.words, "whom": each.whom, "kind": each.get_kind_display(), "by": each.by,
             "at": formatting.date_and_time(each.at)}
            for each in found.lines.all()
        ],
    })  # fmt: skip


@staff_action
def add_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a measure, a notification or the closing of an incident."""
    found = get_object_or_404(Incident, pk=pk, closed_at=None)
    home = reverse("audit:incident", args=(pk,))
    words, whom = request.POST.get("words", "").strip()[:LONGEST], request.POST.get("whom", "").strip()[:WHOM]
    if not words:
        return report_error(request, _("Describe what was done."), home)
    closed = request.POST.get("kind") == IncidentLine.Kind.CLOSED
    kind = IncidentLine.Kind.CLOSED if closed else IncidentLine.Kind.TOLD if whom else IncidentLine.Kind.DONE
    add(found, kind, words, whom, request.user.get_username(), hub_clock().now())
    return report_success(request, _("Recorded"), home)
