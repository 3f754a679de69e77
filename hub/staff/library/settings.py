"""Change the library's names, time zone, currency, limits and printing."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Library
from hub.core.pages.page import page, report_success, staff_only
from hub.core.retrying_transaction import atomic
from hub.staff.library.names import name_fields
from hub.staff.library.text_languages import LanguagesField
from hub.staff.library.undo import keep_first_version, undo_url

CURRENCY = re.compile(r"[A-Z]{3}")
"""ISO 4217: three capital letters."""
NO_PLACES = ("Etc/", "SystemV/", "US/")
"""Beginnings of the names of time zones that are no place, or another name of one."""
LIMITS = {
    "hold_days": (1, 365),
    "holds": (0, 1000),
    "offline_cap": (0, 1000),
    "named_days": (7, 400),
    "guardian_age": (0, 25),
}
"""Lowest and highest value of each number."""


class LibraryForm(forms.ModelForm):
    """The settings of the library, each explained in a sentence."""

    class Meta:
        model = Library
        fields = (
            "name",
            "name_en",
            "languages",
            "timezone",
            "currency",
            "charges",
            "hold_days",
            "holds",
            "offline_cap",
            "named_days",
            "guardian_age",
            "symbology",
            "receipt_width",
            "address",
        )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        name_fields(self)
        self.fields["languages"] = LanguagesField(error_messages={"required": _("Choose at least one language.")})
        self.fields["currency"] = forms.CharField(
            error_messages={"required": _("Enter three letters, such as CNY or EUR.")}
        )
        for name, (label, help_text) in self._texts().items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        for name, (low, high) in LIMITS.items():
            fault = _("Enter a whole number from {low} to {high}.").format(low=low, high=high)
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                min_value=low,
                max_value=high,
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), fault),
            )
        zones = {each for each in available_timezones() if "/" in each and not each.startswith(NO_PLACES)}
        names = sorted(zones | {self.instance.timezone})
        self.fields["timezone"].widget = forms.Select(choices=[(each, each.replace("_", " ")) for each in names])
        for each in self.fields.values():
            if not isinstance(each.widget, forms.CheckboxInput):
                each.widget.attrs["class"] = "field"

    @staticmethod
    def _texts() -> dict[str, tuple[str, str]]:
        """Return label and explanation of each field but the names."""
        return {
            "languages": (
                _("Languages of texts for patrons"),
                _("In their order. The first is used where a text has no other, and for patrons who chose none."),
            ),
            "timezone": (_("Time zone"), _("Days begin and loans fall due by its clock.")),
            "currency": (_("Currency"), _("Three letters, such as CNY or EUR. Amounts are not converted.")),
            "charges": (
                _("This library charges fees"),
                _("If not, staff see fees only where a patron owes one."),
            ),
            "hold_days": (
                _("Days on the hold shelf"),
                _("How long a patron can collect a hold. Holds already on the shelf keep their date."),
            ),
            "holds": (
                _("Holds per patron"),
                _("At kiosks and on the patrons' pages. Staff may place more at the desk."),
            ),
            "offline_cap": (
                _("Offline loans per patron"),
                _("How many items a patron may borrow while a kiosk cannot reach the hub."),
            ),
            "named_days": (
                _("Days a returned loan shows its patron"),
                _("Needed in disputes. Every night older loans lose their patron for good. At least 7 days."),
            ),
            "guardian_age": (
                _("Guardian required below the age of"),
                _("Years. Applies at the desk, at kiosks and on phones. 0: no guardian is asked for."),
            ),
            "symbology": (_("Printed barcodes"), _("On labels, cards and hold slips. Kiosks read them by kiosk.toml.")),
            "receipt_width": (_("Receipt paper"), _("Width of the desk's receipt printer, for hold slips.")),
            "address": (_("Postal address"), _("Street and place on one line. The sender of letters to patrons.")),
        }

    def clean_currency(self) -> str:
        """Accept three letters in either case."""
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not CURRENCY.fullmatch(code):
            raise forms.ValidationError(_("Enter three letters, such as CNY or EUR."))
        return code


@require_http_methods(["GET", "POST"])
@staff_only
def settings(request: HttpRequest) -> HttpResponse:
    """Show the settings, or save them."""
    library = the_library()
    form = LibraryForm(request.POST if request.method == "POST" else None, instance=library)
    if form.is_valid():
        if not form.has_changed():
            return report_success(request, _("Nothing was changed"), reverse("library:settings"))
        _save(form)
        return report_success(
            request, _("Settings saved"), reverse("library:settings"), undo_url("library", [library.pk])
        )
    return page(request, "library", "library/settings.html", {"form": form}, 422 if form.errors else 200)


@atomic
def _save(form: Any) -> None:
    keep_first_version(Library, form.instance.pk)
    form.save()
