"""Serve the page on what a draft would have changed last month, as figures and days without patrons."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.circulation.loan_rules import drafts, replay
from hub.circulation.loan_rules.replay import Example, RuleOutcome
from hub.circulation.loan_rules.rule_text import Names
from hub.circulation.refusals import refusal
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_page
from lending.model import Block


@dataclass(frozen=True, slots=True)
class TrialRow:
    name: str
    lent: int
    refused: int
    earlier: int
    later: int
    on_average: str
    not_renewed: int
    late: str
    examples: tuple[str, ...]


@staff_page
def trial_report(request: HttpRequest) -> HttpResponse:
    held = drafts.draft()
    if held is None:
        return redirect("loan_rules:overview")
    report, names = replay.last_month(drafts.facts(held), hub_clock().now()), Names.read()
    rows = [row(each, names) for each in report.outcomes]
    return page(
        request,
        "rules",
        "loan_rules/tried.html",
        {
            "first": formatting.day(report.first),
            "end": formatting.day(report.end),
            "rows": [row for row, each in zip(rows, report.outcomes, strict=True) if each.touched],
            "same": [row for row, each in zip(rows, report.outcomes, strict=True) if not each.touched],
            "loans": report.total("lent"),
            "refused": report.total("refused"),
            "moved": report.total("earlier") + report.total("later"),
            "not_renewed": report.total("not_renewed"),
        },
    )


def row(found: RuleOutcome, names: Names) -> TrialRow:
    moved = found.earlier + found.later
    return TrialRow(
        name=names.combination((found.category, found.item_type, "*")),
        lent=found.lent,
        refused=found.refused,
        earlier=found.earlier,
        later=found.later,
        on_average=f"{found.days / moved:+.0f}" if moved else "",
        not_renewed=found.not_renewed,
        late=f"{found.late} → {found.late_by_draft}" if found.late != found.late_by_draft else str(found.late),
        examples=tuple(_example_text(each, names) for each in found.examples),
    )


def _example_text(found: Example, names: Names) -> str:
    where = _("{day} at {branch}").format(day=formatting.short(found.on), branch=names.branch(found.branch))
    if isinstance(found.after, Block):
        words = _("{where}: not renewed. {why}") if found.renewal else _("{where}: not loaned. {why}")
        return words.format(where=where, why=refusal(found.after).what)
    assert found.before is not None
    words = _("{where}: due {after}, not {before}")
    return words.format(where=where, before=formatting.short(found.before), after=formatting.short(found.after))
