"""Show the pages of campaigns: preview, audience, schedule and results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch
from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.language import text_languages
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.campaigns.dispatch import FunnelStep, NotSent, audience
from hub.outreach.engagement.campaigns.effect import effect_text
from hub.outreach.engagement.campaigns.models import Campaign, CampaignRecipient, Poster
from hub.outreach.engagement.segments import rules as segment_rules
from hub.outreach.engagement.segments.reach_bar import reach_of
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reading_profiles import segments, subjects
from hub.outreach.recommendations.reading_profiles.models import Interest, Segment
from lending.languages import languages

State = Campaign.State
Choices = list[tuple[str, str]]

AUDIENCE = ("segments", "groups", "branches", "interests")
MISSED = ("meant", "not_agreed", "stopped", "less", "no_way")
LINK, STOP = "https://library.example/p/more/", "https://library.example/p/stop/"
TONES = {State.DRAFT: "look", State.SCHEDULED: "clock", State.SENT: "done", State.CLOSED: "done"}


@dataclass(frozen=True, slots=True)
class CampaignRow:
    pk: int
    heading: str
    audience: str
    time: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """A message as it arrives in one language."""

    language: str
    name: str
    subject: str
    mail: SafeString


@dataclass(frozen=True, slots=True)
class StepRow:
    """Results of one variant of a campaign, each step with its share of the recipients."""

    name: str
    is_control: bool
    people: str
    delivered: str
    opened: str
    came: str
    borrowed: str


@staff_page
def campaigns(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "campaigns",
        "campaigns/campaigns.html",
        {
            "rows": [
                CampaignRow(
                    each.pk,
                    str(each),
                    audience_text(each),
                    formatting.date_and_time(each.sent_at or each.send_at),
                    each.get_state_display(),
                    TONES[State(each.state)],
                )
                for each in Campaign.objects.all()[:100]
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit the texts and audience of a new or existing draft."""
    found = get_object_or_404(Campaign, pk=pk) if pk else None
    if found is not None and found.state != State.DRAFT:
        return redirect("campaigns:campaign", pk)
    fresh = found or Campaign(made_at=hub_clock().now(), by=request.user.get_username())
    form = CampaignForm(request.POST or None, instance=fresh)
    if request.method == "POST" and form.is_valid():
        campaign = form.save()
        return report_success(request, _("Saved. Nothing was sent."), _home(campaign))
    return page(request, "campaigns", "campaigns/edit.html", {"campaign": found, "form": form},
                422 if form.errors else 200)  # fmt: skip


@staff_page
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the preview and audience before it is sent, and the results afterwards."""
    found = get_object_or_404(Campaign.objects.select_related("poster"), pk=pk)
    is_sent = found.state in (State.SENT, State.CLOSED)
    tomorrow = timezone.localtime(hub_clock().now() + timedelta(days=1))
    return page(request, "campaigns", "campaigns/campaign.html", {
        "campaign": found,
        "state": found.get_state_display(),
        "tone": TONES[State(found.state)],
        "when": formatting.date_and_time(found.sent_at or found.send_at),
        "until": formatting.day(found.until) if found.until else "",
        "who": audience_text(found),
        "gone": is_sent,
        "previews": _previews(found, CampaignRecipient.Part.A),
        "second": _previews(found, CampaignRecipient.Part.B) if found.two else [],
        **_suppressed_counts(found, is_sent),
        "steps": [_step(each) for each in dispatch.funnel_steps(found)] if is_sent else [],
        "moved": effect_text(dispatch.effect_of(found)) if is_sent and found.hold_out else "",
        "mark": dispatch.review_mark(found),
        "day": f"{tomorrow:%Y-%m-%d}",
    })  # fmt: skip


def _previews(found: Campaign, part: CampaignRecipient.Part) -> list[CampaignPreview]:
    return [_preview(found, language, part) for language in text_languages()]


def _preview(found: Campaign, language: str, part: CampaignRecipient.Part) -> CampaignPreview:
    words = Renderer().words(MessageKind.CAMPAIGN, language, {**dispatch.words(found, part), "link": LINK}, STOP)
    body = words.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
    return CampaignPreview(language, languages()[language].name, words.subject, mark_safe(body))


def _suppressed_counts(found: Campaign, is_sent: bool) -> dict[str, object]:
    """Return the audience's counts after small-cell suppression."""
    if is_sent:
        facts = found.figures
        return {"missed": {name: small_cell_suppression.format_count(facts[name]) for name in MISSED if name in facts}}
    there = audience(found)
    refused = small_cell_suppression.format_count(there.not_agreed) if there.not_agreed else ""
    return {"reached": there.count, "reach": reach_of(there, found.hold_out), "not_agreed": refused}


def _step(each: FunnelStep) -> StepRow:
    held = each.part == CampaignRecipient.Part.HELD

    def share_text(count: int) -> str:
        if not count or small_cell_suppression.percent(count, each.people) is None:
            return small_cell_suppression.format_count(count)
        return f"{small_cell_suppression.format_count(count)} · {small_cell_suppression.share(count, each.people)}"

    return StepRow(
        name=str(CampaignRecipient.Part(each.part).label),
        is_control=held,
        people=small_cell_suppression.format_count(each.people),
        delivered="–" if held else share_text(each.said),
        opened="–" if held else share_text(each.opened),
        came=share_text(each.came),
        borrowed=share_text(each.lent),
    )


@staff_action
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the campaign now, as reviewed on the page."""
    found = get_object_or_404(Campaign, pk=pk)
    try:
        count = dispatch.send(found, request.POST.get("seen", ""))
    except NotSent as wrong:
        return report_error(request, str(wrong), _home(found))
    return report_success(
        request, _("Sending to {count} patrons.").format(count=small_cell_suppression.format_count(count)), _home(found)
    )


@staff_action
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Schedule the campaign; until then it can be cancelled."""
    found = get_object_or_404(Campaign, pk=pk)
    try:
        at = datetime.fromisoformat(f"{request.POST.get('day', '')}T{request.POST.get('time', '')}")
    except ValueError:
        return report_error(request, _("Choose a date and time."), _home(found))
    try:
        dispatch.schedule(found, timezone.make_aware(at), request.POST.get("seen", ""))
    except NotSent as wrong:
        return report_error(request, str(wrong), _home(found))
    return report_success(
        request, _("Scheduled for {when}").format(when=formatting.date_and_time(timezone.make_aware(at))), _home(found),
        reverse("campaigns:call_off", args=(pk,)),
    )  # fmt: skip


@staff_action
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Campaign, pk=pk)
    if not dispatch.call_off(found):
        return report_error(request, _("It was already sent, or was not scheduled."), _home(found))
    return report_success(request, _("Scheduling cancelled. The campaign is a draft again."), _home(found))


def _home(found: Campaign) -> str:
    return reverse("campaigns:campaign", args=(found.pk,))


class CampaignForm(ModelForm):
    segments = MultipleChoiceField(label=gettext_lazy("Segments"), required=False, widget=CheckboxSelectMultiple)
    groups = MultipleChoiceField(label=gettext_lazy("Patron categories"), required=False, widget=CheckboxSelectMultiple)
    branches = MultipleChoiceField(
        label=gettext_lazy("Branch of last loan"), required=False, widget=CheckboxSelectMultiple
    )
    interests = MultipleChoiceField(
        label=gettext_lazy("Shared interests"), required=False, widget=CheckboxSelectMultiple
    )

    class Meta:
        model = Campaign
        fields = ("heading", "body", "heading_b", "poster", *AUDIENCE, "hold_out", "days")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, found in choices(self.instance).items():
            self.fields[name].choices = found
        self.fields["segments"].choices = _with_rules(self.fields["segments"].choices)
        today = formatting.today()
        self.fields["poster"].queryset = Poster.objects.filter(last__gte=today).defer("picture")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = (set(cleaned.get(name, ())) for name in ("heading", "heading_b"))
        if second and second != first:
            raise ValidationError(_("Enter heading B in the same languages as the heading, or in none."))
        return cleaned


def choices(campaign: Campaign) -> dict[str, Choices]:
    """Return the choices of each field, including chosen values that no longer exist."""
    codes = Interest.objects.exclude(source=Interest.Source.REMOVED).order_by("subject")
    broad = sorted({each[:1] for each in codes.values_list("subject", flat=True).distinct() if each})
    found: dict[str, Choices] = {
        "segments": segment_rules.choices(),
        "groups": the_central().categories(),
        "branches": [(each.code, str(each)) for each in Branch.objects.all()],
        "interests": [(code, subjects.label(code)) for code in broad if subjects.is_subject_code(code)],
    }
    for name, known in found.items():
        there = {code for code, _words in known}
        known += [(code, code) for code in getattr(campaign, name) if code not in there]
    return found


def _with_rules(found: Choices) -> Choices:
    """Add each segment's rule to its name, so that staff know whom the campaign reaches."""
    report = segments.stored_report()
    length = report.period if report else segments.loan_period()
    rules = {str(each): segments.definition(each, length) for each in Segment}
    explained = _("{segment}: {rule}")
    return [(code, explained.format(segment=name, rule=rules[code]) if code in rules else name) for code, name in found]


def audience_text(campaign: Campaign) -> str:
    """Return the campaign's audience as text."""
    words = {name: dict(found) for name, found in choices(campaign).items()}
    parts = [pgettext("list", ", ").join(words[name][code] for code in getattr(campaign, name)) for name in AUDIENCE]
    return " · ".join(part for part in parts if part) or _("all patrons")
