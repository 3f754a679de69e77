"""Show the pages of journeys: made from templates, tried on last year's data, started, paused, ended, and measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.core.texts import Texts, TextsFormField, with_entered
from hub.outreach.engagement.campaigns.effect import effect_text
from hub.outreach.engagement.journeys import occasions, running
from hub.outreach.engagement.journeys.models import Journey, JourneyMember
from hub.outreach.engagement.journeys.steps import BY_NAMES, MOST, TEMPLATES, WHEN_NAMES, By, Step, When, steps_of
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments.reach_bar import reach_of, without_control_group

State, Occasion, Part = Journey.State, Journey.Occasion, JourneyMember.Part
TONES = {State.DRAFT: "look", State.RUNNING: "done", State.PAUSED: "clock", State.ENDED: "look"}
SPANS = {
    Occasion.LAPSING: gettext_lazy("Weeks without a loan"),
    Occasion.WON_BACK: gettext_lazy("Weeks without a loan"),
    Occasion.EXPIRY: gettext_lazy("Days before the card expires"),
}
"""What `Journey.span` is for the occasions that have it."""


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """A journey in the list."""

    pk: int
    name: str
    begins: str
    segment: str
    on_the_way: str
    moved: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class TemplateCard:
    """A template from which staff make a journey."""

    code: str
    name: str
    about: str
    steps: str


@staff_page
def journeys(request: HttpRequest) -> HttpResponse:
    names = dict(rules.choices())
    there = occasions.available()
    return page(request, "journeys", "journeys/journeys.html", {
        "rows": [_row(each, names) for each in Journey.objects.all()[:100]],
        "templates": [
            TemplateCard(str(each), str(each.label), str(found.about), _count_text(len(found.steps)))
            for each, found in TEMPLATES.items() if each in there
        ],
    })  # fmt: skip


def _count_text(count: int) -> str:
    return ngettext("{count} step", "{count} steps", count).format(count=count)


def _row(journey: Journey, names: dict[str, str]) -> JourneyRow:
    return JourneyRow(
        journey.pk,
        str(journey),
        begins_text(journey),
        _segment_text(journey, names),
        small_cell_suppression.format_count(running.on_the_way(journey)),
        effect_text(running.effect_of(journey)) if journey.started_at else "",
        journey.get_state_display(),
        TONES[State(journey.state)],
    )


def _segment_text(journey: Journey, names: dict[str, str]) -> str:
    return names.get(journey.segment, _("a deleted segment")) if journey.segment else str(rules.EVERYONE)


def begins_text(journey: Journey) -> str:
    """Return when the journey begins for a patron."""
    match Occasion(journey.occasion):
        case Occasion.WELCOME:
            return _("on registration")
        case Occasion.LAPSING:
            words = ngettext("after {count} week without a loan", "after {count} weeks without a loan", journey.span)
            return words.format(count=journey.span)
        case Occasion.WON_BACK:
            words = ngettext(
                "on the first loan after {count} week", "on the first loan after {count} weeks", journey.span
            )
            return words.format(count=journey.span)
        case Occasion.EXPIRY:
            words = ngettext(
                "{count} day before the card expires", "{count} days before the card expires", journey.span
            )
            return words.format(count=journey.span)
        case Occasion.FIRST_HOLD:
            return _("on the first hold, in the patron's first year")
        case Occasion.SCHOOL_YEAR:
            return _("every year on {day}").format(day=journey.day)
        case _:
            return _("on each anniversary of the registration")


@staff_action
def make(request: HttpRequest, occasion: str) -> HttpResponse:
    """Make a draft from a template."""
    if occasion not in occasions.available():
        raise Http404
    found = TEMPLATES[Occasion(occasion)]
    journey = Journey(
        name=str(Occasion(occasion).label), occasion=occasion, segment=found.segment, goal=found.goal, span=found.span,
        day=found.day, steps=[each.step().model_dump(mode="json") for each in found.steps], days=found.days,
        by=request.user.get_username(), made_at=hub_clock().now(),
    )  # fmt: skip
    journey.trial = occasions.run_trial(journey, hub_clock().now())
    journey.save()
    return report_success(request, _("Draft made. Nothing is sent before you start it."), _home(journey))


class JourneyForm(forms.ModelForm):
    """What a journey is besides its steps."""

    segment = forms.ChoiceField(label=gettext_lazy("Segment"), required=False)

    class Meta:
        model = Journey
        fields = ("name", "segment", "goal", "span", "day", "hold_out", "days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = [("", str(rules.EVERYONE)), *rules.choices()]
        occasion = Occasion(self.instance.occasion)
        if occasion in SPANS:
            self.fields["span"].label = SPANS[occasion]
        else:
            del self.fields["span"]
        if occasion is not Occasion.SCHOOL_YEAR:
            del self.fields["day"]
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"
        if "day" in self.fields:
            self.fields["day"].required = True
            self.fields["day"].label = gettext_lazy("Day of the year, such as 09-01")

    def clean_day(self) -> str:
        """Check the month and day."""
        text = str(self.cleaned_data["day"])
        try:
            return f"{date.fromisoformat(f'2024-{text}'):%m-%d}"
        except ValueError:
            raise forms.ValidationError(_("Enter month and day, such as 09-01.")) from None

    def clean_span(self) -> int:
        """Check the weeks or days."""
        if not self.cleaned_data["span"]:
            raise forms.ValidationError(_("Enter at least 1."))
        return int(self.cleaned_data["span"])


class StepForm(forms.Form):
    """A step of a journey."""

    by = forms.ChoiceField(
        label=gettext_lazy("How"), choices=[(str(code), text) for code, text in BY_NAMES.items()], initial="message"
    )
    wait = forms.IntegerField(label=gettext_lazy("Days after the step before"), min_value=0, max_value=180, initial=14)
    when = forms.ChoiceField(
        label=pgettext_lazy("journey step", "Condition"),
        choices=[(str(code), text) for code, text in WHEN_NAMES.items()],
        initial="always",
    )
    heading = TextsFormField(label=gettext_lazy("heading"), max_length=90)
    body = TextsFormField(label=gettext_lazy("text"), max_length=800, is_long=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "field narrow" if name == "wait" else "field"
        if self.prefix == "step-0":
            self.fields["wait"].label = gettext_lazy("Days after the occasion")

    def step(self) -> Step:
        """Return the step of the valid form."""
        values = {name: self.cleaned_data[name] for name in Step.model_fields}
        kept = {name: with_entered(self.initial.get(name, {}), values[name]) for name in ("heading", "body")}
        return Step.model_validate(values | kept)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a draft; saving tries it on last year's data."""
    found = get_object_or_404(Journey, pk=pk)
    if found.state != State.DRAFT:
        return redirect("journeys:journey", pk)
    form = JourneyForm(request.POST or None, instance=found)
    step_forms = forms.formset_factory(StepForm, extra=1, max_num=MOST, validate_max=True, can_delete=True)
    steps = step_forms(request.POST or None, prefix="step",
                        initial=[each.model_dump(mode="json") for each in steps_of(found)])  # fmt: skip
    if request.method == "POST" and form.is_valid() and steps.is_valid():
        kept = [each.step() for each in steps if each.cleaned_data and not each.cleaned_data["DELETE"]]
        last = sum(each.wait for each in kept)
        if kept and last <= form.cleaned_data["days"]:
            journey = form.save(commit=False)
            journey.steps = [each.model_dump(mode="json") for each in kept]
            journey.trial = occasions.run_trial(journey, hub_clock().now())
            journey.save()
            return report_success(request, _("Saved and tried on last year's data. Nothing was sent."), _home(journey))
        if kept:
            # the goal is noted only while patrons are observed, and without it the steps would go on
            fault = _("Observe patrons at least until the last step, on day {day}.").format(day=last)
            form.add_error("days", fault)
        else:
            form.add_error(None, _("Keep at least one step."))
    faulty = bool(form.errors or (steps.is_bound and not steps.is_valid()))
    return page(request, "journeys", "journeys/edit.html", {"journey": found, "form": form, "steps": steps},
                422 if faulty else 200)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step on the time line."""

    number: int
    at: str
    by: By
    how: str
    when: str
    heading: str
    body: str
    received: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """Outcome of the patrons on the journey, or of its control group."""

    name: str
    people: str
    said: str
    came: str
    acted: str


@staff_page
def journey(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the journey's time line, its trial, and what it has moved."""
    found = get_object_or_404(Journey, pk=pk)
    names = dict(rules.choices())
    segment = rules.rules_of(found.segment) if found.segment else rules.Rules()
    tried = found.trial.get("day")
    begun = found.started_at is not None
    return page(request, "journeys", "journeys/journey.html", {
        "journey": found,
        "state": found.get_state_display(),
        "tone": TONES[State(found.state)],
        "begins": begins_text(found),
        "segment": _segment_text(found, names),
        "conditions": rules.conditions(segment) if segment else (),
        "goal": found.get_goal_display(),
        "lines": _lines(found, begun),
        "reach": reach_of(found.trial, found.hold_out) if tried else None,
        "today": small_cell_suppression.format_count(
            without_control_group(int(found.trial.get("today", 0)), found.hold_out)
        ),
        "tried": formatting.day(date.fromisoformat(str(tried))) if tried else "",
        "begun": begun,
        "on_the_way": small_cell_suppression.format_count(running.on_the_way(found)),
        "parts": _parts(found) if begun else (),
        "moved": effect_text(running.effect_of(found)) if begun else "",
    })  # fmt: skip


def _lines(found: Journey, begun: bool) -> list[StepLine]:
    days, lines = 0, []
    received = running.step_counts(found) if begun else [0] * len(found.steps)
    for number, step in enumerate(steps_of(found)):
        days += step.wait
        lines.append(StepLine(
            number + 1, _("day {number}").format(number=days), step.by, str(BY_NAMES[step.by]),
            str(WHEN_NAMES[step.when]) if step.when is not When.ALWAYS else "",
            str(Texts(step.heading)), str(Texts(step.body)),
            small_cell_suppression.format_count(received[number]) if begun else "",
        ))  # fmt: skip
    return lines


def _parts(found: Journey) -> list[PartRow]:
    rows = []
    for part, counts in running.counts(found).items():
        held, people = part == Part.HELD, counts["people"]
        rows.append(PartRow(
            str(Part(part).label), small_cell_suppression.format_count(people),
            "–" if held else _share_text(counts["said"], people), _share_text(counts["came"], people),
            _share_text(counts["acted"], people),
        ))  # fmt: skip
    return rows


def _share_text(count: int, people: int) -> str:
    told = small_cell_suppression.format_count(count)
    if not count or small_cell_suppression.percent(count, people) is None:
        return told
    return f"{told} · {small_cell_suppression.share(count, people)}"


@staff_action
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Repeat the trial with the data of today."""
    found = get_object_or_404(Journey, pk=pk)
    found.trial = occasions.run_trial(found, hub_clock().now())
    found.save(update_fields=("trial",))
    return report_success(request, _("Tried on last year's data. Nothing was sent."), _home(found))


@staff_action
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the draft, or resume the paused journey."""
    found = get_object_or_404(Journey, pk=pk)
    before = running.start(found, hub_clock().now())
    if not before:
        return report_error(request, _("It is already running, or has ended."), _home(found))
    words = _("Running. From tonight it takes in the patrons for whom it begins.")
    return report_success(request, words, _home(found), _undo_url(found, before))


@staff_action
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause the journey; queued steps wait."""
    return _halt(request, pk, State.PAUSED, _("Paused. Queued steps were taken back, and follow when it resumes."))


@staff_action
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the journey for everyone on it; results are still counted."""
    return _halt(request, pk, State.ENDED, _("Ended. No further step is sent; the results are still counted."))


def _halt(request: HttpRequest, pk: int, state: Journey.State, words: str) -> HttpResponse:
    found = get_object_or_404(Journey, pk=pk)
    before = running.halt(found, state, hub_clock().now())
    if not before:
        return report_error(request, _("It is not running."), _home(found))
    return report_success(request, words, _home(found), _undo_url(found, before))


def _undo_url(found: Journey, before: str) -> str:
    return f"{reverse('journeys:revert', args=(found.pk,))}?to={before}"


@staff_action
def revert(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the last start, pause or end; the query names the state before it."""
    found = get_object_or_404(Journey, pk=pk)
    if not running.revert(found, request.GET.get("to", ""), hub_clock().now()):
        return report_error(request, _("It has changed since. Nothing was undone."), _home(found))
    return report_success(request, pgettext("journey", "Undone"), _home(found))


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft; the undo restores it."""
    found = get_object_or_404(Journey, pk=pk, state=State.DRAFT)
    names = ("name", "occasion", "segment", "goal", "span", "day", "steps", "hold_out", "days", "by", "trial")
    request.session["dropped_journey"] = {name: getattr(found, name) for name in names}
    found.delete()
    return report_success(request, _("Draft deleted"), reverse("journeys:journeys"), reverse("journeys:put_back"))


@staff_action
def put_back(request: HttpRequest) -> HttpResponse:
    """Restore the draft deleted last."""
    facts = request.session.pop("dropped_journey", None)
    if facts is None:
        return report_error(request, _("There is nothing to restore."), reverse("journeys:journeys"))
    made = Journey.objects.create(**facts, made_at=hub_clock().now())
    return report_success(request, _("Draft restored"), _home(made))


def _home(found: Journey) -> str:
    return reverse("journeys:journey", args=(found.pk,))
