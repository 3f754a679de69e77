"""Show the segments by rules, and the form that counts a segment while staff write its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch
from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments.audience import audience_of
from hub.outreach.engagement.segments.models import PatronSegment, SegmentService
from hub.outreach.engagement.segments.reach_bar import reach_of
from hub.outreach.engagement.segments.rules import Rules
from hub.outreach.library_system.central import the_central
from hub.outreach.recommendations.reading_profiles import segments as nightly
from hub.outreach.recommendations.reading_profiles import subjects
from hub.outreach.recommendations.reading_profiles.models import Interest, Segment

MANY = ("habits", "groups", "branches", "ages", "interests")
NUMBERS = ("away_least", "away_most", "loans_least", "loans_most")


class RulesForm(forms.Form):
    """Conditions of a segment, each optional."""

    away_least = forms.IntegerField(min_value=0, max_value=150, required=False)
    away_most = forms.IntegerField(min_value=0, max_value=150, required=False)
    loans_least = forms.IntegerField(min_value=0, max_value=9999, required=False)
    loans_most = forms.IntegerField(min_value=0, max_value=9999, required=False)
    months = forms.IntegerField(
        label=gettext_lazy("in how many months"), min_value=1, max_value=36, required=False, initial=12
    )
    reading = forms.ChoiceField(label=gettext_lazy("Reading"), required=False)
    habits = forms.MultipleChoiceField(label=gettext_lazy("Habit"), required=False)
    groups = forms.MultipleChoiceField(label=gettext_lazy("Patron category"), required=False)
    branches = forms.MultipleChoiceField(label=gettext_lazy("Branch of last loan"), required=False)
    ages = forms.MultipleChoiceField(label=gettext_lazy("Age"), required=False)
    interests = forms.MultipleChoiceField(label=gettext_lazy("Interests"), required=False)

    def __init__(self, data: Any, saved: Rules) -> None:
        super().__init__(data)
        codes = Interest.objects.exclude(source=Interest.Source.REMOVED).values_list("subject", flat=True).distinct()
        broad = sorted({each[:1] for each in codes if each})
        known = {
            "habits": [(str(each), str(each.label)) for each in Segment],
            "groups": the_central().categories(),
            "branches": [(each.code, str(each)) for each in Branch.objects.all()],
            "ages": list(rules.ages().items()),
            "interests": [(code, subjects.label(code)) for code in broad if subjects.is_subject_code(code)],
        }
        for name, there in known.items():
            # a chosen value that no longer exists stays visible, so that it can be unticked
            gone = set(getattr(saved, name)) - {code for code, _words in there}
            field = self.fields[name]
            field.widget = forms.CheckboxSelectMultiple()
            field.choices = [*there, *((code, code) for code in sorted(gone))]
        self.fields["reading"].choices = [("", _("any")), *((code, str(text)) for code, text in rules.READING.items())]
        least, most = pgettext("segment", "at least"), pgettext("segment", "at most")
        for name in NUMBERS:
            self.fields[name].label = most if name.endswith("most") else least
        for name in (*NUMBERS, "months", "reading"):
            self.fields[name].widget.attrs["class"] = "field"

    def clean(self) -> dict[str, object]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        for low, high in (("away_least", "away_most"), ("loans_least", "loans_most")):
            least, most = found.get(low), found.get(high)
            if least is not None and most is not None and least > most:
                self.add_error(high, _("At most must not be below at least."))
        return found

    def rules(self) -> Rules:
        """Return the conditions of the valid form."""
        found = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        return Rules.model_validate(found)


def query_of(found: Rules) -> QueryDict:
    """Return the conditions as the query string that the form sends."""
    query = QueryDict(mutable=True)
    for name, value in found.as_json().items():
        query.setlist(name, [str(each) for each in value] if isinstance(value, list) else [str(value)])
    return query


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment in the list."""

    pk: int | None
    code: str
    name: str
    conditions: list[tuple[str, str]]
    rule: str
    patrons: str
    query: str


@staff_page
def segments(request: HttpRequest) -> HttpResponse:
    own = [(each.pk, each.code, str(each), Rules.model_validate(each.rules)) for each in PatronSegment.objects.all()]
    given = [(None, code, str(Segment(code).label), found) for code, found in rules.ready_made().items()]
    report = nightly.stored_report()
    length = report.period if report else nightly.loan_period()
    words = {str(each): nightly.definition(each, length) for each in Segment}
    among = rules.everyone()
    return page(request, "segments", "segments/segments.html", {
        "own": [_row(among, *each) for each in own],
        "given": [_row(among, *each, rule=words[each[1]]) for each in given],
    })  # fmt: skip


def _row(among: set[int], pk: int | None, code: str, name: str, found: Rules, rule: str = "") -> SegmentRow:
    today = formatting.today()
    count = len(rules.members(found, today, today, among=among))
    told = small_cell_suppression.format_count(count)
    return SegmentRow(pk, code, name, rules.conditions(found), rule, told, query_of(found).urlencode())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Count the rules in the query; save those that were counted when they are posted with a name."""
    found = get_object_or_404(PatronSegment, pk=pk) if pk else None
    saved = Rules.model_validate(found.rules) if found else Rules()
    sent = request.POST if request.method == "POST" else request.GET
    is_asked = bool({*sent} & {*RulesForm.base_fields})
    asked = sent if is_asked or found is None else query_of(saved)
    form = RulesForm(asked, saved)
    name = str(request.POST.get("name", found.name if found else "")).strip()
    fault = ""
    if request.method == "POST" and form.is_valid():
        taken = PatronSegment.objects.filter(name=name).exclude(pk=pk).exists()
        fault = "" if name and len(name) <= 60 else _("Enter a name of at most 60 characters.")
        fault = _("There is already a segment with this name.") if taken else fault
        if not fault:
            made = found or PatronSegment(made_at=hub_clock().now(), by=request.user.get_username())
            made.name, made.rules = name, form.rules().as_json()
            made.save()
            return report_success(request, _("Segment saved"), reverse("patron_segments:segments"))
    # A new segment has no rules yet: to count all patrons would take a large library seconds.
    counted = _count_context(form) if is_asked or found else {"is_empty": True}
    context = {"segment": found, "form": form, "name": name, "fault": fault, **counted}
    if request.GET.get("part"):
        return render(request, "segments/counted.html", context)
    return page(request, "segments", "segments/edit.html", context,
                422 if request.method == "POST" else 200)  # fmt: skip


def _count_context(form: RulesForm) -> dict[str, object]:
    if not form.is_valid():
        return {"reach": None}
    found, today = form.rules(), formatting.today()
    people = rules.members(found, today, today)
    everyone = len(rules.everyone())
    query = query_of(found)
    return {
        "reach": reach_of(audience_of(people)),
        "everyone": small_cell_suppression.format_count(everyone),
        "conditions": rules.conditions(found),
        "pairs": [(key, value) for key in query for value in query.getlist(key)],
    }


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a segment that nothing uses any more; the undo restores it."""
    found = get_object_or_404(PatronSegment, pk=pk)
    home = reverse("patron_segments:segments")
    if user := _use_of(found.code):
        return report_error(request, _("“{name}” still uses this segment.").format(name=user), home)
    request.session["dropped_segment"] = {
        "pk": found.pk, "name": found.name, "rules": found.rules, "by": found.by, "made_at": found.made_at.isoformat(),
    }  # fmt: skip
    found.delete()
    return report_success(request, _("Segment deleted"), home, reverse("patron_segments:put_back"))


def _use_of(code: str) -> str:
    """Return the name of a journey, service or unsent campaign that uses the segment; empty if there is none."""
    if (service := SegmentService.objects.filter(segment=code).first()) is not None:
        return str(service)
    journey = Journey.objects.filter(segment=code).exclude(state=Journey.State.ENDED).first()
    if journey is not None:
        return str(journey)
    waiting = Campaign.objects.filter(state__in=(Campaign.State.DRAFT, Campaign.State.SCHEDULED))
    return next((str(each) for each in waiting if code in each.segments), "")


@staff_action
def put_back(request: HttpRequest) -> HttpResponse:
    """Restore the segment deleted last, with its code, unless its name was taken since."""
    facts = request.session.pop("dropped_segment", None)
    home = reverse("patron_segments:segments")
    if facts is None or PatronSegment.objects.filter(name=facts["name"]).exists():
        return report_error(request, _("There is nothing to restore, or its name is taken."), home)
    PatronSegment.objects.create(**facts)
    return report_success(request, _("Segment restored"), home)
