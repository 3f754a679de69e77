"""Keep the versions of the policy, show the one in force, and record who has read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db.models import Count, Max
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.audit.models import Acknowledgement, Policy
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import next_page, page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.texts import Texts


def draft_policy() -> Texts:
    """Return a template for a library's own policy in the languages that have one; no lawyer has reviewed it."""
    paths = {path.suffixes[0][1:]: path for path in (Path(__file__).parent / "drafts").glob("policy.*.txt")}
    return Texts({language: path.read_text(encoding="utf-8").strip() for language, path in paths.items()})


def in_force() -> Policy | None:
    """Return the newest version, or None if there is none."""
    return Policy.objects.first()


def unread(staff: str) -> Policy | None:
    """Return the version in force if this member of staff has not acknowledged it, else None."""
    policy = in_force()
    if policy is None or policy.acknowledged.filter(staff=staff).exists():
        return None
    return policy


def record_reading(policy: Policy, staff: str, now: datetime) -> None:
    """Record that the member of staff has read this version; the first time counts."""
    Acknowledgement.objects.get_or_create(policy=policy, staff=staff, defaults={"at": now})


@atomic
def publish_policy(words: Mapping[str, str], by: str, now: datetime) -> Policy:
    """Publish a new version, which all staff are asked to read."""
    last: int = Policy.objects.aggregate(last=Max("version"))["last"] or 0
    return Policy.objects.create(version=last + 1, words=words, by=by, at=now)


class PolicyForm(ModelForm):
    """The next version."""

    class Meta:
        model = Policy
        fields = ("words",)


@staff_page
def policy(request: HttpRequest) -> HttpResponse:
    """Show the version in force in the reader's language, and whether this member of staff has read it."""
    return _render_policy(request, PolicyForm(instance=Policy(words=_stored_words() or draft_policy())))


def _stored_words() -> Texts:
    found = in_force()
    return found.words if found else Texts()


def _render_policy(request: HttpRequest, form: PolicyForm) -> HttpResponse:
    found, name = in_force(), request.user.get_username()
    acknowledgement = found.acknowledged.filter(staff=name).first() if found else None
    versions = Policy.objects.annotate(readers=Count("acknowledged"))
    return page(
        request,
        "policy",
        "audit/policy.html",
        {
            "policy": found,
            "words": str(_stored_words()),
            "since": formatting.day(found.at) if found else "",
            "read": _("You read it on {day}").format(day=formatting.day(acknowledgement.at)) if acknowledgement else "",
            "then": next_page(request),
            "form": form,
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
        422 if form.errors else 200,
    )


@staff_action
def acknowledge(request: HttpRequest, version: int) -> HttpResponse:
    """Record that the member of staff has read it, then continue to the requested page."""
    found = get_object_or_404(Policy, version=version)
    record_reading(found, request.user.get_username(), hub_clock().now())
    if then := next_page(request):
        return redirect(then)
    return report_success(request, _("Your reading is recorded"), reverse("audit:policy"))


@staff_action
def new_policy(request: HttpRequest) -> HttpResponse:
    """Publish a new version."""
    home = reverse("audit:policy")
    form = PolicyForm(request.POST, instance=Policy(words=_stored_words()))
    if not form.is_valid():
        return _render_policy(request, form)
    words = {language: text.replace("\r\n", "\n") for language, text in form.instance.words.items()}
    if words == _stored_words():
        return report_error(request, _("This text is already in force."), home)
    made = publish_policy(words, request.user.get_username(), hub_clock().now())
    return report_success(request, _("Version {number} is in force").format(number=made.version), home)
