"""The page of the draft: its matrix, what it changes, and the day from which it shall hold; publishes by `drafts`."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kiosk.domain.policy import ANY
from kiosk.hub.audit import roles
from kiosk.hub.clock import hub_clock
from kiosk.hub.rules import drafts, wording
from kiosk.hub.rules.drafts import Fault
from kiosk.hub.rules.matrix import matrix
from kiosk.hub.rules.pages.overview import differences, who
from kiosk.hub.rules.wording import Names
from kiosk.hub.staff import shown
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.page import page
from kiosk.hub.staff.views.acts import faulty, said

LONGEST_NOTE = 300


@require_POST
@staff_only
def begin(request: HttpRequest) -> HttpResponse:
    drafts.begin(who(request))
    return redirect("rules:draft")


@require_GET
@staff_only
def draft(request: HttpRequest) -> HttpResponse:
    held = drafts.draft()
    if held is None:
        return redirect("rules:overview")
    names, branch, before = Names.read(), request.GET.get("branch", ANY), drafts.newest()
    earliest = drafts.earliest(hub_clock().now())
    return page(
        request,
        "rules",
        "rules/draft.html",
        {
            "matrix": matrix(drafts.facts(held), branch, names, drafts.facts(before)),
            "branches": names.branches.items() if len(names.branches) > 1 else (),
            "branch": branch,
            "begun": _("{name}, {when}").format(name=held.begun_by, when=shown.when(held.begun_at)),
            "note": held.note,
            "changes": differences(before, held, names),
            "earliest": earliest.isoformat(),
            "latest": (earliest + drafts.FARTHEST).isoformat(),
            "may_publish": roles.may_open(request.user, "rules:publish"),
        },
    )


@require_POST
@staff_only
def discard(request: HttpRequest) -> HttpResponse:
    drafts.discard()
    return said(request, _("The draft is gone. The rules stay as they are."), reverse("rules:overview"))


@require_POST
@staff_only
def publish(request: HttpRequest) -> HttpResponse:
    home = reverse("rules:draft")
    try:
        since = date.fromisoformat(request.POST.get("since", ""))
    except ValueError:
        return faulty(request, _("Choose the day from which it holds."), home)
    try:
        found = drafts.publish(who(request), since, request.POST.get("note", "").strip()[:LONGEST_NOTE])
    except ValueError as error:
        return faulty(request, _("By these rules no loan can be dated: {why}.").format(why=error), home)
    if isinstance(found, Fault):
        return faulty(request, wording.fault(found), home)
    words = _("Published. It holds from {day} on, and every kiosk is told.").format(day=shown.day(since))
    return said(request, words, f"{reverse('rules:overview')}?show={found.pk}")
