"""Set what the library charges for late returns, uncollected holds and lost or damaged items.

Each rule is for a patron category and an item type, or for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from hub.circulation.domain_mapping import the_library
from hub.circulation.models import FeeRule, PatronCategory
from hub.core.pages import formatting
from hub.core.pages.page import page, report_success, staff_action, staff_only
from hub.core.retrying_transaction import atomic
from hub.staff.library.undo import parse_keys, undo_url

AMOUNT_FAULT = gettext_lazy("Enter an amount such as 0.10.")


class FeeRuleForm(forms.ModelForm):
    """A fee rule; without category and type it applies to all."""

    class Meta:
        model = FeeRule
        fields = ("kind", "category", "item_type", "amount", "grace_days", "cap")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        texts = {
            "kind": (_("Charged for"), ""),
            "category": (_("Patron category"), ""),
            "item_type": (_("Item type"), ""),
            "amount": (
                _("Amount"),
                _("For each open day of the branch after the due date; otherwise once. 0 charges nothing."),
            ),
            "grace_days": (
                _("Days of grace"),
                _("A return within them costs nothing. After them, every open day since the due date counts."),
            ),
            "cap": (_("At most"), _("The most that one loan can cost. If empty, there is no limit.")),
        }
        for name, (label, help_text) in texts.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
            self.fields[name].widget.attrs["class"] = "field"
        self.fields["category"].empty_label, self.fields["item_type"].empty_label = _("all patrons"), _("all items")
        self.fields["kind"].choices = FeeRule.Kind.choices
        for name in ("amount", "cap"):
            codes = ("required", "invalid", "min_value", "max_decimal_places", "max_digits", "max_whole_digits")
            self.fields[name].error_messages.update(dict.fromkeys(codes, AMOUNT_FAULT))


@dataclass(frozen=True, slots=True)
class FeeRuleRow:
    """A fee rule in words."""

    pk: int
    kind: str
    scope: str
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class LateReturnRow:
    """What a late return costs in a patron category, in words, and the query that opens its rule in the form."""

    words: str
    note: str
    query: str


@require_http_methods(["GET", "POST"])
@staff_only
def fee_rules(request: HttpRequest) -> HttpResponse:
    """List the rules with the form for a new one or for the one of `?rule=`, and save it."""
    rules = list(FeeRule.objects.select_related("category", "item_type"))
    changed = next((each for each in rules if [each.pk] == parse_keys(request.GET.get("rule", ""))), None)
    first = {name: request.GET.get(name, "") for name in ("kind", "category", "amount")}
    form = FeeRuleForm(request.POST if request.method == "POST" else None, instance=changed, initial=first)
    if form.is_valid():
        rule = _save(form)
        words = _("Fee rule changed") if changed else _("Fee rule added")
        return report_success(request, words, reverse("library:fee_rules"), undo_url("fee_rules", [rule.pk]))
    return page(
        request,
        "library",
        "library/fee_rules.html",
        {
            "form": form,
            "changed": changed,
            "rows": [_row(each) for each in rules],
            "late": [_late_return(each, rules) for each in PatronCategory.objects.all()],
            "charges": the_library().charges,
        },
        422 if form.errors else 200,
    )


@atomic
def _save(form: FeeRuleForm) -> FeeRule:
    saved: FeeRule = form.save()
    return saved


@staff_action
def remove_fee_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a rule; fees charged by it stay."""
    get_object_or_404(FeeRule, pk=pk).delete()
    return report_success(request, _("Fee rule removed"), reverse("library:fee_rules"), undo_url("fee_rules", [pk]))


def _late_return(category: PatronCategory, rules: Sequence[FeeRule]) -> LateReturnRow:
    """Say what the rule for this category charges, or the one for all patrons."""
    late = [each for each in rules if each.kind == FeeRule.Kind.OVERDUE]
    own = next((each for each in late if each.category == category and each.item_type is None), None)
    shared = next((each for each in late if each.category is None and each.item_type is None), None)
    rule = own or shared
    deciding = (category,) if own else (category, None)
    differing = {str(each.item_type) for each in late if each.item_type and each.category in deciding}
    if rule is not None and rule.amount:
        words = _("{amount} is charged for each day late in category {category}.")
    else:
        words = _("Nothing is charged for late returns in category {category}.")
    return LateReturnRow(
        words.format(amount=formatting.money(rule.amount) if rule else "", category=category),
        _("Other rules for: {types}").format(types=_(", ").join(sorted(differing))) if differing else "",
        urlencode({"rule": own.pk} if own else {"kind": str(FeeRule.Kind.OVERDUE), "category": category.pk}),
    )


def _row(rule: FeeRule) -> FeeRuleRow:
    notes = []
    if rule.grace_days:
        grace = ngettext("{count} day of grace", "{count} days of grace", rule.grace_days)
        notes.append(grace.format(count=rule.grace_days))
    if rule.cap is not None:
        notes.append(_("at most {amount}").format(amount=formatting.money(rule.cap)))
    scope = _("{patrons} × {items}").format(
        patrons=rule.category or _("all patrons"), items=rule.item_type or _("all items")
    )
    return FeeRuleRow(rule.pk, rule.get_kind_display(), scope, formatting.money(rule.amount), _(", ").join(notes))
