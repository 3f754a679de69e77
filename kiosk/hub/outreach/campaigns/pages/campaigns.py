"""The staff pages of campaigns: its words as they arrive, whom it would reach, when it goes, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import few
from kiosk.hub.outreach.campaigns import funnel, going
from kiosk.hub.outreach.campaigns.audience import audience
from kiosk.hub.outreach.campaigns.funnel import Step
from kiosk.hub.outreach.campaigns.going import NotSent
from kiosk.hub.outreach.campaigns.models import Campaign, Target
from kiosk.hub.outreach.campaigns.pages.campaign_form import CampaignForm, meant
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.rendering import Speaker
from kiosk.hub.outreach.delivery.wording import LANGUAGES
from kiosk.hub.staff import shown
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.page import page
from kiosk.hub.staff.views.acts import faulty, said

State = Campaign.State
NAMES = {"zh": "中文", "en": "English"}
MISSED = ("meant", "not_agreed", "stopped", "less", "no_way")
LINK, STOP = "https://library.example/p/more/", "https://library.example/p/stop/"
TONES = {State.DRAFT: "look", State.SCHEDULED: "clock", State.SENT: "done", State.CLOSED: "done"}


@dataclass(frozen=True, slots=True)
class Row:
    pk: int
    heading: str
    who: str
    when: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it arrives in one language."""

    language: str
    name: str
    subject: str
    mail: SafeString


@dataclass(frozen=True, slots=True)
class StepRow:
    """How far one part of a campaign went, each step with its share of those it was for."""

    name: str
    held: bool
    people: str
    said: str
    opened: str
    came: str
    lent: str


@require_GET
@staff_only
def campaigns(request: HttpRequest) -> HttpResponse:
    return page(request, "campaigns", "campaigns/campaigns.html", {
        "rows": [
            Row(each.pk, str(each), meant(each), shown.when(each.sent_at or each.send_at), each.get_state_display(),
                TONES[State(each.state)])
            for each in Campaign.objects.all()[:100]
        ],
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Words and audience of a draft, or of a new one."""
    found = get_object_or_404(Campaign, pk=pk) if pk else None
    if found is not None and found.state != State.DRAFT:
        return redirect("campaigns:campaign", pk)
    fresh = found or Campaign(made_at=hub_clock().now(), by=request.user.get_username())
    form = CampaignForm(request.POST or None, instance=fresh)
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        return said(request, _("Kept. Nothing was sent."), _home(kept))
    return page(request, "campaigns", "campaigns/edit.html", {"campaign": found, "form": form},
                422 if form.errors else 200)  # fmt: skip


@require_GET
@staff_only
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Before it goes: as it arrives, and whom it would reach. Afterwards: what became of it."""
    found = get_object_or_404(Campaign.objects.select_related("poster"), pk=pk)
    gone = found.state in (State.SENT, State.CLOSED)
    tomorrow = timezone.localtime(hub_clock().now() + timedelta(days=1))
    return page(request, "campaigns", "campaigns/campaign.html", {
        "campaign": found,
        "state": found.get_state_display(),
        "tone": TONES[State(found.state)],
        "when": shown.when(found.sent_at or found.send_at),
        "until": shown.day(found.until) if found.until else "",
        "who": meant(found),
        "gone": gone,
        "previews": [_preview(found, language, Target.Part.A) for language in LANGUAGES],
        "second": [_preview(found, language, Target.Part.B) for language in LANGUAGES] if found.two else [],
        **_counted(found, gone),
        "steps": [_step(each) for each in funnel.steps(found)] if gone else [],
        "mark": going.seen(found),
        "day": f"{tomorrow:%Y-%m-%d}",
    })  # fmt: skip


def _preview(found: Campaign, language: str, part: Target.Part) -> Preview:
    words = Speaker().words(Kind.CAMPAIGN, language, {**going.words(found, part), "link": LINK}, STOP)
    body = words.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
    return Preview(language, NAMES[language], words.subject, mark_safe(body))


def _counted(found: Campaign, gone: bool) -> dict[str, object]:
    """Whom it would reach, or was for, as far as that is told."""
    facts = found.figures if gone else asdict(audience(found))
    told = {name: few.words(facts[name]) for name in MISSED if name in facts}
    reached = 0 if gone else len(facts["reached"])
    return {"missed": told, "reached": reached, "reached_told": few.words(reached)}


def _step(each: Step) -> StepRow:
    held = each.part == Target.Part.HELD

    def told(count: int) -> str:
        if not count or few.percent(count, each.people) is None:
            return few.words(count)
        return f"{few.words(count)} · {few.share(count, each.people)}"

    return StepRow(
        name=str(Target.Part(each.part).label),
        held=held,
        people=few.words(each.people),
        said="–" if held else told(each.said),
        opened="–" if held else told(each.opened),
        came=told(each.came),
        lent=told(each.lent),
    )


@require_POST
@staff_only
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends it now, to those whom the page named."""
    found = get_object_or_404(Campaign, pk=pk)
    try:
        count = going.send(found, request.POST.get("seen", ""))
    except NotSent as wrong:
        return faulty(request, str(wrong), _home(found))
    return said(request, _("It goes to {count} patrons.").format(count=few.words(count)), _home(found))


@require_POST
@staff_only
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets it go by itself; until then it can be called off."""
    found = get_object_or_404(Campaign, pk=pk)
    try:
        at = datetime.fromisoformat(f"{request.POST.get('day', '')}T{request.POST.get('time', '')}")
    except ValueError:
        return faulty(request, _("Choose the day and the time."), _home(found))
    try:
        going.schedule(found, timezone.make_aware(at), request.POST.get("seen", ""))
    except NotSent as wrong:
        return faulty(request, str(wrong), _home(found))
    return said(
        request, _("It goes by itself: {when}").format(when=shown.when(timezone.make_aware(at))), _home(found),
        reverse("campaigns:call_off", args=(pk,)),
    )  # fmt: skip


@require_POST
@staff_only
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Campaign, pk=pk)
    if not going.call_off(found):
        return faulty(request, _("It has gone, or was not scheduled."), _home(found))
    return said(request, _("It is a draft again, and goes to nobody."), _home(found))


def _home(found: Campaign) -> str:
    return reverse("campaigns:campaign", args=(found.pk,))
