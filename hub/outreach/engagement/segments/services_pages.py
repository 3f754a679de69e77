"""Show the services for segments: drafted, published, withdrawn, each with what it grants and to how many patrons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments import services as granting
from hub.outreach.engagement.segments.models import SegmentService

GRANTS = ("days", "loans", "renewals", "head_start")


class ServiceForm(forms.ModelForm):
    """A draft of a service."""

    segment = forms.ChoiceField(label=gettext_lazy("Segment"))

    class Meta:
        model = SegmentService
        fields = ("segment", "reason", *GRANTS, "greeting", "begins", "ends")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = rules.choices()
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "field"
            if name in ("begins", "ends"):
                field.widget = forms.DateInput(attrs={"type": "date", "class": "field"}, format="%Y-%m-%d")

    def clean(self) -> dict[str, object]:
        """Refuse a service that grants nothing."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(found.get(name) for name in (*GRANTS, "greeting")):
            raise forms.ValidationError(_("Enter at least one thing that the service grants."))
        return found


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service in the list."""

    pk: int
    reason: str
    segment: str
    grants: str
    span: str
    patrons: str
    state: str
    tone: str
    draft: bool


@staff_page
def services(request: HttpRequest) -> HttpResponse:
    names = dict(rules.choices())
    found = SegmentService.objects.annotate(count=Count("members"))
    return page(request, "segments", "segments/services.html", {
        "rows": [_row(each, names) for each in found],
    })  # fmt: skip


def _row(service: Any, names: dict[str, str]) -> ServiceRow:
    today = formatting.today()
    state, tone = _("draft"), "look"
    if service.published_at is not None:
        state, tone = pgettext("service", "running"), "done"
        if service.begins > today:
            state, tone = pgettext("service", "planned"), "clock"
        elif not service.runs_on(today):
            state, tone = pgettext("service", "ended"), "look"
    return ServiceRow(
        service.pk,
        str(service),
        names.get(service.segment, _("a deleted segment")),
        granting.grants_text(service),
        _span(service),
        small_cell_suppression.format_count(service.count) if tone == "done" else "",
        state,
        tone,
        service.published_at is None,
    )


def _span(service: SegmentService) -> str:
    begins = formatting.day(service.begins)
    if service.ends is None:
        return _("from {day}").format(day=begins)
    return _("{first} to {last}").format(first=begins, last=formatting.day(service.ends))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Make a draft or change one; a published service must be withdrawn first."""
    found = get_object_or_404(SegmentService, pk=pk) if pk else None
    if found is not None and found.published_at is not None:
        return redirect("segment_services:services")
    form = ServiceForm(request.POST or None, instance=found, initial={"begins": formatting.today()})
    if request.method == "POST" and form.is_valid():
        service = form.save(commit=False)
        if found is None:
            service.by, service.made_at = request.user.get_username(), hub_clock().now()
        if not _save_draft(service):
            return report_error(request, _("It is already published."), _home())
        return report_success(request, _("Draft saved. Patrons notice nothing before it is published."), _home())
    return page(request, "segments", "segments/service.html", {"service": found, "form": form},
                422 if form.errors else 200)  # fmt: skip


@atomic
def _save_draft(service: SegmentService) -> bool:
    """Save the draft; return False if it was published or deleted since the form was opened."""
    drafts = SegmentService.objects.select_for_update().filter(pk=service.pk, published_at=None)
    if service.pk is not None and not drafts.exists():
        return False
    service.save()
    return True


@staff_action
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    service = get_object_or_404(SegmentService, pk=pk)
    if not granting.publish(service, request.user.get_username(), hub_clock().now()):
        return report_error(request, _("It is already published."), _home())
    undo = reverse("segment_services:withdraw", args=(pk,))
    return report_success(request, _("Published. The next nightly job chooses the patrons."), _home(), undo)


@staff_action
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    service = get_object_or_404(SegmentService, pk=pk)
    if not granting.withdraw(service, hub_clock().now()):
        return report_error(request, _("It is not published."), _home())
    undo = reverse("segment_services:restore", args=(pk,))
    words = _("Withdrawn. It ends now; loans already made keep their due dates.")
    return report_success(request, words, _home(), undo)


@staff_action
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a withdrawal: publish again, and choose the patrons at once instead of at night."""
    service, now = get_object_or_404(SegmentService, pk=pk), hub_clock().now()
    if granting.publish(service, request.user.get_username(), now):
        granting.nightly(now)
    return report_success(request, _("Published again."), _home())


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft; the undo makes it again."""
    service = get_object_or_404(SegmentService, pk=pk, published_at=None)
    fields = [field.attname for field in SegmentService._meta.concrete_fields]
    facts = {name: getattr(service, name) for name in fields if not name.startswith("published")}
    request.session["dropped_service"] = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in facts.items()
    }
    service.delete()
    return report_success(request, _("Draft deleted"), _home(), reverse("segment_services:put_back"))


@staff_action
def put_back(request: HttpRequest) -> HttpResponse:
    facts = request.session.pop("dropped_service", None)
    if facts is None:
        return report_error(request, _("There is nothing to restore."), _home())
    SegmentService.objects.create(**facts)
    return report_success(request, _("Draft restored"), _home())


def _home() -> str:
    return reverse("segment_services:services")
