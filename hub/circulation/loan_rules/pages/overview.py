"""Serve the page of loan rules: the present version, future ones and past ones."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.circulation.domain_mapping import the_policy
from hub.circulation.loan_rules import drafts, rule_diff, rule_text
from hub.circulation.loan_rules.drafts import DraftAuthor
from hub.circulation.loan_rules.matrix import branches, matrix
from hub.circulation.loan_rules.rule_text import Names
from hub.circulation.models import RuleVersion
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from lending.policy import ANY

FIRST = "first"
"""Value of `show` for the rules that the library began with."""


@dataclass(frozen=True, slots=True)
class RuleVersionRow:
    """A rule version in the list; `show` is its value in the URL."""

    show: str
    since: str
    note: str
    by: str
    state: str
    here: bool
    withdraw: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One combination whose rule differs."""

    name: str
    before: str
    after: str


def draft_author(request: HttpRequest) -> DraftAuthor:
    return DraftAuthor(request.user.get_username(), hub_clock().now())


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the version in force or the requested one, and what it changed."""
    editions = list(RuleVersion.objects.exclude(since=None).order_by("-since"))
    today = the_policy().local_day(hub_clock().now())
    holding = next((each for each in editions if each.since <= today), None)
    chosen = _selected_version(request.GET.get("show", ""), editions, holding)
    names, rules, branch = Names.read(), drafts.facts(chosen), request.GET.get("branch", ANY)
    return page(
        request,
        "rules",
        "loan_rules/overview.html",
        {
            "matrix": matrix(rules, branch, names),
            "branches": branches(rules, names),
            "branch": branch,
            "show": _show(chosen),
            "chosen": chosen,
            "heading": _heading(chosen, holding),
            "rows": _rows(editions, chosen, holding, rights.may_open(request.user, "loan_rules:withdraw")),
            "changes": differences(_previous_version(chosen, editions), chosen, names) if chosen else [],
            "draft": drafts.draft(),
            "may_draft": rights.may_open(request.user, "loan_rules:begin"),
        },
    )


def differences(before: RuleVersion | None, after: RuleVersion, names: Names) -> list[Difference]:
    """Describe what a version changes compared with another one."""
    found = rule_diff.changes(drafts.facts(before), drafts.facts(after))
    return [Difference(names.combination(each.key), *rule_text.both(each)) for each in found]


def _selected_version(show: str, editions: list[RuleVersion], holding: RuleVersion | None) -> RuleVersion | None:
    if show in ("", FIRST):
        return None if show else holding
    found = next((each for each in editions if str(each.pk) == show), None)
    if found is None:
        raise Http404
    return found


def _heading(chosen: RuleVersion | None, holding: RuleVersion | None) -> str:
    words = _("From {day}").format(day=formatting.day(chosen.since)) if chosen else _("First rules")
    return _("{rules}, current").format(rules=words) if chosen == holding else words


def _previous_version(edition: RuleVersion, editions: list[RuleVersion]) -> RuleVersion | None:
    """Return the version before this one; `editions` has the newest first."""
    return next((each for each in editions if each.since < edition.since), None)


def _show(edition: RuleVersion | None) -> str:
    return str(edition.pk) if edition else FIRST


def _rows(
    editions: list[RuleVersion], chosen: RuleVersion | None, holding: RuleVersion | None, may_withdraw: bool
) -> list[RuleVersionRow]:
    today = the_policy().local_day(hub_clock().now())
    rows = [
        RuleVersionRow(
            show=_show(each),
            since=formatting.day(each.since),
            note=each.note,
            by=f"{each.published_by}, {formatting.date_and_time(each.published_at)}",
            state=_("upcoming") if each.since > today else _("current") if each == holding else _("past"),
            here=each == chosen,
            withdraw=each.pk if may_withdraw and each.since > today else None,
        )
        for each in editions
    ]
    first = RuleVersionRow(
        FIRST, "", _("First rules"), "", _("past") if holding else _("current"), chosen is None, None
    )
    return [*rows, first] if drafts.rows(None) or not rows else rows


@staff_action
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a version that has not begun into a draft again."""
    fault = drafts.withdraw(draft_author(request), get_object_or_404(RuleVersion, pk=pk))
    home = reverse("loan_rules:overview")
    return (
        report_error(request, rule_text.fault(fault), home)
        if fault
        else report_success(request, _("Moved back to draft."), home)
    )
