"""Choose the library's logo and accent colour, with a preview of what patrons see."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.pages.page import page, report_success, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.patrons.look import ACCENT, UnusableLogo, encode_logo
from hub.outreach.patrons.models import LibraryLook
from hub.staff.library.undo import undo_url

COLOUR = re.compile(r"#[0-9a-f]{6}")


class LookForm(forms.Form):
    """The logo as a file, and the accent colour unless the product's own is used."""

    has_accent = forms.BooleanField(required=False)
    accent = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "color"}))
    logo = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}))
    no_logo = forms.BooleanField(required=False)

    def __init__(self, *args: Any, look: LibraryLook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.look = look
        texts = {
            "has_accent": (_("Use a colour of our own"), _("If not, buttons have the product's orange.")),
            "accent": (_("Accent colour"), _("Buttons and the marked tab on patrons' phones, buttons in mails.")),
            "logo": (_("Logo"), _("PNG or JPEG of at most 4 MB. A wide one on a light or clear background fits best.")),
            "no_logo": (_("Remove the logo"), _("Pages and mails then show the library's name.")),
        }
        if not look.logo:
            del self.fields["no_logo"]
        for name, field in self.fields.items():
            field.label, field.help_text = texts[name]
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "field"

    def clean_accent(self) -> str:
        """Accept six hexadecimal digits."""
        colour = str(self.cleaned_data["accent"]).strip().lower()
        if colour and not COLOUR.fullmatch(colour):
            raise forms.ValidationError(_("Enter a colour such as #1d5fa8."))
        return colour

    def clean_logo(self) -> bytes:
        """Return the uploaded logo as PNG; empty without one."""
        file = self.cleaned_data["logo"]
        if file is None:
            return b""
        try:
            return encode_logo(file.read())
        except UnusableLogo as fault:
            raise forms.ValidationError(_fault(fault.args[0])) from None

    def clean(self) -> dict[str, Any]:
        """Require the colour that is to be used."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("has_accent") and not found.get("accent") and "accent" not in self.errors:
            self.add_error("accent", _("Enter a colour such as #1d5fa8."))
        return found

    @atomic
    def save(self) -> bool:
        """Save what was chosen; return whether anything changed."""
        entered, before = self.cleaned_data, (self.look.accent, bytes(self.look.logo))
        self.look.accent = entered["accent"] if entered["has_accent"] else ""
        if entered["logo"] or entered.get("no_logo"):
            self.look.logo = entered["logo"]
        is_changed = before != (self.look.accent, bytes(self.look.logo))
        if is_changed:
            self.look.save()
        return is_changed


def _fault(code: str) -> str:
    return {
        "large": _("This picture is too large. Save a smaller one and choose it."),
        "small": _("This picture is too small. Choose one of at least 24 × 24 pixels."),
        "unreadable": _("This file is not a readable PNG or JPEG picture. Choose another."),
    }[code]


@require_http_methods(["GET", "POST"])
@staff_only
def look(request: HttpRequest) -> HttpResponse:
    """Show logo and colour with their preview, or save them."""
    row, home = LibraryLook.now(), reverse("library:look")
    if request.method == "POST":
        form = LookForm(request.POST, request.FILES, look=row)
        if form.is_valid():
            if not form.save():
                return report_success(request, _("Nothing was changed"), home)
            return report_success(request, _("Logo and colour saved"), home, undo_url("look", [row.pk]))
    else:
        form = LookForm(look=row, initial={"has_accent": bool(row.accent), "accent": row.accent or ACCENT})
    shown = LibraryLook.now()
    logo = f"data:image/png;base64,{b64encode(bytes(shown.logo)).decode()}" if shown.logo else ""
    context = {"form": form, "logo": logo, "tones": _tones(shown), "note": _note(shown)}
    return page(request, "library", "library/look.html", context, 422 if form.errors else 200)


@staff_page
def preview(request: HttpRequest) -> JsonResponse:
    """Return the colours that `?accent=` leads to; the product's own if it is no colour."""
    asked = request.GET.get("accent", "").lower()
    tried = LibraryLook(accent=asked if COLOUR.fullmatch(asked) else "")
    return JsonResponse({"tones": _tones(tried), "note": _note(tried)})


def _tones(row: LibraryLook) -> dict[str, dict[str, str]]:
    tones = {theme: row.tone(theme) for theme in ("light", "dark")}
    return {theme: {"accent": each.accent, "on_accent": each.on_accent} for theme, each in tones.items()}


def _note(row: LibraryLook) -> str:
    """Say what was changed about the colour, so that it can be seen and text on it can be read."""
    if not row.accent:
        return _("The product's own colour.")
    changed = [theme for theme in ("light", "dark") if row.tone(theme).accent != row.accent]
    match changed:
        case ["light", "dark"]:
            return _("Shown a little darker on light pages and lighter on dark ones, so that everyone can read it.")
        case ["light"]:
            return _("Shown a little darker on light pages, so that everyone can read it.")
        case ["dark"]:
            return _("Shown a little lighter on dark pages, so that everyone can read it.")
    return _("Easy to read on light and on dark pages.")
