"""Show the Today page: what needs doing now, the most urgent first."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_only
from hub.outreach.statistics.pages import goals, roles
from hub.staff import tasks
from hub.staff.figures import four_weeks


@require_GET
@staff_only
def today(request: HttpRequest) -> HttpResponse:
    """List the user's tasks; only the most urgent one has the accent button."""
    every = tasks.waiting(request.user, hub_clock().now())
    open_ones = [each for each in every if each.count]
    return page(request, "today", "staff/today.html", {
        "day": formatting.day(formatting.today()),
        "weeks": four_weeks(),
        "tasks": open_ones,
        "goals": goals.rows_of(roles.roles_of_user(request.user)),
        "done": [each.words for each in every if not each.count],
    })  # fmt: skip
