"""Show the policy in force, record who has read it, and let administrators publish a new version."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hub.audit import policies
from hub.audit.models import Policy
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import next_page, report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page

LONGEST = 20_000


@staff_page
def policy(request: HttpRequest) -> HttpResponse:
    """Show the version in force in the reader's language, and whether this member of staff has read it."""
    found, name = policies.in_force(), request.user.get_username()
    mine = found.acknowledged.filter(staff=name).first() if found else None
    english = get_language() == "en" and found is not None and found.words_en
    versions = Policy.objects.annotate(readers=Count("acknowledged"))
    return page(
        request,
        "policy",
        "audit/policy.html",
        {
            "policy": found,
            "words": (found.words_en if english else found.words) if found else "",
            "since": formatting.day(found.at) if found else "",
            "read": _("You read it on {day}").format(day=formatting.day(mine.at)) if mine else "",
            "then": next_page(request),
            "draft": found.words if found else policies.draft("zh"),
            "draft_en": found.words_en if found else policies.draft("en"),
            "versions": [
                {
                    "version": _("version {number}").format(number=each.version),
                    "since": formatting.day(each.at),
                    "by": each.by,
                    "read": _("read by {count}").format(count=each.readers),
                }
                for each in versions
            ],
        },
    )


@staff_action
def acknowledge(request: HttpRequest, version: int) -> HttpResponse:
    """Record that the member of staff has read it, then continue to the requested page."""
    found = get_object_or_404(Policy, version=version)
    policies.acknowledge(found, request.user.get_username(), hub_clock().now())
    if then := next_page(request):
        return redirect(then)
    return report_success(request, _("Your reading is recorded"), reverse("audit:policy"))


@staff_action
def new_policy(request: HttpRequest) -> HttpResponse:
    """Publish a new version."""
    home = reverse("audit:policy")
    words, english = (request.POST.get(each, "").replace("\r\n", "\n").strip() for each in ("words", "words_en"))
    if not words or len(words) > LONGEST or len(english) > LONGEST:
        return report_error(request, _("Enter the policy in Chinese, with at most 20,000 characters."), home)
    before = policies.in_force()
    if before is not None and (before.words, before.words_en) == (words, english):
        return report_error(request, _("This text is already in force."), home)
    made = policies.publish(words, english, request.user.get_username(), hub_clock().now())
    return report_success(request, _("Version {number} is in force").format(number=made.version), home)
