"""Serve the form of one combination of the draft: its own rule, or none."""

from dataclasses import dataclass

from django.db.models import Model
from django.forms import IntegerField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch, ItemType
from hub.circulation.loan_rules import drafts, rule_text
from hub.circulation.loan_rules.drafts import COPIED
from hub.circulation.loan_rules.rule_diff import covering
from hub.circulation.loan_rules.rule_text import Names
from hub.circulation.models import PatronCategory, Rule, RuleVersion
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_only
from hub.core.retrying_transaction import atomic
from lending.policy import ANY, LONGEST_LOAN


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
