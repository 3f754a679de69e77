"""Change the settings of one kiosk, of a branch's kiosks or of all: edit a draft, review it, publish it, or go back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import back, page, report_error, report_success, staff_action, staff_page
from hub.fleet import kiosk_settings
from hub.fleet.kiosk_settings import Scope
from hub.fleet.models import KioskStatus, SettingsVersion
from hub.staff.kiosks import Mark
from lending.colours import ratio
from lending.cover_design import INK, LEAF
from lending.languages import languages
from lending.wire.kiosk_settings import ALWAYS, OPEN, SettingsDocument, name_of

SCOPE = re.compile(r"all|(branch|kiosk)-([1-9][0-9]{0,8})")
MOST_VERSIONS = 10
DAY_MARKS = ("0:00", "6:00", "12:00", "18:00", "24:00")
"""Times below the picture of a day."""


def labels() -> dict[str, str]:
    """Return the names of the settings."""
    return {
        "screen_hours": _("Screen on"),
        "languages": _("Languages offered"),
        "language": _("Default language"),
        "ask_face": _("Ask for a smiley rating after a return"),
        "accent": _("Accent colour"),
        "slides": _("First screen shows"),
        "receipt_width": _("Receipt paper width"),
        "sound_volume": _("Volume of the scanning tone"),
        "voice_volume": _("Volume of the voice"),
        "voice_speed": _("Speed of the voice"),
        "beeps": _("Beeps"),
    }


def screen_words() -> dict[str, str]:
    """Return the choices of when the screen is on, other than hours that are entered."""
    return {OPEN: _("while the branch is open"), ALWAYS: pgettext("screen", "always")}


def slide_words() -> dict[str, str]:
    """Return the choices of what the first screen shows in turn."""
    return {
        "all": _("posters and new titles"),
        "posters": _("posters"),
        "new_titles": pgettext("first screen", "new titles"),
        "none": pgettext("first screen", "neither"),
    }


def value_words(name: str, value: Any) -> str:
    """Return a setting's value as text; what kiosk.toml says if it is None."""
    match name, value:
        case _name, None:
            return _("as set up at the kiosk")
        case "screen_hours", str():
            return screen_words().get(value) or value.replace("-", "–")
        case "slides", str():
            return slide_words()[value]
        case "languages", list():
            return _(", ").join(_language(each) for each in value)
        case "language", str():
            return _language(value)
        case (("sound_volume" | "voice_volume"), _number):
            return f"{round(value * 100)} %"
        case "voice_speed", _number:
            return ngettext("{count} word per minute", "{count} words per minute", value).format(count=value)
        case "receipt_width", _number:
            return {384: "58 mm", 576: "80 mm"}[value]
        case _name, bool():
            return pgettext("setting", "yes") if value else pgettext("setting", "no")
        case _:
            return str(value)


def _language(code: str) -> str:
    known = languages().get(code)
    return known.name if known else code


class SettingsForm(forms.Form):
    """Every setting; one that is left empty is taken from the wider scope, or else from kiosk.toml."""

    screen = forms.ChoiceField(required=False)
    screen_from = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    screen_to = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    languages = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    language = forms.ChoiceField(required=False)
    ask_face = forms.ChoiceField(required=False)
    slides = forms.ChoiceField(required=False)
    accent = forms.RegexField("^#[0-9A-Fa-f]{6}$", required=False, widget=forms.TextInput({"placeholder": "#FA8040"}))
    receipt_width = forms.ChoiceField(required=False)
    sound_volume = forms.IntegerField(required=False, min_value=1, max_value=100)
    voice_volume = forms.IntegerField(required=False, min_value=1, max_value=100)
    voice_speed = forms.IntegerField(required=False, min_value=80, max_value=300)
    beeps = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, inherited: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = labels()
        for name, field in self.fields.items():
            field.label = names.get(name, "")
        self.fields["screen"].label = names["screen_hours"]
        self.fields["screen_from"].label, self.fields["screen_to"].label = _("Screen on from"), _("Screen on until")
        self.fields["sound_volume"].label = _("{name}, %").format(name=names["sound_volume"])
        self.fields["voice_volume"].label = _("{name}, %").format(name=names["voice_volume"])
        self.fields["voice_speed"].label = _("{name}, words per minute").format(name=names["voice_speed"])
        self.fields["accent"].error_messages["invalid"] = _("Enter a colour such as #1d5fa8.")

        def choices(name: str, *more: tuple[str, str]) -> None:
            as_before = _("Not set here: {value}").format(value=value_words(name, inherited.get(name)))
            self.fields["screen" if name == "screen_hours" else name].choices = (("", as_before), *more)

        yes, no = ("yes", pgettext("setting", "yes")), ("no", pgettext("setting", "no"))
        choices("screen_hours", ("hours", _("in these hours only")), *screen_words().items())
        choices("slides", *slide_words().items())
        choices("language", *((code, each.name) for code, each in languages().items()))
        choices("ask_face", yes, no)
        choices("beeps", yes, no)
        choices("receipt_width", ("384", "58 mm"), ("576", "80 mm"))
        self.fields["languages"].choices = [(code, each.name) for code, each in languages().items()]
        for name in ("languages", "accent", "sound_volume", "voice_volume", "voice_speed"):
            not_set = _("If left empty: {value}").format(value=value_words(name, inherited.get(name)))
            self.fields[name].help_text = not_set
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxSelectMultiple):
                field.widget.attrs["class"] = "field"

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields by subject, each group with its heading."""
        parts = (
            (_("Screen"), ("screen", "screen_from", "screen_to", "accent", "slides")),
            (_("Languages"), ("languages", "language")),
            (_("Sound"), ("sound_volume", "beeps", "voice_volume", "voice_speed")),
            (_("Receipts and feedback"), ("receipt_width", "ask_face")),
        )
        return [(heading, [self[name] for name in names]) for heading, names in parts]

    def clean(self) -> dict[str, Any]:
        """Require both ends of the hours, and the first language among those offered."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = found.get("screen_from"), found.get("screen_to")
        if found.get("screen") == "hours" and (begin is None or end is None or begin == end):
            self.add_error("screen_from", _("Enter two different times, such as 07:30 and 21:00."))
        if found.get("screen") != "hours" and (begin is not None or end is not None):
            self.add_error("screen", _("Choose “in these hours only” to use the times."))
        offered = found.get("languages")
        if offered and found.get("language") and found["language"] not in offered:
            self.add_error("language", _("Choose one of the languages offered."))
        return found

    @property
    def values(self) -> dict[str, Any]:
        """The settings of a valid form; those left empty are absent."""
        entered = self.cleaned_data
        hours = f"{entered['screen_from']:%H:%M}-{entered['screen_to']:%H:%M}" if entered["screen"] == "hours" else ""
        volumes = {name: entered[name] and entered[name] / 100 for name in ("sound_volume", "voice_volume")}
        found = {
            "screen_hours": hours or entered["screen"],
            "languages": entered["languages"],
            "language": entered["language"],
            "ask_face": entered["ask_face"] and entered["ask_face"] == "yes",
            "accent": entered["accent"].upper(),
            "slides": entered["slides"],
            "receipt_width": entered["receipt_width"] and int(entered["receipt_width"]),
            **volumes,
            "voice_speed": entered["voice_speed"],
            "beeps": entered["beeps"] and entered["beeps"] == "yes",
        }
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    @staticmethod
    def initial_of(values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the form shows for these settings."""
        hours = str(values.get("screen_hours", ""))
        begin, _dash, end = hours.partition("-")
        switches = {name: {True: "yes", False: "no", None: ""}[values.get(name)] for name in ("ask_face", "beeps")}
        volumes = {name: round(values[name] * 100) for name in ("sound_volume", "voice_volume") if name in values}
        return {
            **values,
            **switches,
            **volumes,
            "screen": "hours" if end else hours,
            "screen_from": begin if end else None,
            "screen_to": end or None,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed setting in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting in the list of changes: what is published, and what the form says.

    `inherited` is what holds if the form leaves it empty. `unit` is the text around a number that is entered, or empty.
    """

    key: str
    name: str
    now: str
    after: str
    inherited: str
    unit: str


@dataclass(frozen=True, slots=True)
class KioskPreview:
    """What a kiosk looks like with some settings; a value that is not set here or in a wider scope is empty."""

    accent: str
    on_accent: str
    """Ink or leaf, whichever can be read on the accent."""
    languages: tuple[str, ...]
    hours: str
    day: tuple[tuple[float, float], ...]
    """Spans in which the screen is on: begin and length, in percent of a day."""
    receipt: int
    """Width of the paper in millimetres, 0 if it is not set."""
    sound: int
    voice: int
    """Volumes in percent, 0 if they are not set."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    pk: int
    number: int
    at: str
    by: str
    differences: tuple[Difference, ...]
    is_current: bool


@dataclass(frozen=True, slots=True)
class KioskSettingsRow:
    """A kiosk with what became of its settings."""

    pk: int
    name: str
    branch: str
    mark: Mark
    remedy: str


def _scope(name: str) -> Scope:
    found = SCOPE.fullmatch(name)
    if found is None:
        raise Http404
    match found[1]:
        case "branch":
            return Scope(branch=get_object_or_404(Branch, pk=int(found[2])))
        case "kiosk":
            return Scope(kiosk=get_object_or_404(Kiosk.objects.select_related("branch"), pk=int(found[2])))
        case _:
            return Scope()


@staff_page
def show(request: HttpRequest, scope: str) -> HttpResponse:
    """Show the settings of a scope, its draft, its versions and its kiosks."""
    return _render(request, scope, _scope(scope))


def _render(request: HttpRequest, name: str, scope: Scope, form: SettingsForm | None = None) -> HttpResponse:
    draft, published, inherited = scope.draft, scope.published, scope.inherited
    if form is None:
        form = SettingsForm(inherited=inherited, initial=SettingsForm.initial_of(draft.values if draft else published))
    kiosks = list(scope.kiosks)
    shown = draft.values if draft else published
    return page(request, "kiosks", "staff/kiosk_settings.html", {
        "name": name, "scope": scope, "form": form,
        "draft": draft, "drafted": formatting.date_and_time(draft.at) if draft else "",
        "lines": _lines(published, shown, inherited), "preview": _preview({**inherited, **shown}),
        "day_marks": DAY_MARKS,
        "count": len(kiosks), "rows": settings_rows(kiosks), "versions": _versions(scope, inherited),
        "branches": [{"key": str(each.pk), "words": each} for each in Branch.objects.order_by("pk")],
        "kiosks": [{"key": str(each.pk), "words": each} for each in Scope().kiosks],
    }, 422 if form.errors else 200)  # fmt: skip


def _lines(
    published: Mapping[str, Any], shown: Mapping[str, Any], inherited: Mapping[str, Any]
) -> tuple[SettingLine, ...]:
    changed = {each.name: each.after for each in _differences(published, shown, inherited)}
    speed = ngettext("{count} word per minute", "{count} words per minute", 2)
    units = {"voice_speed": speed} | dict.fromkeys(("sound_volume", "voice_volume"), "{count} %")
    return tuple(
        SettingLine(
            key,
            name,
            value_words(key, published.get(key, inherited.get(key))),
            changed.get(name, ""),
            value_words(key, inherited.get(key)),
            units.get(key, ""),
        )
        for key, name in labels().items()
    )


def _preview(values: Mapping[str, Any]) -> KioskPreview:
    hours, accent = str(values.get("screen_hours", "")), str(values.get("accent", ""))
    return KioskPreview(
        accent=accent,
        on_accent=max((INK, LEAF), key=lambda each: ratio(each, accent)) if accent else "",
        languages=tuple(_language(each) for each in values.get("languages", ())),
        hours=value_words("screen_hours", hours or None),
        day=_day(hours),
        receipt={384: 58, 576: 80}.get(values.get("receipt_width", 0), 0),
        sound=round(100 * values.get("sound_volume", 0)),
        voice=round(100 * values.get("voice_volume", 0)),
    )


def _day(hours: str) -> tuple[tuple[float, float], ...]:
    """Return when the screen is on, in percent of a day; two spans if it is on over midnight."""
    if hours == ALWAYS:
        return ((0, 100),)
    if hours == OPEN:
        return ()
    ends = [int(each[:2]) / 0.24 + int(each[3:]) / 14.4 for each in hours.split("-")] if hours else []
    if not ends:
        return ()
    begin, end = (round(each, 2) for each in ends)
    return ((begin, end - begin),) if begin < end else ((0, end), (begin, 100 - begin))


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], inherited: Mapping[str, Any]
) -> tuple[Difference, ...]:
    names = labels()
    return tuple(
        Difference(
            names[name],
            value_words(name, before.get(name, inherited.get(name))),
            value_words(name, after.get(name, inherited.get(name))),
        )
        for name in kiosk_settings.changed_names(before, after)
    )


def _versions(scope: Scope, inherited: Mapping[str, Any]) -> list[VersionRow]:
    found = list(scope.versions[: MOST_VERSIONS + 1])
    return [
        VersionRow(
            each.pk,
            each.number,
            formatting.date_and_time(each.at),
            each.by,
            _differences(before.values if before else {}, each.values, inherited),
            each == found[0],
        )
        for each, before in list(zip_longest(found, found[1:]))[:MOST_VERSIONS]
    ]


@staff_action
def act(request: HttpRequest, scope: str, what: str) -> HttpResponse:
    """Save, publish or discard the draft, or go back to a version: `draft`, `publish`, `discard`, `return`."""
    found, now, by = _scope(scope), hub_clock().now(), request.user.get_username()
    home = reverse("staff:kiosk_settings", args=(scope,))
    match what:
        case "draft":
            form = SettingsForm(request.POST, inherited=found.inherited)
            if not form.is_valid():
                return _render(request, scope, found, form)
            if form.values == dict(found.published):
                if kiosk_settings.discard_draft(found):
                    return report_success(request, _("Draft removed: it equalled what is published"), home)
                return report_success(request, _("Nothing was changed"), home)
            kiosk_settings.save_draft(found, form.values, by, now)
            return report_success(request, _("Draft saved. Kiosks change when you publish it"), home)
        case "publish":
            before = found.versions.first()
            version = kiosk_settings.publish_draft(found, request.POST.get("revision", ""), by, now)
            if version is None:
                return report_error(request, _("The draft was changed or published meanwhile. Check it again."), home)
            undo = f"{reverse('staff:kiosk_settings_act', args=(scope, 'return'))}?version={before.pk if before else 0}"
            words = _("Version {number} is published. Kiosks apply it between two visits")
            return report_success(request, words.format(number=version.number), home, undo)
        case "discard" if kiosk_settings.discard_draft(found):
            return report_success(request, _("Draft discarded"), home)
        case "return":
            return _go_back(request, found, home, by)
        case "discard":
            return report_error(request, _("There is no draft any more. Someone else may have published it."), home)
        case _:
            return back(request, home)


def _go_back(request: HttpRequest, scope: Scope, home: str, by: str) -> HttpResponse:
    """Publish a version again; version 0 is the time before the first: nothing was set."""
    asked = request.POST.get("version") or request.GET.get("version", "")
    if asked == "0":
        version = SettingsVersion(branch=scope.branch, kiosk=scope.kiosk, values={})
    else:
        version = get_object_or_404(scope.versions, pk=int(asked) if asked.isdecimal() and len(asked) < 10 else 0)
    again = kiosk_settings.go_back(version, by, hub_clock().now())
    words = _("The earlier settings are published again, as version {number}")
    return report_success(request, words.format(number=again.number), home)


def settings_rows(kiosks: Iterable[Kiosk]) -> list[KioskSettingsRow]:
    """Return what became of the settings at each kiosk, faults first."""
    known = list(kiosks)
    wanted = kiosk_settings.documents(known)
    statuses = {each.kiosk_id: each for each in KioskStatus.objects.filter(kiosk__in=known)}
    rows = [
        KioskSettingsRow(
            each.pk, each.name, str(each.branch), *settings_state(wanted.get(each.pk), statuses.get(each.pk))
        )
        for each in known
    ]
    return sorted(rows, key=lambda row: row.mark.tone != Tone.STOP)


def settings_state(document: SettingsDocument | None, status: KioskStatus | None) -> tuple[Mark, str]:
    """Return what became of the published settings at a kiosk, and what to do about a fault."""
    if document is None:
        return Mark(Tone.CLOCK, _("Nothing published; uses its own kiosk.toml")), ""
    if status is None or status.told_at is None:
        return Mark(Tone.CLOCK, _("Waits for the kiosk's first report")), ""
    report = status.settings
    if report is None:
        words = _("Its version does not take settings from the hub, or it has just started")
        return Mark(Tone.CLOCK, words), _("If this stays, update the kiosk.")
    wanted, version = name_of(kiosk_settings.text_of(document)), document.version
    if report["refused"] == wanted or (report["fault"] in ("altered", "unwritable") and report["name"] != wanted):
        return Mark(Tone.STOP, _fault(report, version)), _remedy(report)
    if report["name"] == wanted and report["unknown"]:
        names = labels()
        ignored = _(", ").join(names.get(each, each) for each in report["unknown"])
        words = _("Version {number} applied, except for what this kiosk does not know: {names}")
        return Mark(Tone.LOOK, words.format(number=version, names=ignored)), _("Update the kiosk.")
    if report["name"] == wanted:
        return Mark(Tone.DONE, _("Version {number} applied").format(number=version)), ""
    if report["waiting"] == wanted:
        return Mark(Tone.CLOCK, _("Version {number} is applied after this visit").format(number=version)), ""
    return Mark(Tone.CLOCK, _("Version {number} will be sent when the kiosk next reports").format(number=version)), ""


def _fault(report: Mapping[str, Any], version: int) -> str:
    name = labels().get(report["field"], report["field"])
    match report["fault"]:
        case "value" if report["field"]:
            return _("Version {number} rejected. {name}: this kiosk cannot use the value").format(
                number=version, name=name
            )
        case "start":
            return _(
                "Version {number} rejected: the kiosk failed to start with it and restored the previous settings"
            ).format(number=version)
        case "altered":
            return _("The kiosk's file was altered and is not used. Its settings are sent again")
        case "unwritable":
            return _("Version {number} cannot be stored: the kiosk cannot write to its disk").format(number=version)
        case _:
            return _("Version {number} rejected: the kiosk cannot read it").format(number=version)


def _remedy(report: Mapping[str, Any]) -> str:
    match report["fault"]:
        case "value" if report["field"] in ("languages", "language"):
            return _("Leave out languages that this kiosk does not have, or update the kiosk.")
        case "value":
            return _("Choose another value, or update the kiosk.")
        case "start":
            return _("Go back to the version before, and read the kiosk's log.")
        case "altered":
            return _("If this happens again, check who can reach the machine.")
        case "unwritable":
            return _("Restart the kiosk. If that does not help, replace its SD card or SSD.")
        case _:
            return _("Update the kiosk.")
