"""Choose how the hub numbers new patrons, cards and items."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.circulation.models import NumberSeries
from hub.circulation.numbering import format_number, last_given, upcoming_number
from hub.core.pages.page import page, report_success, staff_only
from hub.core.retrying_transaction import atomic
from hub.staff.library.undo import undo_url

PREFIX = re.compile(r"[0-9A-Z]*")
SHORTEST, LONGEST = 4, 20
Kind = NumberSeries.Kind


class SeriesForm(forms.ModelForm):
    """Prefix, length, check digit and next number of a series."""

    class Meta:
        model = NumberSeries
        fields = ("is_on", "prefix", "length", "check_digit", "next_number")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        texts = {
            "is_on": (_label(self.instance.kind), _("If not, staff enter each number.")),
            "prefix": (_("Prefix"), _("Capital letters and digits, or nothing.")),
            "length": (_("Length"), _("All characters, with prefix and check digit.")),
            "check_digit": (_("Check digit"), _("The last digit. Kiosks can check it: see luhn in kiosk.toml.")),
            "next_number": (_("Next number"), _("Without prefix, leading zeros and check digit.")),
        }
        if self.instance.kind == Kind.PATRON:
            texts["is_on"] = (texts["is_on"][0], _("If not, they get a T and nine digits at random."))
        for name, (label, help_text) in texts.items():
            field = self.fields[name]
            field.label, field.help_text = label, help_text
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs |= {"class": "field", "autocomplete": "off"}
        for name, (low, high) in {"length": (SHORTEST, LONGEST), "next_number": (1, 10**15)}.items():
            fault = _("Enter a whole number from {low} to {high}.").format(low=low, high=high)
            self.fields[name] = forms.IntegerField(
                label=texts[name][0],
                help_text=texts[name][1],
                min_value=low,
                max_value=high,
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), fault),
                widget=forms.NumberInput(attrs={"class": "field"}),
            )

    def clean_prefix(self) -> str:
        """Accept what every barcode on cards and labels can carry."""
        prefix = str(self.cleaned_data["prefix"]).strip().upper()
        if not PREFIX.fullmatch(prefix):
            raise forms.ValidationError(_("Use only capital letters and digits."))
        return prefix

    def clean(self) -> dict[str, Any]:
        """Refuse numbers without room or given before, a check digit over letters, and items that look like cards.

        The patron or item of a number that was given may be gone, but not every trace of it.
        """
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return found
        tried = NumberSeries(kind=self.instance.kind, **found)
        if found["check_digit"] == NumberSeries.Check.LUHN and not (found["prefix"] or "0").isdigit():
            self.add_error("prefix", _("A check digit needs a prefix of digits only."))
        elif not format_number(tried, found["next_number"]):
            self.add_error("length", _("The next number does not fit. Enter a greater length or a shorter prefix."))
        elif found["next_number"] <= (last := last_given(tried, self.instance)):
            words = _("Numbers up to {last} were given. Enter {next} or more.")
            self.add_error("next_number", words.format(last=last, next=last + 1))
        elif found["is_on"] and any(_overlap(tried, each) for each in NumberSeries.objects.filter(is_on=True)):
            words = _("Kiosks could not tell items from cards. Choose another length, or a prefix of its own.")
            self.add_error("prefix", words)
        return found


def _overlap(one: NumberSeries, other: NumberSeries) -> bool:
    """Return whether an item could get the number of a patron or card."""
    if (one.kind == Kind.ITEM) == (other.kind == Kind.ITEM) or one.length != other.length:
        return False
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)


@require_http_methods(["GET", "POST"])
@staff_only
def numbering(request: HttpRequest) -> HttpResponse:
    """Show the three series, or save one."""
    posted = request.POST.get("kind", "") if request.method == "POST" else ""
    if request.method == "POST" and posted not in set(Kind.values):
        raise Http404(posted)
    home, forms_by_kind = reverse("library:numbering"), {}
    for kind in Kind:
        row = NumberSeries.objects.filter(kind=kind).first() or NumberSeries(kind=kind)
        forms_by_kind[kind] = SeriesForm(request.POST if kind == posted else None, instance=row, prefix=str(kind))
    if posted:
        form = forms_by_kind[Kind(posted)]
        if form.is_valid():
            if not form.has_changed():
                return report_success(request, _("Nothing was changed"), home)
            pk = _save(Kind(posted), form.cleaned_data)
            return report_success(request, _("Numbering saved"), home, undo_url("numbering", [pk]))
    shown = {each.kind: upcoming_number(each) or _("used up") for each in NumberSeries.objects.filter(is_on=True)}
    sections = [(kind, kind.label, form, shown.get(kind, "")) for kind, form in forms_by_kind.items()]
    is_faulty = any(form.errors for form in forms_by_kind.values())
    return page(request, "library", "library/numbering.html", {"sections": sections}, 422 if is_faulty else 200)


@atomic
def _save(kind: NumberSeries.Kind, entered: dict[str, Any]) -> int:
    """Save the series under its lock, so that no number given meanwhile is given again."""
    NumberSeries.objects.get_or_create(kind=kind)
    before = NumberSeries.objects.select_for_update().get(kind=kind)
    row = NumberSeries(pk=before.pk, kind=kind, **entered)
    row.last_given = last_given(row, before)
    row.next_number = max(row.next_number, row.last_given + 1)
    row.save()
    return int(row.pk)


def _label(kind: str) -> str:
    return {
        Kind.PATRON: _("The hub numbers new patrons"),
        Kind.CARD: _("The hub numbers cards that it prints"),
        Kind.ITEM: _("The hub numbers items without a label"),
    }[Kind(kind)]
