"""The first page after sign-in: what needs doing now, the most urgent first; does none of it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kiosk.hub.circulation.models import ExceptionCase, HandedIn, Hold, Loan
from kiosk.hub.clock import hub_clock
from kiosk.hub.staff import shown, waiting
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.figures import four_weeks
from kiosk.hub.staff.page import page


@dataclass(frozen=True, slots=True)
class Task:
    count: int
    words: str
    note: str
    verb: str
    url: str


@require_GET
@staff_only
def today(request: HttpRequest) -> HttpResponse:
    """Lists the tasks; one accent button, on the first that has something to do."""
    tasks = _tasks()
    urgent = next((task for task in tasks if task.count), None)
    return page(request, "today", "staff/today.html", {
        "day": shown.day(shown.today()), "weeks": four_weeks(), "tasks": tasks, "urgent": urgent,
        "open": sum(1 for task in tasks if task.count),
    })  # fmt: skip


def _tasks() -> list[Task]:
    now = hub_clock().now()
    cases = ExceptionCase.objects.filter(resolved_at=None)
    unseen = HandedIn.objects.filter(state=HandedIn.State.WAITING).order_by("at")
    pull = waiting.to_pull()
    expired = Hold.objects.filter(state=Hold.State.READY, until__lt=shown.today())
    late = Loan.objects.filter(state=Loan.State.ON_LOAN, due__lt=now)
    holds, loans, look = reverse("staff:holds"), reverse("staff:loans"), _("See list")
    return [
        _task(_("Exceptions"), cases, "opened_at", _("Decide"), reverse("staff:exceptions")),
        _task(_("Handed in, not seen"), unseen, "at", _("Check bin"), reverse("staff:unseen")),
        _task(_("Holds to pull"), pull, "placed_at", look, holds),
        _task(_("Holds not picked up in time"), expired, "placed_at", look, f"{holds}?show=ready"),
        _task(_("Copies to take off the hold shelf"), waiting.left_over(), "closed_at", look, f"{holds}?show=left"),
        _task(_("Loans overdue"), late, "due", look, f"{loans}?show=late"),
    ]


def _task(words: str, found: object, since: str, verb: str, url: str) -> Task:
    rows = list(found.order_by(since).values_list(since, flat=True))  # type: ignore[attr-defined]
    note = _("Oldest since {when}").format(when=shown.when(rows[0])) if rows else _("Nothing to do")
    return Task(len(rows), words, note, verb, url)
