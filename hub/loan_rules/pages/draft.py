"""Serve the page of the draft: its matrix, its changes, and its publication."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hub.audit import roles
from hub.core.clock import hub_clock
from hub.loan_rules import drafts, rule_text
from hub.loan_rules.drafts import DraftFault
from hub.loan_rules.matrix import matrix
from hub.loan_rules.pages.overview import differences, who
from hub.loan_rules.rule_text import Names
from hub.staff import formatting
from hub.staff.page import page
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed, failed
from lending.policy import ANY

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
            "begun": _("{name}, {when}").format(name=held.begun_by, when=formatting.when(held.begun_at)),
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
    return confirmed(request, _("The draft is gone. The rules stay as they are."), reverse("rules:overview"))


@require_POST
@staff_only
def publish(request: HttpRequest) -> HttpResponse:
    home = reverse("rules:draft")
    try:
        since = date.fromisoformat(request.POST.get("since", ""))
    except ValueError:
        return failed(request, _("Choose the day from which it holds."), home)
    try:
        found = drafts.publish(who(request), since, request.POST.get("note", "").strip()[:LONGEST_NOTE])
    except ValueError as error:
        return failed(request, _("By these rules no loan can be dated: {why}.").format(why=error), home)
    if isinstance(found, DraftFault):
        return failed(request, rule_text.fault(found), home)
    words = _("Published. It holds from {day} on, and every kiosk is told.").format(day=formatting.day(since))
    return confirmed(request, words, f"{reverse('rules:overview')}?show={found.pk}")
