"""Add, rename and remove item types and patron categories: the two lists that loan rules are made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Item, ItemType
from hub.circulation import anonymisation
from hub.circulation.domain_mapping import the_policy
from hub.circulation.loan_rules import rule_text
from hub.circulation.loan_rules.rule_text import Names, covering
from hub.circulation.models import Patron, PatronCategory
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only
from hub.core.retrying_transaction import atomic
from hub.staff.library.names import NamesForm
from hub.staff.library.references import reference_text, references
from hub.staff.library.undo import keep_first_version, undo_url
from lending.policy import ANY

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ItemTypeForm(NamesForm):
    """Names of an item type."""

    class Meta:
        model = ItemType
        fields = ("name", "name_en")


class PatronCategoryForm(NamesForm):
    """Names of a patron category, and the period and fee of its memberships."""

    membership_months = forms.IntegerField(
        label=gettext_lazy("Months of membership"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=gettext_lazy(
            "How long a membership lasts, also after a renewal. If empty, memberships do not expire."
        ),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), gettext_lazy("Enter a number of months from 1 to 120, or nothing.")
        ),
    )
    membership_fee = forms.DecimalField(
        label=gettext_lazy("Membership fee"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=2,
        help_text=gettext_lazy("For the first membership and each renewal. If empty, it is free."),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_decimal_places", "max_digits"),
            gettext_lazy("Enter an amount such as 20.00, or nothing."),
        ),
    )

    class Meta:
        model = PatronCategory
        fields = ("name", "name_en", "membership_months", "membership_fee")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not formatting.library().charges:
            del self.fields["membership_fee"]

    def clean_membership_fee(self) -> Decimal:
        """Return the fee, 0 if none was entered."""
        return self.cleaned_data["membership_fee"] or Decimal(0)


@dataclass(frozen=True, slots=True)
class CategoryList:
    """One of the two lists: its form, its place in history and URLs, and its texts."""

    kind: str
    """Key of the field history, and the URL name of the list."""
    entry: str
    """URL name of one entry."""
    form: type[NamesForm]
    title: _StrPromise
    about: _StrPromise
    add: _StrPromise
    save: _StrPromise
    remove: _StrPromise
    column: _StrPromise
    """Heading of the number of items or patrons."""
    counted: _StrPromise
    """The word after that number."""
    nothing: _StrPromise
    first_step: _StrPromise
    remedy: _StrPromise
    """Why an entry in use stays; {what} names the uses."""

    @property
    def home(self) -> str:
        """URL of the list."""
        return reverse(f"library:{self.kind}")

    def counts(self) -> dict[int, int]:
        """Return the number of items or patrons by primary key of the entry; anonymous patrons are left out."""
        rows = Item.objects.values_list("type")
        if self.kind == "patron_categories":
            known = Patron.objects.exclude(identifier__startswith=anonymisation.NUMBER)
            rows = known.values_list("category")
        return dict(rows.order_by().annotate(count=Count("pk")))


LISTS = {
    "item_types": CategoryList(
        kind="item_types",
        entry="item_type",
        form=ItemTypeForm,
        title=gettext_lazy("Item types"),
        about=gettext_lazy("Loan rules set for each type how long and how many items may be borrowed."),
        add=gettext_lazy("Add item type"),
        save=gettext_lazy("Save item type"),
        remove=gettext_lazy("Remove item type"),
        column=gettext_lazy("Items"),
        counted=gettext_lazy("items"),
        nothing=gettext_lazy("No item type yet"),
        first_step=gettext_lazy("Add the first one, such as Book. Every item has a type."),
        remedy=gettext_lazy(
            "Still in use: {what}. Give its items another type, or rename it. Rules of past versions count too."
        ),
    ),
    "patron_categories": CategoryList(
        kind="patron_categories",
        entry="patron_category",
        form=PatronCategoryForm,
        title=gettext_lazy("Patron categories"),
        about=gettext_lazy("Loan rules set for each category how long and how many items its patrons may borrow."),
        add=gettext_lazy("Add patron category"),
        save=gettext_lazy("Save patron category"),
        remove=gettext_lazy("Remove patron category"),
        column=gettext_lazy("Patrons"),
        counted=gettext_lazy("patrons"),
        nothing=gettext_lazy("No patron category yet"),
        first_step=gettext_lazy("Add the first one, such as Adult. Every patron has a category."),
        remedy=gettext_lazy(
            "Still in use: {what}. Give its patrons another category, or rename it. Past loans and rules count too."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """An item type or patron category in its list."""

    entry: ItemType | PatronCategory
    count: int
    rules: str
    is_covered: bool
    """False if no loan rule applies, so that nothing can be borrowed."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A combination of category and type, by code, with its name and the rule that applies to it now."""

    group: str
    kind: str
    name: str
    rule: str


@require_http_methods(["GET", "POST"])
@staff_only
def categories(request: HttpRequest, kind: str) -> HttpResponse:
    """List the entries with the form for a new one, or add one."""
    listed = LISTS[kind]
    form = listed.form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        saved = _save(form)
        return report_success(request, _("{name} added").format(name=saved), listed.home, undo_url(kind, [saved.pk]))
    return page(
        request,
        "library",
        "library/categories.html",
        {"listed": listed, "rows": _rows(listed), "form": form},
        422 if form.errors else 200,
    )


def _rows(listed: CategoryList) -> list[CategoryRow]:
    counts, rules = listed.counts(), the_policy(hub_clock().now()).rules
    codes = [each.item_type if listed.kind == "item_types" else each.category for each in rules]
    return [
        CategoryRow(
            each,
            counts.get(each.pk, 0),
            _rules_text(codes.count(each.code), ANY in codes),
            bool({ANY, each.code} & {*codes}),
        )
        for each in listed.form._meta.model.objects.all()
    ]


def _rules_text(own: int, has_general: bool) -> str:
    if own:
        return ngettext("{count} own rule", "{count} own rules", own).format(count=own)
    return _("general rules") if has_general else _("none: nothing can be borrowed")


@require_http_methods(["GET", "POST"])
@staff_only
def category(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Show the names of an entry, or save them."""
    listed = LISTS[kind]
    found = get_object_or_404(listed.form._meta.model, pk=pk)
    heading = str(found)
    form = listed.form(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        saved = _save(form)
        return report_success(request, _("{name} saved").format(name=saved), listed.home, undo_url(kind, [pk]))
    return page(
        request,
        "library",
        "library/category.html",
        {
            "listed": listed,
            "heading": heading,
            "entry": found,
            "form": form,
            "why_kept": _why_kept(listed, found),
            "remove": reverse(f"library:remove_{listed.entry}", args=(pk,)),
            "rules": _rule_rows(listed, found),
            "may_draft": rights.may_open(request.user, "loan_rules:begin"),
        },
        422 if form.errors else 200,
    )


def _rule_rows(listed: CategoryList, found: ItemType | PatronCategory) -> list[RuleRow]:
    """Return the rule that applies now to each combination with the entry."""
    names, rules = Names.read(), the_policy(hub_clock().now()).rules
    if listed.kind == "item_types":
        keys = [(each, found.code, ANY) for each in (*names.groups, ANY)]
    else:
        keys = [(found.code, each, ANY) for each in (*names.kinds, ANY)]
    return [RuleRow(key[0], key[1], names.combination(key), rule_text.whole(covering(rules, key))) for key in keys]


@atomic
def _save(form: NamesForm) -> ItemType | PatronCategory:
    if form.instance.pk is not None:
        keep_first_version(type(form.instance), form.instance.pk)
    saved: ItemType | PatronCategory = form.save()
    return saved


@staff_action
def remove_category(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Remove an entry that nothing refers to."""
    listed = LISTS[kind]
    found = get_object_or_404(listed.form._meta.model, pk=pk)
    name = str(found)
    if why := _remove(listed, found):
        return report_error(request, why, reverse(f"library:{listed.entry}", args=(pk,)))
    return report_success(request, _("{name} removed").format(name=name), listed.home, undo_url(kind, [pk]))


@atomic
def _remove(listed: CategoryList, found: ItemType | PatronCategory) -> str:
    """Remove the entry, or return why it stays."""
    listed.form._meta.model.objects.select_for_update().get(pk=found.pk)
    why = _why_kept(listed, found)
    if not why:
        found.delete()
    return why


def _why_kept(listed: CategoryList, found: ItemType | PatronCategory) -> str:
    used_by = references(found)
    return str(listed.remedy).format(what=reference_text(used_by)) if used_by else ""
