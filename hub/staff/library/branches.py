"""Add, rename and remove branches, and set their weekly opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch, Item
from hub.circulation.models import Kiosk
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.staff.library.names import NamesForm
from hub.staff.library.references import reference_text, references
from hub.staff.library.undo import keep_first_version, undo_url
from lending.showcase import Hours, parse_week

MONDAY = date(2024, 1, 1)
"""Any Monday, to name the weekdays from."""
WEEK = range(7)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch in the list."""

    branch: Branch
    hours: str
    items: int
    kiosks: int


@dataclass(frozen=True, slots=True)
class WeekdayFields:
    """The fields of one weekday."""

    name: str
    is_open: forms.BoundField
    opens: forms.BoundField
    closes: forms.BoundField


class BranchForm(NamesForm):
    """Names, places and weekly opening hours of a branch."""

    class Meta:
        model = Branch
        fields = ("name", "name_en", "return_place", "hold_place")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["return_place"].help_text = _("Patrons read it after a return: a bin, a shelf.")
        self.fields["hold_place"].help_text = _("Where a returned item goes that another patron has on hold.")
        week = parse_week(self.instance.opening_hours) or (None,) * 7
        for day in WEEK:
            hours = week[day]
            name = _weekday(day)
            self.fields[f"open_{day}"] = forms.BooleanField(
                label=name,
                required=False,
                initial=day not in self.instance.closed_weekdays,
            )
            for field, label, at in (("opens", _("{day}: opens at"), 0), ("closes", _("{day}: closes at"), 1)):
                self.fields[f"{field}_{day}"] = forms.TimeField(
                    label=label.format(day=name),
                    required=False,
                    initial=hours[at] if hours else None,
                    widget=forms.TimeInput(
                        format="%H:%M",
                        attrs={"type": "time", "class": "field", "aria-label": label.format(day=name)},
                    ),
                    error_messages={"invalid": _("Enter a time such as 09:00.")},
                )

    def named_fields(self) -> Iterator[forms.BoundField]:
        """Yield the fields above the opening hours."""
        for name in self.fields:
            if not name.startswith(("open_", "opens_", "closes_")):
                yield self[name]

    def weekdays(self) -> list[WeekdayFields]:
        """Return the fields of each weekday, from Monday on."""
        return [
            WeekdayFields(_weekday(day), self[f"open_{day}"], self[f"opens_{day}"], self[f"closes_{day}"])
            for day in WEEK
        ]

    def clean(self) -> dict[str, Any]:
        """Require an open day, and hours for every open day or for none."""
        values = super().clean()
        open_days = [day for day in WEEK if values.get(f"open_{day}")]
        if not open_days:
            self.add_error(None, _("Closed on every day. Tick at least one day."))
        hours = {day: (values.get(f"opens_{day}"), values.get(f"closes_{day}")) for day in open_days}
        for day, (opens, closes) in hours.items():
            name = _weekday(day)
            if any(f"{field}_{day}" in self.errors for field in ("opens", "closes")):
                continue
            if bool(opens) != bool(closes):
                self.add_error(None, _("{day}: enter when it opens and when it closes.").format(day=name))
            elif opens and closes and not opens < closes:
                self.add_error(None, _("{day}: closes before it opens. Correct one of the two.").format(day=name))
        missing = [day for day, both in hours.items() if not any(both)]
        if missing and len(missing) < len(open_days):
            names = _(", ").join(_weekday(day) for day in missing)
            words = _("No hours for {days}. Enter them, or leave the hours of all days empty.")
            self.add_error(None, words.format(days=names))
        return values

    def save(self, commit: bool = True) -> Any:
        """Save the branch with its week."""
        values = self.cleaned_data
        self.instance.closed_weekdays = [day for day in WEEK if not values[f"open_{day}"]]
        week = [(values[f"open_{day}"], values[f"opens_{day}"], values[f"closes_{day}"]) for day in WEEK]
        texts = [f"{opens:%H:%M}-{closes:%H:%M}" if is_open and opens else "" for is_open, opens, closes in week]
        self.instance.opening_hours = texts if any(texts) else []
        return super().save(commit)


@staff_page
def branches(request: HttpRequest) -> HttpResponse:
    """List the branches with their hours, items and kiosks."""
    items = dict(Item.objects.order_by().values_list("branch").annotate(count=Count("pk")))
    kiosks = dict(Kiosk.objects.filter(revoked_at=None).order_by().values_list("branch").annotate(count=Count("pk")))
    rows = [
        BranchRow(each, _week(each), items.get(each.pk, 0), kiosks.get(each.pk, 0)) for each in Branch.objects.all()
    ]
    return page(request, "library", "library/branches.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@staff_only
def new_branch(request: HttpRequest) -> HttpResponse:
    """Show the empty form of a branch, or add the branch."""
    return _serve_form(request, Branch(), _("{name} added"))


@require_http_methods(["GET", "POST"])
@staff_only
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of a branch, or save it."""
    return _serve_form(request, get_object_or_404(Branch, pk=pk), _("{name} saved"))


def _serve_form(request: HttpRequest, found: Branch, words: str) -> HttpResponse:
    heading = str(found)
    form = BranchForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        saved = _save(form)
        return report_success(
            request, words.format(name=saved), reverse("library:branches"), undo_url("branches", [saved.pk])
        )
    return page(
        request,
        "library",
        "library/branch.html",
        {"form": form, "heading": heading, "branch": found, "why_kept": _why_kept(found) if found.pk else ""},
        422 if form.errors else 200,
    )


@atomic
def _save(form: BranchForm) -> Branch:
    if form.instance.pk is not None:
        keep_first_version(Branch, form.instance.pk)
    saved: Branch = form.save()
    return saved


@staff_action
def remove_branch(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a branch that nothing refers to."""
    found = get_object_or_404(Branch, pk=pk)
    name, home = str(found), reverse("library:branches")
    if why := _remove(found):
        return report_error(request, why, reverse("library:branch", args=(pk,)))
    return report_success(request, _("{name} removed").format(name=name), home, undo_url("branches", [pk]))


@atomic
def _remove(found: Branch) -> str:
    """Remove the branch, or return why it stays."""
    Branch.objects.select_for_update().get(pk=found.pk)
    why = _why_kept(found)
    if not why:
        found.delete()
    return why


def _why_kept(found: Branch) -> str:
    """Return why the branch cannot be removed and what to do instead; empty if it can."""
    if not Branch.objects.exclude(pk=found.pk).exists():
        return _("This is the only branch. Add another before you remove it.")
    used_by = references(found)
    if not used_by:
        return ""
    words = _(
        "Still in use: {what}. Move items and kiosks to another branch. A branch with past loans stays: rename it."
    )
    return words.format(what=reference_text(used_by))


def _week(found: Branch) -> str:
    """Return the weekly hours as text, such as Mon to Fri 09:00-18:00; without hours, the closed days."""
    if not found.opening_hours:
        closed = _(", ").join(_weekday(day) for day in found.closed_weekdays)
        return _("closed {days}").format(days=closed) if closed else _("open every day")
    parts = []
    for hours, run in groupby(enumerate(parse_week(found.opening_hours)), key=lambda each: each[1]):
        days = [day for day, _hours in run]
        if hours:
            parts.append(f"{_day_range(days[0], days[-1])} {_time_range(hours)}")
    return _(", ").join(parts)


def _time_range(hours: Hours) -> str:
    begin, end = (each.strftime("%H:%M") for each in hours)
    return f"{begin}–{end}"


def _day_range(first: int, last: int) -> str:
    if first == last:
        return _weekday(first)
    return _("{first} to {last}").format(first=_weekday(first), last=_weekday(last))


def _weekday(day: int) -> str:
    return formatting.weekday(MONDAY + timedelta(days=day))
