"""Serve the page of the draft: its matrix, its changes, and its publication."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.circulation.loan_rules import drafts, rule_text
from hub.circulation.loan_rules.drafts import DraftFault
from hub.circulation.loan_rules.matrix import matrix
from hub.circulation.loan_rules.pages.overview import differences, draft_author
from hub.circulation.loan_rules.rule_text import Names
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from lending.policy import ANY

LONGEST_NOTE = 300


@staff_action
def begin(request: HttpRequest) -> HttpResponse:
    drafts.begin(draft_author(request))
    return redirect("loan_rules:draft")


@staff_page
def draft(request: HttpRequest) -> HttpResponse:
    held = drafts.draft()
    if held is None:
        return redirect("loan_rules:overview")
    names, branch, before = Names.read(), request.GET.get("branch", ANY), drafts.newest()
    earliest = drafts.earliest(hub_clock().now())
    return page(
        request,
        "rules",
        "loan_rules/draft.html",
        {
            "matrix": matrix(drafts.facts(held), branch, names, drafts.facts(before)),
            "branches": names.branches.items() if len(names.branches) > 1 else (),
            "branch": branch,
            "begun": _("{name}, {when}").format(name=held.begun_by, when=formatting.date_and_time(held.begun_at)),
            "note": held.note,
            "changes": differences(before, held, names),
            "earliest": earliest.isoformat(),
            "latest": (earliest + drafts.FARTHEST).isoformat(),
            "may_publish": rights.may_open(request.user, "loan_rules:publish"),
        },
    )


@staff_action
def discard(request: HttpRequest) -> HttpResponse:
    drafts.discard()
    return report_success(request, _("Draft discarded. The current rules stay."), reverse("loan_rules:overview"))


@staff_action
def publish(request: HttpRequest) -> HttpResponse:
    home = reverse("loan_rules:draft")
    try:
        since = date.fromisoformat(request.POST.get("since", ""))
    except ValueError:
        return report_error(request, _("Choose the start date."), home)
    try:
        found = drafts.publish(draft_author(request), since, request.POST.get("note", "").strip()[:LONGEST_NOTE])
    except ValueError as error:
        return report_error(request, _("These rules give no due date: {why}.").format(why=error), home)
    if isinstance(found, DraftFault):
        return report_error(request, rule_text.fault(found), home)
    words = _("Published. Valid from {day}; all kiosks are informed.").format(day=formatting.day(since))
    return report_success(request, words, f"{reverse('loan_rules:overview')}?show={found.pk}")
