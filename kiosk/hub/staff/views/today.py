"""The first page after sign-in: what needs doing now, the most urgent first; does none of it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.day.pages import goals, roles
from kiosk.hub.staff import shown, tasks
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.figures import four_weeks
from kiosk.hub.staff.page import page


@require_GET
@staff_only
def today(request: HttpRequest) -> HttpResponse:
    """Lists the tasks of the one who is signed in; one accent button, on the most urgent."""
    every = tasks.waiting(request.user, hub_clock().now())
    open_ones = [each for each in every if each.count]
    return page(request, "today", "staff/today.html", {
        "day": shown.day(shown.today()),
        "weeks": four_weeks(),
        "tasks": open_ones,
        "goals": goals.rows_of(roles.mine(request.user)),
        "done": [each.words for each in every if not each.count],
    })  # fmt: skip
