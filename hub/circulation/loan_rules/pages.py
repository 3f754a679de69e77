"""Serve the staff pages of loan rules: versions, the draft, the rule of one combination, and a trial of the draft."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Model
from django.forms import IntegerField, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch, ItemType
from hub.circulation.domain_mapping import the_policy
from hub.circulation.loan_rules import drafts, replay, rule_text
from hub.circulation.loan_rules.drafts import COPIED, DraftAuthor, DraftFault
from hub.circulation.loan_rules.replay import Example, RuleOutcome
from hub.circulation.loan_rules.rule_text import Names, branches, covering, matrix
from hub.circulation.models import PatronCategory, Rule, RuleVersion
from hub.circulation.refusals import refusal
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from lending.model import Block
from lending.policy import ANY, LONGEST_LOAN

FIRST = "first"
"""Value of `show` for the rules that the library began with."""


@dataclass(frozen=True, slots=True)
class RuleVersionRow:
    """A rule version in the list; `show` is its value in the URL."""

    show: str
    first_day: str
    note: str
    author: str
    state: str
    is_shown: bool
    withdraw: int | None


@dataclass(frozen=True, slots=True)
class RuleDifference:
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


def differences(before: RuleVersion | None, after: RuleVersion, names: Names) -> list[RuleDifference]:
    """Describe what a version changes compared with another one."""
    found = rule_text.changes(drafts.facts(before), drafts.facts(after))
    return [RuleDifference(names.combination(each.key), *rule_text.both(each)) for each in found]


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
            first_day=formatting.day(each.since),
            note=each.note,
            author=f"{each.published_by}, {formatting.date_and_time(each.published_at)}",
            state=_("upcoming") if each.since > today else _("current") if each == holding else _("past"),
            is_shown=each == chosen,
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


LONGEST_NOTE = 300


@staff_action
def begin(request: HttpRequest) -> HttpResponse:
    """Start a draft, or continue the one that exists; `group` and `kind` lead to the rule of this combination."""
    place = RuleCell.from_request(request)
    drafts.begin(draft_author(request))
    if place.group is None and place.kind is None:
        return redirect("loan_rules:draft")
    group, kind, branch = place.key
    return redirect(f"{reverse('loan_rules:cell')}?{urlencode({'group': group, 'kind': kind, 'branch': branch})}")


@staff_page
def draft(request: HttpRequest) -> HttpResponse:
    held = drafts.draft()
    if held is None:
        return redirect("loan_rules:overview")
    names, branch, before = Names.read(), request.GET.get("branch", ANY), drafts.newest()
    earliest = drafts.earliest(hub_clock().now(), held)
    return page(
        request,
        "rules",
        "loan_rules/draft.html",
        {
            "matrix": matrix(drafts.facts(held), branch, names, drafts.facts(before)),
            "branches": names.branches.items() if len(names.branches) > 1 else (),
            "branch": branch,
            "begun": _("{name}, {when}").format(name=held.begun_by, when=formatting.date_and_time(held.begun_at)),
            "note": held.note,
            "changes": differences(before, held, names),
            "earliest": earliest.isoformat(),
            "can_be_today": earliest == formatting.today(),
            "latest": (earliest + drafts.FARTHEST).isoformat(),
            "may_publish": rights.may_open(request.user, "loan_rules:publish"),
        },
    )


@staff_action
def discard(request: HttpRequest) -> HttpResponse:
    drafts.discard()
    return report_success(request, _("Draft discarded. The current rules stay."), reverse("loan_rules:overview"))


@staff_action
def publish(request: HttpRequest) -> HttpResponse:
    home = reverse("loan_rules:draft")
    try:
        since = date.fromisoformat(request.POST.get("since", ""))
    except ValueError:
        return report_error(request, _("Choose the start date."), home)
    try:
        found = drafts.publish(draft_author(request), since, request.POST.get("note", "").strip()[:LONGEST_NOTE])
    except ValueError as error:
        return report_error(request, _("These rules give no due date: {why}.").format(why=error), home)
    if isinstance(found, DraftFault):
        return report_error(request, rule_text.fault(found), home)
    words = _("Published. Valid from {day}; all kiosks are informed.").format(day=formatting.day(since))
    return report_success(request, words, f"{reverse('loan_rules:overview')}?show={found.pk}")


@dataclass(frozen=True, slots=True)
class RuleCell:
    """A combination as rows of the tables; None stands for all others."""

    group: PatronCategory | None
    kind: ItemType | None
    branch: Branch | None

    @staticmethod
    def from_request(request: HttpRequest) -> "RuleCell":
        """Return the requested combination.

        Raises:
            Http404: The library has no such category, type or branch.
        """
        asked = request.POST if request.method == "POST" else request.GET
        return RuleCell(
            _row(PatronCategory, asked.get("group", ANY)),
            _row(ItemType, asked.get("kind", ANY)),
            _row(Branch, asked.get("branch", ANY)),
        )

    @property
    def key(self) -> tuple[str, str, str]:
        group, kind, branch = (each.code if each else ANY for each in (self.group, self.kind, self.branch))
        return group, kind, branch

    def rule(self, held: RuleVersion) -> Rule | None:
        return Rule.objects.filter(edition=held, category=self.group, item_type=self.kind, branch=self.branch).first()


def _row(table: type[Model], code: str) -> Model | None:
    if code == ANY:
        return None
    return get_object_or_404(table, code=code)


class RuleForm(ModelForm):
    class Meta:
        model = Rule
        fields = (
            "days", "hours", "reading_room_only", "limit", "type_limit", "renewals", "earliest_renewal",
            "renews_awaited", "fee_threshold",
        )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, IntegerField):
                field.widget.attrs.update({"class": "field money", "min": 1 if name == "hours" else 0})
        self.fields["fee_threshold"].widget.attrs.update({"class": "field money"})

    def clean(self) -> dict[str, object]:
        """Require exactly one loan period, and none for reading room use only."""
        values: dict[str, object] = super().clean()
        days, hours = values.get("days"), values.get("hours")
        if values.get("reading_room_only"):
            return {**values, "days": None, "hours": None}
        if hours == 0:
            self.add_error("hours", _("At least 1 hour."))
        if any(isinstance(each, int) and each > most for each, most in ((days, LONGEST_LOAN.days), (hours, 24 * 365))):
            self.add_error(None, _("The loan period is too long. Enter a lower number."))
        return values


@require_http_methods(["GET", "POST"])
@staff_only
def cell(request: HttpRequest) -> HttpResponse:
    """Show the rule of a combination, or save a changed one."""
    place, held = RuleCell.from_request(request), drafts.draft()
    if held is None:
        return redirect("loan_rules:overview")
    names = Names.read()
    own = place.rule(held)
    if request.method == "POST":
        form = RuleForm(request.POST, instance=own or _new(held, place))
        if form.is_valid() and _save_rule(form):
            return report_success(
                request, _("Saved to draft: {name}.").format(name=names.combination(place.key)), _home(place)
            )
    else:
        form = RuleForm(instance=own or _like_the_wider(held, place))
    wider = covering((each for each in drafts.facts(held) if own is None or each.ref != str(own.pk)), place.key)
    return page(
        request,
        "rules",
        "loan_rules/cell.html",
        {
            "name": names.combination(place.key),
            "key": dict(zip(("group", "kind", "branch"), place.key, strict=True)),
            "form": form,
            "own": own is not None,
            "wider": rule_text.whole(wider),
            "home": _home(place),
        },
        422 if form.errors else 200,
    )


@staff_action
def drop(request: HttpRequest) -> HttpResponse:
    """Delete the combination's own rule, so that the wider one applies."""
    place, held = RuleCell.from_request(request), drafts.draft()
    own = place.rule(held) if held else None
    if own is not None:
        own.delete()
    return report_success(
        request, _("The rule for {name} is removed.").format(name=Names.read().combination(place.key)), _home(place)
    )


@atomic
def _save_rule(form: RuleForm) -> bool:
    """Save the rule, unless the draft was published or discarded meanwhile."""
    rule = form.save(commit=False)
    if not RuleVersion.objects.select_for_update().filter(pk=rule.edition_id, since=None).exists():
        form.add_error(None, _("The draft no longer exists. It was published or discarded."))
        return False
    rule.save()
    return True


def _new(held: RuleVersion, place: RuleCell) -> Rule:
    return Rule(edition=held, category=place.group, item_type=place.kind, branch=place.branch)


def _like_the_wider(held: RuleVersion, place: RuleCell) -> Rule:
    """Return a new rule with the values of the rule that applies to the combination now."""
    new, wider = _new(held, place), covering(drafts.facts(held), place.key)
    if wider is not None:
        row = Rule.objects.get(pk=int(wider.ref))
        for name in COPIED:
            if not name.endswith("_id"):
                setattr(new, name, getattr(row, name))
    return new


def _home(place: RuleCell) -> str:
    url = reverse("loan_rules:draft")
    return f"{url}?branch={place.branch.code}" if place.branch else url


@dataclass(frozen=True, slots=True)
class TrialRow:
    """What a draft would have changed for a combination, with its name and figures in words."""

    outcome: RuleOutcome
    name: str
    on_average: str
    late: str
    examples: tuple[str, ...]


@staff_page
def trial_report(request: HttpRequest) -> HttpResponse:
    held = drafts.draft()
    if held is None:
        return redirect("loan_rules:overview")
    report, names = replay.last_month(drafts.facts(held), hub_clock().now()), Names.read()
    rows = [_trial_row(each, names) for each in report.outcomes]
    return page(
        request,
        "rules",
        "loan_rules/tried.html",
        {
            "first": formatting.day(report.first),
            "end": formatting.day(report.end),
            "rows": [row for row in rows if row.outcome.touched],
            "same": [row for row in rows if not row.outcome.touched],
            "loans": report.total("loans"),
            "refused": report.total("refused"),
            "moved": report.total("earlier") + report.total("later"),
            "not_renewed": report.total("not_renewed"),
        },
    )


def _trial_row(found: RuleOutcome, names: Names) -> TrialRow:
    moved = found.earlier + found.later
    return TrialRow(
        outcome=found,
        name=names.combination((found.category, found.item_type, "*")),
        on_average=f"{found.days / moved:+.0f}" if moved else "",
        late=f"{found.late} → {found.late_by_draft}" if found.late != found.late_by_draft else str(found.late),
        examples=tuple(_example_text(each, names) for each in found.examples),
    )


def _example_text(found: Example, names: Names) -> str:
    where = _("{day} at {branch}").format(day=formatting.short(found.day), branch=names.branch(found.branch))
    if isinstance(found.after, Block):
        words = _("{where}: not renewed. {why}") if found.renewal else _("{where}: not loaned. {why}")
        return words.format(where=where, why=refusal(found.after).summary)
    assert found.before is not None
    words = _("{where}: due {after}, not {before}")
    return words.format(where=where, before=formatting.short(found.before), after=formatting.short(found.after))
