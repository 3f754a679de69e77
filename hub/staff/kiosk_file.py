"""Make the kiosk.toml with which a new machine provisions and enrols itself as a kiosk."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods
from stdnum import luhn

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Kiosk, Library, NumberSeries, Patron
from hub.core.clock import hub_clock
from hub.core.language import text_languages
from hub.core.pages import formatting
from hub.core.pages.page import page, report_success, staff_action, staff_only
from hub.fleet import enrolment
from lending import number_formats
from lending.languages import languages
from lending.number_formats import NumberFormat
from lending.request_signature import format_code
from lending.technician_codes import hash_code
from lending.toml_text import Table, render

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
SCREENS: dict[str, Table] = {
    "10": {"width": 1280, "height": 800, "diagonal": 10.1},
    "7": {"width": 1024, "height": 600, "diagonal": 7.0},
    "15": {"width": 1920, "height": 1080, "diagonal": 15.6},
}
"""Resolution in pixels as the patron sees it, and diagonal in inches."""
EXAMPLES = 1000
"""Numbers of items and patrons that are read to propose their form."""
LETTERS = re.compile("[A-Z]+")
USUAL = {"item": ("3", 14, True), "card": ("2", 14, True)}
"""Prefix, length and Luhn check digit of a library's numbers if there are none yet."""


class KioskFileForm(forms.Form):
    """What a kiosk.toml says of one machine: hub, parts, screen, numbers, and a technician."""

    url = forms.URLField(label=gettext_lazy("Address of this hub"), max_length=200, assume_scheme="https")
    clear_text = forms.BooleanField(label=gettext_lazy("Use it without encryption, for a trial"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Default language"))
    screen = forms.ChoiceField(label=gettext_lazy("Screen"))
    rotation = forms.ChoiceField(label=gettext_lazy("Rotation"))
    card_reader = forms.ChoiceField(label=gettext_lazy("Card reader"))
    barcode_scanner = forms.ChoiceField(label=gettext_lazy("Barcode scanner"))
    receipt_printer = forms.ChoiceField(label=gettext_lazy("Receipt printer"))
    host = forms.CharField(label=gettext_lazy("Its address in the network"), max_length=100, required=False)
    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=Library.ReceiptWidth.choices)
    lights = forms.ChoiceField(label=gettext_lazy("Lights and buzzer"))
    keys = forms.ChoiceField(label=gettext_lazy("Hardware keys"))
    bin = forms.ChoiceField(label=gettext_lazy("Return bin with a drop sensor"))
    security_gate = forms.ChoiceField(label=gettext_lazy("Relay of the security gate"))
    item_pad = forms.ChoiceField(label=gettext_lazy("Item pad"))
    sound = forms.ChoiceField(label=gettext_lazy("Loudspeaker"))
    item_prefix = forms.RegexField("^[A-Z0-9]*$", label=gettext_lazy("Begin with"), required=False)
    item_length = forms.IntegerField(label=gettext_lazy("Length"), min_value=4, max_value=32)
    item_luhn = forms.BooleanField(label=gettext_lazy("Luhn check digit"), required=False)
    card_prefix = forms.RegexField("^[A-Z0-9]*$", label=gettext_lazy("Begin with"), required=False)
    card_length = forms.IntegerField(label=gettext_lazy("Length"), min_value=4, max_value=32)
    card_luhn = forms.BooleanField(label=gettext_lazy("Luhn check digit"), required=False)
    technician = forms.CharField(label=gettext_lazy("Technician"), max_length=60, required=False)
    technician_code = forms.CharField(
        label=gettext_lazy("Code of the technician"),
        required=False,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    PLACE = ("url", "clear_text", "language", "screen", "rotation")
    PARTS = (
        "card_reader", "barcode_scanner", "receipt_printer", "host", "paper", "lights", "keys", "bin", "security_gate",
        "item_pad", "sound",
    )  # fmt: skip
    ITEMS = ("item_prefix", "item_length", "item_luhn")
    CARDS = ("card_prefix", "card_length", "card_luhn")
    TECHNICIAN = ("technician", "technician_code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none, by_usb = ("none", pgettext("part", "none")), ("detect", _("by USB: found at the first start"))
        wired = ("as_wired", _("on the header, as in the wiring guide"))
        self._offer("language", *((code, each.name) for code, each in languages().items()))
        self._offer("screen", *((key, _screen_words(each)) for key, each in SCREENS.items()))
        turned = ((str(each), f"{each}°") for each in (90, 180, 270))
        self._offer("rotation", ("0", pgettext("picture", "not turned")), *turned)
        self._offer("card_reader", ("mfrc522", _("RC522 on the header, as in the wiring guide")), by_usb, none)
        self._offer("barcode_scanner", ("picamera2", _("Raspberry Pi camera")), by_usb, none)
        self._offer("receipt_printer", by_usb, wired, ("network", _("in the network")), none)
        for name in ("lights", "keys", "bin", "security_gate"):
            self._offer(name, wired, none)
        self._offer("item_pad", by_usb, none)
        self._offer("sound", by_usb, none)
        self.fields["host"].help_text = _("Only for a printer in the network.")
        self.fields["technician"].help_text = _("Opens the technician's screen at the kiosk. May be left empty.")
        self.fields["technician_code"].help_text = _("6 to 12 digits, at least three of them different.")
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "field"

    def _offer(self, name: str, *choices: tuple[str, str]) -> None:
        self.fields[name].choices = choices

    def clean(self) -> dict[str, Any]:
        """Require what an answer needs: https, a network printer's address, different numbers, a code for a name."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        address = urlsplit(found.get("url", ""))
        if address.hostname in THIS_MACHINE:
            words = _("No kiosk reaches the hub at {host}. Enter the address that other machines use.")
            self.add_error("url", words.format(host=address.hostname))
        elif address.path not in ("", "/") or address.query:
            self.add_error("url", _("Enter the address without a path, such as https://hub.example.org."))
        elif address.scheme == "http" and not found.get("clear_text"):
            words = _(
                "Cards and PINs can be read on the way to it. Enter an address with https, or allow it for a trial."
            )
            self.add_error("url", words)
        if found.get("receipt_printer") == "network" and not found.get("host"):
            self.add_error("host", _("Enter the printer's address."))
        for name in ("item", "card"):
            prefix = found.get(f"{name}_prefix", "")
            if prefix and not prefix.isdecimal() and found.get(f"{name}_luhn"):
                self.add_error(f"{name}_luhn", _("Numbers with letters have no Luhn check digit."))
        self._check_numbers(found)
        if bool(found.get("technician")) != bool(found.get("technician_code")):
            self.add_error("technician_code", _("Enter both a name and a code."))
        elif found.get("technician"):
            try:
                found["technician_hash"] = hash_code(found["technician_code"])
            except ValueError:
                self.add_error("technician_code", _("Use 6 to 12 digits, at least three of them different."))
        return found

    def _check_numbers(self, found: dict[str, Any]) -> None:
        """Refuse numbers that a kiosk could not tell apart."""
        kinds = {}
        for name in ("item", "card"):
            prefix, length = found.get(f"{name}_prefix"), found.get(f"{name}_length")
            if prefix is None or length is None:
                return
            if len(prefix) >= length:
                self.add_error(f"{name}_length", _("The length must be more than that of the beginning."))
                return
            kinds[name] = _format(prefix, length)
        if kinds["item"].overlaps(kinds["card"]):
            self.add_error("card_prefix", _("Items and cards need different numbers: another beginning or length."))
        for name, kind in kinds.items():
            if kind.overlaps(number_formats.ISBN):
                self.add_error(f"{name}_prefix", _("An ISBN has 13 digits, too: choose another beginning or length."))

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields under their headings."""
        headings = (
            (_("Hub and screen"), self.PLACE),
            (_("Parts"), self.PARTS),
            (_("Item barcodes"), self.ITEMS),
            (_("Card numbers"), self.CARDS),
            (_("Technician"), self.TECHNICIAN),
        )
        return [(words, [self[name] for name in names]) for words, names in headings]


def _screen_words(screen: Table) -> str:
    return _("{inches} inch, {width} × {height}").format(inches=screen["diagonal"], **screen)


def _format(prefix: str, length: int) -> NumberFormat:
    return number_formats.digits(length, prefix, has_luhn=False)


@require_http_methods(["GET", "POST"])
@staff_only
def kiosk_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form, or send the file with a one-time code, which replaces any unused code of the kiosk."""
    kiosk = get_object_or_404(Kiosk.objects.select_related("branch"), pk=pk)
    form = KioskFileForm(request.POST) if request.method == "POST" else KioskFileForm(initial=_proposal(request))
    if form.is_valid():
        code, _until = enrolment.new_code(kiosk, hub_clock().now(), enrolment.FILE_GOOD_FOR)
        text = render(_sections(kiosk, form.cleaned_data, format_code(code)))
        headers = {"Content-Disposition": 'attachment; filename="kiosk.toml"', "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="application/toml; charset=utf-8", headers=headers)
    waiting = enrolment.open_code(kiosk, hub_clock().now())
    return page(request, "kiosks", "staff/kiosk_file.html", {
        "kiosk": kiosk, "form": form, "days": enrolment.FILE_GOOD_FOR.days,
        "until": formatting.date_and_time(waiting.until) if waiting else "",
    }, 422 if form.errors else 200)  # fmt: skip


@staff_action
def cancel_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel the kiosk's unused code: a card with it enrols nothing."""
    kiosk = get_object_or_404(Kiosk, pk=pk)
    enrolment.cancel_codes(kiosk)
    words = _("The unused code of {kiosk} is cancelled").format(kiosk=kiosk)
    return report_success(request, words, reverse("staff:kiosk_file", args=(pk,)))


def _proposal(request: HttpRequest) -> dict[str, Any]:
    """Return the answers that the library's data suggest."""
    found: dict[str, Any] = dict.fromkeys(("keys", "bin", "security_gate", "item_pad", "sound"), "none")
    found["url"] = (settings.PUBLIC_URL if settings.PUBLIC else request.build_absolute_uri("/")).rstrip("/")
    for name, kind, numbers in (
        ("item", NumberSeries.Kind.ITEM, Item.objects.order_by("pk").values_list("barcode", flat=True)),
        ("card", NumberSeries.Kind.PATRON, Patron.objects.order_by("pk").values_list("identifier", flat=True)),
    ):
        series = NumberSeries.objects.filter(kind=kind, is_on=True).first()
        if series is not None:
            has_luhn = series.check_digit == NumberSeries.Check.LUHN
            found |= _form_of(name, series.prefix, series.length, has_luhn=has_luhn)
        else:
            found |= _guess(name, list(numbers[:EXAMPLES]))
    found["paper"] = the_library().receipt_width
    return found | {"language": text_languages()[0]}


def _form_of(name: str, prefix: str, length: int, *, has_luhn: bool) -> dict[str, Any]:
    return {f"{name}_prefix": prefix, f"{name}_length": length, f"{name}_luhn": has_luhn}


def _guess(name: str, numbers: list[str]) -> dict[str, Any]:
    """Return the form of the most frequent length of the numbers: its first character, and whether Luhn holds."""
    lengths = [len(each) for each in numbers]
    if not lengths:
        prefix, length, has_luhn = USUAL[name]
        return _form_of(name, prefix, length, has_luhn=has_luhn)
    length = max(set(lengths), key=lengths.count)
    same = [each for each in numbers if len(each) == length]
    first, letters = same[0], LETTERS.match(same[0])
    prefix = letters.group() if letters else first[:1]
    if not all(each.startswith(prefix) for each in same):
        prefix = ""
    return _form_of(name, prefix, length, has_luhn=all(map(luhn.is_valid, same)))


def _sections(kiosk: Kiosk, values: dict[str, Any], code: str) -> dict[str, Table]:
    library, url = the_library(), values["url"].rstrip("/")
    found: dict[str, Table] = {
        "library": {
            "names": library.names,
            "branch": kiosk.branch.code,
            "timezone": library.timezone,
            "language": values["language"],
            "currency": library.currency,
        },
        "kiosk": {"name": kiosk.name},
        "paths": {"state": "/var/lib/kiosk", "runtime": "/run/kiosk"},
        "central": {"driver": "hub", "url": url, **({"clear_text": True} if values["clear_text"] else {})},
    }
    for part in ("card_reader", "barcode_scanner", "lights", "keys", "bin", "security_gate", "item_pad", "sound"):
        found[part] = {"driver": values[part]}
    found["receipt_printer"] = _printer(values)
    found["voice"] = {"driver": "none"}
    found["screen"] = {**SCREENS[values["screen"]], "rotation": int(values["rotation"])}
    found["numbers"] = {name: _number(values, name) for name in ("item", "card")}
    if library.symbology == Library.Symbology.ITF:
        found["barcodes"] = {"item": ["codabar", "code39", "code128", "itf"]}
    if values["bin"] != "none":
        found["returns"] = {"mode": "bin"}
    if values["technician"]:
        found["technicians"] = {values["technician"]: values["technician_hash"]}
    found["enrolment"] = {"code": code}
    return found


def _printer(values: dict[str, Any]) -> Table:
    driver = values["receipt_printer"]
    if driver == "none":
        return {"driver": driver}
    host = {"host": values["host"], "port": 9100} if driver == "network" else {}
    return {"driver": driver, **host, "width": {"58": 384, "80": 576}[values["paper"]]}


def _number(values: dict[str, Any], name: str) -> Table:
    prefix, length = values[f"{name}_prefix"], values[f"{name}_length"]
    if prefix and not prefix.isdecimal():
        return {"pattern": f"{prefix}[0-9]{{{length - len(prefix)}}}"}
    return {"digits": length, "prefix": prefix, "luhn": values[f"{name}_luhn"]}
