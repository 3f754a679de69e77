"""Show the figures by branch and period, compared with a year before and with their definitions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Branch
from hub.core import small_cell_suppression
from hub.core.pages import charts, formatting
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_page
from hub.outreach.engagement.feedback.programs import KEPT
from hub.outreach.library_system.central import the_central
from hub.outreach.statistics import figures
from hub.outreach.statistics.figures import PERIODS, CohortRetention, GroupResult, Selection, Span

WIDE, TALL, TOP = 1208, 200, 8
"""Size of the chart of loans, and the room above the columns of a chart."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A patron group, as text."""

    name: str
    active: str
    new: str
    lapsed: str
    loans: str
    each: str
    late: str
    more: str


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A month of first loans, and the shares that stayed after 1, 3, 6 and 12 months."""

    month: str
    patrons: str
    shares: tuple[str, ...]


def periods() -> tuple[tuple[str, str], ...]:
    """Return the periods with their names."""
    return (("month", _("4 weeks")), ("quarter", _("Quarter")), ("year", _("Year")))


@staff_page
def show(request: HttpRequest) -> HttpResponse:
    """Show the figures; an unknown branch means all branches, an unknown period four weeks."""
    branches = list(Branch.objects.order_by("pk"))
    branch = request.GET.get("branch", "")
    branch = branch if branch in {each.code for each in branches} else ""
    period = request.GET.get("period", "month")
    asked = Selection(formatting.today(), period if period in PERIODS else "month", branch)
    return page(request, "figures", "statistics/figures.html", {
        "branches": [(each.code, str(each)) for each in branches],
        "branch": branch,
        "branch_name": next((str(each) for each in branches if each.code == branch), _("All branches")),
        "period": asked.period,
        "periods": periods(),
        "from_to": f"{formatting.day(asked.first)} – {formatting.day(asked.today)}",
        **_loans(asked),
        **_patrons(asked),
        **_words(asked),
        **_messages(asked),
        "groups": _groups(asked),
        "cohorts": [_cohort(each) for each in figures.cohort_retention()],
        "brought": small_cell_suppression.format_count(figures.referred_patrons(asked)),
    })  # fmt: skip


def _loans(asked: Selection) -> dict[str, object]:
    step = 1 if asked.period == "month" else 7
    spans = figures.spans(asked, step)
    weeks = figures.spans(asked, 7) if step == 1 else spans
    total, before = sum(each.loans for each in spans), sum(each.loans_ago for each in spans)
    back, late = sum(each.back for each in spans), sum(each.late for each in spans)
    back_ago, late_ago = sum(each.back_ago for each in spans), sum(each.late_ago for each in spans)
    return {
        "total": f"{total:,}",
        "compared": more(total, before),
        "here": figures.here(asked),
        "loans": _loans_chart(spans, step) if total or before else None,
        "late": percent(late, back),
        "late_ago": percent(late_ago, back_ago),
        "late_chart": late_chart(weeks) if back or back_ago else None,
    }


def _loans_chart(spans: Sequence[Span], days: int) -> SafeString:
    """Chart a column for each day or week, with a mark for a year before."""
    top = max((max(each.loans, each.loans_ago) for each in spans), default=0) or 1
    step = WIDE / len(spans)
    wide = max(round(step * 0.58), 4)
    every = -(-len(spans) // 7)
    columns = []
    for number, each in enumerate(spans):
        height, ago = (max(round((TALL - TOP) * count / top), 0) for count in (each.loans, each.loans_ago))
        last = number == len(spans) - 1
        columns.append(
            charts.ChartColumn(
                round(number * step + (step - wide) / 2),
                wide,
                _span_words(each, days),
                charts.bar(height),
                label=formatting.short(each.on) if number % every == 0 and (last or len(spans) - number > 2) else "",
                ago=ago,
                last=last,
            )
        )
    return charts.columns(columns, _("Loans, with mark for 1 year ago"), WIDE, TALL)


def _span_words(each: Span, days: int) -> str:
    words = _("{day}: {count} loans, {before} 1 year earlier") if days == 1 else _(
        "Week from {day}: {count} loans, {before} 1 year earlier"
    )  # fmt: skip
    return words.format(day=formatting.day(each.on), count=each.loans, before=each.loans_ago)


def _faces_chart(counts: Sequence[int | None]) -> SafeString:
    """Chart a column for each smiley; suppressed counts are not drawn."""
    top = max((count or 0 for count in counts), default=0) or 1
    columns = (
        charts.ChartColumn(
            number * 72,
            48,
            small_cell_suppression.format_count(count),
            charts.bar(round((charts.LOW - TOP) * (count or 0) / top)),
        )
        for number, count in enumerate(counts)
    )
    return charts.columns(columns, _("Ratings from very unhappy to very happy"), width=4 * 72 + 48)


def late_chart(spans: Sequence[Span]) -> SafeString:
    """Chart the share of late returns by span; a span with very few returns has no point."""
    now = [_late_share(each.late, each.back) for each in spans]
    ago = [_late_share(each.late_ago, each.back_ago) for each in spans]
    return charts.lines(now, ago, _("Overdue returns"))


def _late_share(late: int, back: int) -> float | None:
    return late / back if back >= small_cell_suppression.FEWEST else None


def _rows(found: Sequence[tuple[str, int | None]], words: str, quiet: frozenset[int] = frozenset()) -> SafeString:
    """Chart a bar for each label; None is shown as under five."""
    figured = [(name, count, small_cell_suppression.format_figure(count)) for name, count in found]
    return charts.rows(figured, words, quiet)


def more(now: int | None, before: int | None) -> str:
    """Return the change from a year before; empty if there is no figure of then."""
    if now is None or before is None or before < small_cell_suppression.FEWEST:
        return ""
    share = round(100 * (now - before) / before)
    words = _("{share} more than 1 year ago") if share >= 0 else _("{share} fewer than 1 year ago")
    return words.format(share=f"{abs(share)} %")


def percent(part: float, whole: float) -> str:
    """Return a share of loans or messages, which needs no suppression of patron counts."""
    return f"{100 * part / whole:.1f} %" if whole >= small_cell_suppression.FEWEST else "–"


def _patrons(asked: Selection) -> dict[str, object]:
    heads, before = figures.heads(asked), figures.heads(asked, figures.YEAR)
    if heads is None:
        return {"heads": None}
    active = _active(heads)
    words = {
        "regular": pgettext("patrons", "regular"),
        "new": pgettext("patrons", "new"),
        "lapsing": pgettext("patrons", "lapsing"),
        "lapsed": pgettext("patrons", "lapsed"),
    }
    found = [(words[name], small_cell_suppression.round_down(heads[name])) for name in figures.HEADS]
    return {
        "active": small_cell_suppression.format_count(active),
        "active_compared": more(
            small_cell_suppression.round_down(active), small_cell_suppression.round_down(_active(before))
        )
        if before
        else "",
        "heads": _rows(found, _("Patrons by activity"), frozenset({2, 3})),
    }


def _active(heads: dict[str, int]) -> int:
    return heads["regular"] + heads["new"] + heads["lapsing"]


def _words(asked: Selection) -> dict[str, object]:
    missed, faces = figures.failed_searches(asked), figures.faces(asked)
    touched = sum(faces)
    mean = (
        sum(face * count for face, count in enumerate(faces, 1)) / touched
        if touched >= small_cell_suppression.FEWEST
        else None
    )
    return {
        "missed_total": f"{missed.total:,}",
        "missed_weeks": KEPT,
        "missed": _rows(missed.words, _("Searches with no results")) if missed.words else None,
        "mean": f"{mean:.1f}" if mean is not None else "",
        "touched": small_cell_suppression.format_count(touched),
        "happy": small_cell_suppression.share(sum(faces[3:]), touched),
        "faces": _faces_chart([small_cell_suppression.round_down(each) for each in faces])
        if mean is not None
        else None,
    }


def _messages(asked: Selection) -> dict[str, object]:
    nights, judged = figures.nights(asked), figures.calibration()
    tried = nights.said + nights.failed
    reach = [
        (pgettext("messages", "delivered"), small_cell_suppression.suppress_small(nights.said)),
        (_("not delivered"), small_cell_suppression.suppress_small(nights.failed)),
        (_("withheld"), small_cell_suppression.suppress_small(nights.withheld)),
    ]
    return {
        "contacts": small_cell_suppression.format_count(nights.contacts),
        "fresh_count": small_cell_suppression.format_count(nights.fresh),
        "fresh": small_cell_suppression.share(nights.fresh, nights.contacts),
        "fresh_width": round(
            charts.NARROW * (small_cell_suppression.percent(nights.fresh, nights.contacts) or 0) / 100
        ),
        "reached": small_cell_suppression.share(nights.said, tried)
        if small_cell_suppression.bounded(nights.said, tried)
        else percent(nights.said, tried),
        "reach": _rows(reach, _("Message delivery"), frozenset({1, 2})) if tried else None,
        "judged": judged,
        "usual": round(100 * judged.usual) if judged else 0,
        "likely": round(100 * judged.likely) if judged else 0,
    }


def _cohort(each: CohortRetention) -> CohortRow:
    shares = tuple("–" if count is None else small_cell_suppression.share(count, each.patrons) for count in each.after)
    return CohortRow(f"{each.month:%Y-%m}", small_cell_suppression.format_count(each.patrons), shares)


def _groups(asked: Selection) -> list[GroupRow]:
    names = dict(the_central().categories())
    return [_group(each, names.get(each.group, each.group) or _("no category")) for each in figures.by_group(asked)]


def _group(each: GroupResult, name: str) -> GroupRow:
    def format_value(value: float | None, form: str) -> str:
        return "–" if value is None else form.format(value)

    return GroupRow(
        name=name,
        active=small_cell_suppression.format_count(each.active),
        new=small_cell_suppression.format_count(each.new),
        lapsed=small_cell_suppression.format_count(each.lapsed),
        loans=format_value(each.loans, "{:,}"),
        each=format_value(each.each, "{:.1f}"),
        late=format_value(each.late, "{:.1f} %"),
        more=format_value(each.more, "{:+.0f} %"),
    )
