"""Ask a kiosk for its log, a screenshot or a restart, and show what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, report_success, staff_action, staff_page
from hub.fleet import remote_tasks
from hub.fleet.models import RemoteTask

MOST_ROWS = 10


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A remote task as the kiosk's page lists it."""

    pk: UUID
    kind: str
    by: str
    at: str
    tone: Tone
    state: str
    has_result: bool
    """Whether there is a log or a screenshot to open."""

    @staticmethod
    def from_task(task: RemoteTask, now: datetime) -> TaskRow:
        tone, state = _state(task, now)
        is_kept = task.asked_at > now - remote_tasks.KEPT
        has_result = is_kept and task.kind != RemoteTask.Kind.RESTART and task.outcome == RemoteTask.Outcome.DONE
        at = formatting.date_and_time(task.asked_at)
        return TaskRow(task.pk, _kind(task), task.asked_by, at, tone, state, has_result)


def _kind(task: RemoteTask) -> str:
    return {
        "log": _("Log of the last hour"),
        "screenshot": _("Screenshot"),
        "restart": pgettext("a kiosk", "Restart"),
    }[task.kind]


def _state(task: RemoteTask, now: datetime) -> tuple[Tone, str]:
    if task.outcome == RemoteTask.Outcome.DONE:
        if task.kind == RemoteTask.Kind.RESTART:
            return Tone.DONE, _("Restarts after the visit in progress")
        return Tone.DONE, _("Received {when}").format(when=formatting.date_and_time(task.answered_at))
    if task.outcome:
        return Tone.LOOK, {
            "visit": _("A patron was at the kiosk"),
            "failed": _("It failed: see the log"),
            "unknown": _("This version of the kiosk cannot do it"),
        }[task.outcome]
    if task.until <= now:
        return Tone.STOP, _("The kiosk did not answer within 10 minutes")
    return Tone.CLOCK, _("Requested, expected within a minute")


def task_rows(kiosk: Kiosk) -> list[TaskRow]:
    """Return the kiosk's last tasks, newest first."""
    rows = RemoteTask.objects.filter(kiosk=kiosk).defer("log", "screenshot")[:MOST_ROWS]
    return [TaskRow.from_task(each, hub_clock().now()) for each in rows]


@staff_action
def ask(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask the kiosk for something of this kind."""
    kiosk = get_object_or_404(Kiosk, pk=pk, revoked_at=None)
    if kind not in RemoteTask.Kind.values:
        raise Http404(kind)
    remote_tasks.ask(kiosk, RemoteTask.Kind(kind), request.user.get_username(), hub_clock().now())
    words = {
        RemoteTask.Kind.LOG: _("{kiosk} sends its log within a minute. Its screen says so."),
        RemoteTask.Kind.SCREENSHOT: _(
            "{kiosk} sends a screenshot within a minute unless a patron is there. Its screen says so."
        ),
        RemoteTask.Kind.RESTART: _("{kiosk} restarts within a minute, after the visit in progress."),
    }[RemoteTask.Kind(kind)]
    return report_success(request, words.format(kiosk=kiosk), reverse("staff:kiosk", args=(pk,)))


@staff_page
def result(request: HttpRequest, pk: int, task: UUID) -> HttpResponse:
    """Show a log or a screenshot."""
    found = _done_task(pk, task)
    return page(request, "kiosks", "staff/kiosk_task.html", {
        "task": found, "kiosk": found.kiosk, "row": TaskRow.from_task(found, hub_clock().now()),
        "kept": pgettext("remote task", "Deleted 7 days after it was asked for."),
    })  # fmt: skip


@staff_page
def screenshot(request: HttpRequest, pk: int, task: UUID) -> HttpResponse:
    """Return the screenshot."""
    return HttpResponse(bytes(_done_task(pk, task).screenshot), content_type="image/png")


def _done_task(pk: int, task: UUID) -> RemoteTask:
    since = hub_clock().now() - remote_tasks.KEPT
    rows = RemoteTask.objects.select_related("kiosk").filter(outcome=RemoteTask.Outcome.DONE, asked_at__gt=since)
    found: RemoteTask = get_object_or_404(rows, pk=task, kiosk=pk)
    return found
