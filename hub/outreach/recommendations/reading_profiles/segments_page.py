"""Serve the segments page: sizes compared with a year before, and the message and greeting of each."""

from dataclasses import dataclass
from datetime import date

from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core import small_cell_suppression
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.recommendations.reading_profiles import segments
from hub.outreach.recommendations.reading_profiles.models import GREETS, Segment, SegmentGreeting, SegmentRule
from hub.outreach.recommendations.reading_profiles.segments import SegmentReport, stored_report


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """Segment in the table: figures as text, suppressed where small."""

    segment: str
    name: str
    rule: str
    patrons: str
    before: str
    share: str
    again: str
    again_before: str
    here: bool


class RuleForm(ModelForm):
    """Form for a segment's message."""

    class Meta:
        model = SegmentRule
        fields = ("heading_zh", "body_zh", "heading_en", "body_en", "on")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.update({"rows": 3} if name.startswith("body") else {"class": "field"})
        self.fields["on"].widget.attrs.clear()


class WelcomeForm(ModelForm):
    """Form for the kiosk greeting. The prefix avoids name clashes with the rule's form on the same page."""

    prefix = "glass"

    class Meta:
        model = SegmentGreeting
        fields = ("on", "words_zh", "words_en")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("words_zh", "words_en"):
            self.fields[name].widget.attrs["class"] = "field"


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the segments, and the message and greeting of the chosen one."""
    asked = request.GET.get("show", "")
    chosen = Segment(asked) if asked in Segment.values else Segment.AT_RISK
    return _render_segments(request, chosen, RuleForm(instance=_rule(chosen)))


@staff_action
def keep(request: HttpRequest, segment: str) -> HttpResponse:
    """Save the message of a segment."""
    if segment not in Segment.values:
        raise Http404
    form = RuleForm(request.POST, instance=_rule(segment))
    if not form.is_valid():
        return _render_segments(request, Segment(segment), form, 422)
    form.save()
    return report_success(request, _("Saved. Nothing was sent."), _home(segment))


@staff_action
def keep_welcome(request: HttpRequest, segment: str) -> HttpResponse:
    """Save the kiosk greeting of a segment."""
    if segment not in GREETS:
        raise Http404
    form = WelcomeForm(request.POST, instance=SegmentGreeting.for_segment(segment))
    if not form.is_valid():
        return _render_segments(request, Segment(segment), RuleForm(instance=_rule(segment)), 422, form)
    form.save()
    return report_success(request, _("Saved. Kiosks use it from the next card."), _home(segment))


@staff_action
def run(request: HttpRequest, segment: str) -> HttpResponse:
    """Send the message to the patrons counted by the dry run."""
    rule = SegmentRule.objects.filter(segment=segment).first()
    if rule is None:
        return report_error(request, _("First enter the message."), _home(segment))
    count = segments.run_rule(rule)
    return report_success(
        request, _("Sent to {count} patrons.").format(count=small_cell_suppression.format_count(count)), _home(segment)
    )


def _rule(segment: str) -> SegmentRule:
    return SegmentRule.objects.filter(segment=segment).first() or SegmentRule(segment=segment)


def _home(segment: str) -> str:
    return f"{reverse('reading_profiles:segments')}?show={segment}"


def _render_segments(
    request: HttpRequest, chosen: Segment, form: RuleForm, status: int = 200, glass: WelcomeForm | None = None
) -> HttpResponse:
    report, reach = stored_report(), segments.dry_run(chosen)
    context = {
        "rows": _rows(report, chosen) if report else (),
        "cohorts": [_cohort(each) for each in report.cohorts] if report else (),
        "quarters": range(1, segments.COHORTS),
        "chosen": chosen,
        "name": chosen.label,
        "form": form,
        "glass": (glass or WelcomeForm(instance=SegmentGreeting.for_segment(chosen))) if chosen in GREETS else None,
        "guides": GREETS.get(chosen) == "guide",
        "written": form.instance.pk is not None,
        "reach": {
            name: small_cell_suppression.format_count(getattr(reach, name)) for name in ("patrons", "agree", "told")
        },
        "count": len(reach.reached),
        "reached": small_cell_suppression.format_count(len(reach.reached)),
        "period": report.period if report else segments.loan_period(),
    }
    return page(request, "segments", "reading_profiles/segments.html", context, status)


def _rows(report: SegmentReport, chosen: Segment) -> list[SegmentRow]:
    shares = small_cell_suppression.suppress_cells([each.patrons for each in report.lines])
    return [
        SegmentRow(
            segment=str(segment),
            name=str(segment.label),
            rule=_definition(segment, report.period),
            patrons=small_cell_suppression.format_count(line.patrons),
            before=small_cell_suppression.format_count(line.before) if report.compared else "–",
            share=f"{100 * line.share:.0f} %" if known is not None else "–",
            again=small_cell_suppression.share(*line.again),
            again_before=small_cell_suppression.share(*line.again_before),
            here=segment == chosen,
        )
        for segment, line, known in zip(segments.ORDER, report.lines, shares, strict=True)
    ]


def _definition(segment: Segment, length: int) -> str:
    """Return the definition of the segment in words, with its days."""
    often = max(round(segments.OFTEN[1] * segments.YEAR / length), 2)
    match segment:
        case Segment.NEW:
            words = _("first loan within {new} days")
        case Segment.CHAMPION:
            words = _(
                "{often} weeks of the year or more, or {fewer} with several classes, the last within {recent} days"
            )
        case Segment.AT_RISK:
            words = _("as often before, but not for {recent} days")
        case Segment.HIBERNATING:
            words = _("nothing for {long} days")
        case _:
            words = _("other patrons")
    return words.format(
        new=segments.NEW_FOR * length,
        often=often,
        fewer=max(round(segments.OFTEN[2] * segments.YEAR / length), 2),
        recent=segments.RECENT[1] * length,
        long=segments.RECENT[2] * length,
    )


@dataclass(frozen=True, slots=True)
class CohortRow:
    """Cohort in the table: first day, patrons, and share that borrowed in each later quarter."""

    begin: str
    patrons: str
    stayed: list[str]


def _cohort(each: segments.Cohort) -> CohortRow:
    stayed = [small_cell_suppression.share(count, each.patrons) for count in each.stayed]
    empty = [""] * (segments.COHORTS - 1 - len(stayed))
    return CohortRow(
        formatting.day(date.fromordinal(each.begin + 1)),
        small_cell_suppression.format_count(each.patrons),
        [*stayed, *empty],
    )
