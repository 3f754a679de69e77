"""Show the rollout of a version to the kiosks; let staff upload releases, start, pause and undo rollouts."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import back, page, report_success, staff_action, staff_page
from hub.fleet import releases, rollout_hours, rollouts
from hub.fleet.models import Channel, KioskImage, Release, Rollout, RolloutEvent
from hub.fleet.rollouts import DONE, FALLEN_BACK, REFUSED, UPDATING, WAITING, RolloutKiosk
from lending.update_bundle import BundleRefused

MOST_SPINES = 48
"""With more kiosks, a spine stands for several."""
MOST_NAMES = 14
"""With more kiosks, their names do not fit below the spines."""
MOST_PROBLEMS = 3
MOST_EVENTS = 100
WORST = (FALLEN_BACK, REFUSED, UPDATING, WAITING, rollouts.GONE_BACK, DONE)
"""States by which a spine for several kiosks is drawn: the first that one of them has."""
COLOURS = ("c9", "c6", "c8", "c7", "c1", "c2", "c5", "c4")
MOST_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class KioskSpine:
    """A kiosk of a rollout, or several of them, as a spine on the line."""

    names: str
    state: str
    words: str
    colour: str
    height: int
    """Pixels."""
    full: int
    """Part that is coloured, per cent."""


@dataclass(frozen=True, slots=True)
class RolloutPanel:
    """The rollout that applies, in words and spines."""

    version: str
    heading: str
    facts: tuple[str, ...]
    problems: tuple[str, ...]
    more: str
    spines: tuple[KioskSpine, ...]
    each_stands_for: str
    shows_names: bool
    is_running: bool
    is_paused: bool
    to_go_back: int
    """Kiosks that a rollback concerns."""
    has_way_back: bool
    is_going_back: bool


def rollout_panel() -> RolloutPanel | None:
    """Return the rollout that applies; None before the first."""
    rollout = rollouts.current()
    if rollout is None:
        return None
    found = rollouts.kiosks_of(rollout)
    count = {state: sum(each.state == state for each in found) for state in WORST}
    problems = [_problem(each) for each in found if each.state in (FALLEN_BACK, REFUSED)]
    rest = len(problems) - MOST_PROBLEMS
    more = ngettext("{count} more: see the log", "{count} more: see the log", rest) if rest > 0 else ""
    size = -(-len(found) // MOST_SPINES) or 1
    stands = ngettext("Each spine stands for {count} kiosk.", "Each spine stands for {count} kiosks.", size)
    to_go_back = sum(each.state == DONE and bool(each.before) for each in found)
    is_running = bool(count[WAITING] or count[UPDATING]) or (rollout.going_back_at is not None and bool(to_go_back))
    return RolloutPanel(
        version=rollout.release.version,
        heading=_heading(rollout, is_running),
        facts=tuple(_facts(rollout, count[DONE], len(found))),
        problems=tuple(problems[:MOST_PROBLEMS]),
        more=more.format(count=f"{rest:,}"),
        spines=tuple(_spine(rollout, found[at : at + size], at // size) for at in range(0, len(found), size)),
        each_stands_for=stands.format(count=size) if size > 1 else "",
        shows_names=len(found) <= MOST_NAMES,
        is_running=is_running,
        is_paused=rollout.paused_at is not None,
        to_go_back=to_go_back,
        has_way_back=rollouts.has_way_back(rollout),
        is_going_back=rollout.going_back_at is not None,
    )


def _heading(rollout: Rollout, is_running: bool) -> str:
    if rollout.paused_at is not None:
        words = _("Version {version} is paused")
    elif rollout.going_back_at is not None:
        words = _("Version {version} is being rolled back") if is_running else _("Version {version} was rolled back")
    else:
        words = _("Version {version} is rolling out") if is_running else _("Version {version} is rolled out")
    return words.format(version=rollout.release.version)


def _facts(rollout: Rollout, done: int, count: int) -> list[str]:
    words = ngettext("{done} of {count} kiosk done, since {day}", "{done} of {count} kiosks done, since {day}", count)
    found = [words.format(done=f"{done:,}", count=f"{count:,}", day=formatting.day(rollout.started_at))]
    words = ngettext("{count} kiosk at a time, {when}", "{count} kiosks at a time, {when}", rollout.at_once)
    found.append(words.format(count=rollout.at_once, when=_hours(rollout.hours)))
    found += _scope(rollout)
    if rollout.paused_at is not None:
        at = formatting.date_and_time(rollout.paused_at)
        by = _("Paused by {name}, {at}").format(name=rollout.paused_by, at=at)
        found.append(by if rollout.paused_by else _("Paused automatically after a rollback, {at}").format(at=at))
    return found


def _hours(hours: str) -> str:
    if hours == rollout_hours.ANY_TIME:
        return _("at any time")
    if not hours:
        return _("outside opening hours")
    begin, _dash, end = hours.partition("-")
    return _("from {begin} to {end}").format(begin=begin, end=end)


def _scope(rollout: Rollout) -> list[str]:
    branches = _(", ").join(str(each) for each in rollout.branches.all())
    found = [
        _("Early channel only") if rollout.channel == Channel.EARLY else "",
        _("Only {branches}").format(branches=branches) if branches else "",
        _("Share of the kiosks: {share}%").format(share=rollout.share) if rollout.share < 100 else "",
    ]
    return [words for words in found if words]


def _problem(each: RolloutKiosk) -> str:
    if each.state == REFUSED:
        return _("{kiosk} refused it: {why}").format(kiosk=each.kiosk, why=update_refusal(each.why))
    return _("{kiosk} rolled back to {version}").format(kiosk=each.kiosk, version=each.before)


def update_refusal(code: str) -> str:
    """Return in words why a kiosk did not install a bundle, and what to do; an unknown code as it is."""
    return {
        "wrong_key": _("its keyring does not know the signature"),
        "wrong_board": _("the release is for another board"),
        "downgrade": _("it has a newer version"),
        "damaged": _("the bundle arrived damaged"),
        "full": _("its disk is full"),
        "no_way_back": _("the release cannot read the kiosk's journal"),
        "unsteady": _("it has not confirmed its own version yet"),
        "failed": _("the installation failed: see the kiosk's log"),
    }.get(code, code.replace("_", " "))


def _spine(rollout: Rollout, kiosks: Sequence[RolloutKiosk], place: int) -> KioskSpine:
    state = next(each for each in WORST if any(kiosk.state == each for kiosk in kiosks))
    progress = max((each.image.progress for each in kiosks if each.state == UPDATING), default=0)
    return KioskSpine(
        names=_(", ").join(each.kiosk.name for each in kiosks),
        state=state,
        words=_state_words(rollout, state),
        colour=COLOURS[place % len(COLOURS)],
        height=92 + crc32(kiosks[0].kiosk.name.encode()) % 5 * 4,
        full={DONE: 100, UPDATING: min(90, max(20, progress))}.get(state, 0),
    )


def _state_words(rollout: Rollout, state: str) -> str:
    return {
        DONE: rollout.release.version,
        UPDATING: _("Updating now"),
        WAITING: pgettext("a kiosk's update", "Waiting"),
        FALLEN_BACK: _("Rolled back"),
        REFUSED: _("Refused"),
        rollouts.GONE_BACK: _("Back on the old version"),
    }[state]


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A bundle that the hub keeps."""

    version: str
    boards: str
    size: str
    added: str
    running: str
    """Number of kiosks that run it, in words."""
    has_file: bool


@dataclass(frozen=True, slots=True)
class EventRow:
    """A line of the rollout's log."""

    at: str
    actor: str
    what: str
    tone: str


class StartForm(forms.Form):
    """What a rollout is for, and when it may restart a kiosk."""

    version = forms.ChoiceField()
    channel = forms.ChoiceField()
    share = forms.IntegerField(min_value=1, max_value=100, initial=100)
    when = forms.ChoiceField()
    begin = forms.TimeField(required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    end = forms.TimeField(required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.order_by("pk"), required=False, to_field_name="code", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(each.version, each.version) for each in Release.objects.all()]
        self.fields["channel"].choices = (
            (Channel.STABLE, _("All kiosks")),
            (Channel.EARLY, _("Kiosks of the early channel")),
        )
        self.fields["when"].choices = (
            ("", _("Outside opening hours")),
            ("hours", _("In these hours only")),
            (rollout_hours.ANY_TIME, _("At any time between two visits")),
        )
        self.fields["when"].required = False
        labels = {
            "version": _("Version"),
            "channel": _("Kiosks"),
            "share": _("Part of them, %"),
            "when": _("Restart kiosks"),
            "begin": pgettext("rollout", "From"),
            "end": pgettext("rollout", "Until"),
            "branches": _("Only in these branches"),
        }
        for name, field in self.fields.items():
            field.label = labels[name]
            if name != "branches":
                field.widget.attrs["class"] = "field"
        self.fields["share"].help_text = _("Start with a few. Starting again with more keeps the first.")
        self.fields["branches"].help_text = _("None ticked: all branches")

    def clean(self) -> dict[str, Any]:
        """Require both ends of the hours."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = found.get("begin"), found.get("end")
        if found.get("when") == "hours" and (begin is None or end is None or begin == end):
            self.add_error("begin", _("Enter two different times, such as 22:00 and 06:00."))
        return found

    @property
    def hours(self) -> str:
        """The hours of a valid form, as `rollout_hours` has them."""
        entered = self.cleaned_data
        if entered["when"] == "hours":
            return f"{entered['begin']:%H:%M}-{entered['end']:%H:%M}"
        return str(entered["when"])


@staff_page
def updates(request: HttpRequest) -> HttpResponse:
    """Show the releases, the form that starts a rollout, and the log of the current one."""
    return _render(request, StartForm())


def _render(request: HttpRequest, form: StartForm) -> HttpResponse:
    rollout = rollouts.current()
    running = list(KioskImage.objects.filter(kiosk__revoked_at=None).exclude(running="").values_list("running"))
    return page(request, "kiosks", "staff/kiosk_updates.html", {
        "panel": rollout_panel(), "form": form, "rows": [_release_row(each, running) for each in Release.objects.all()],
        "events": [_event_row(each) for each in _events(rollout)],
        "no_keyring": not releases.keyring().exists(), "imaged": len(running),
    }, 422 if form.errors else 200)  # fmt: skip


def _release_row(release: Release, running: Sequence[tuple[str]]) -> ReleaseRow:
    count = running.count((release.version,))
    return ReleaseRow(
        release.version,
        release.compatible,
        f"{release.size / 1e6:,.0f} MB" if release.size >= 1e6 else f"{release.size / 1e3:,.0f} kB",
        formatting.day(release.added_at),
        ngettext("{count} kiosk", "{count} kiosks", count).format(count=f"{count:,}") if count else "–",
        releases.file_of(release).exists(),
    )


def _events(rollout: Rollout | None) -> Sequence[RolloutEvent]:
    return list(rollout.events.select_related("kiosk")[:MOST_EVENTS]) if rollout else []


def _event_row(event: RolloutEvent) -> EventRow:
    what = {
        "started": _("Rollout started"),
        "paused": _("Paused"),
        "resumed": _("Resumed"),
        "going_back": _("Rollback started"),
        "offered": _("Offered; runs {version}"),
        DONE: _("Updated to {version} and confirmed"),
        FALLEN_BACK: _("Rolled back to {version}: the new version failed"),
        rollouts.GONE_BACK: _("Back on {version}"),
        REFUSED: _("Refused: {why}"),
    }.get(event.what, event.what)
    tones = {DONE: Tone.DONE, FALLEN_BACK: Tone.STOP, REFUSED: Tone.STOP}
    return EventRow(
        formatting.date_and_time(event.at),
        str(event.kiosk or event.by or _("The hub")),
        what.format(version=event.detail, why=update_refusal(event.detail)),
        tones.get(event.what, ""),
    )


@staff_action
def act(request: HttpRequest, what: str) -> HttpResponse:
    """Do the action of a button: `start`, `pause`, `resume` or `back`."""
    now, by, home = hub_clock().now(), request.user.get_username(), reverse("staff:kiosks")
    if what == "start":
        return _start(request)
    rollout = rollouts.current()
    if rollout is None:
        return back(request, home)
    version = rollout.release.version
    match what:
        case "pause":
            rollouts.pause(rollout, by, now)
            words = _("Paused. A kiosk that has begun waits, too, unless it is restarting already")
            return report_success(request, words, home, reverse("staff:kiosk_updates_act", args=("resume",)))
        case "resume":
            rollouts.resume(rollout, by, now)
            words = _("Version {version} rolls out again").format(version=version)
            return report_success(request, words, home, reverse("staff:kiosk_updates_act", args=("pause",)))
        case "back" if rollouts.has_way_back(rollout):
            rollouts.go_back(rollout, by, now)
            words = _("Each updated kiosk restarts into its earlier version, between two visits")
            return report_success(request, words, home)
        case _:
            return back(request, home)


def _start(request: HttpRequest) -> HttpResponse:
    form = StartForm(request.POST)
    if not form.is_valid():
        return _render(request, form)
    entered = form.cleaned_data
    rollout = rollouts.start(
        get_object_or_404(Release, version=entered["version"]),
        request.user.get_username(),
        hub_clock().now(),
        entered["channel"],
        entered["branches"],
        entered["share"],
        form.hours,
    )
    count = len(rollouts.kiosks_of(rollout))
    words = ngettext("{version} rolls out to {count} kiosk", "{version} rolls out to {count} kiosks", count)
    done = words.format(version=rollout.release.version, count=f"{count:,}")
    return report_success(request, done, reverse("staff:kiosks"))


@staff_action
def upload(request: HttpRequest) -> HttpResponse:
    """Take a piece of a bundle, and add the release with the last one; answer how many bytes are here.

    Requests are limited in size, so the page sends a bundle in pieces, one after another. A piece that does not begin
    where the last one ended is not stored.
    """
    name, size, begin = (request.POST.get(each, "") for each in ("name", "size", "begin"))
    piece = request.FILES.get("piece")
    if not (size.isdecimal() and begin.isdecimal() and 0 < int(size) <= MOST_BYTES) or piece is None:
        return JsonResponse({"fault": _("This is not a bundle.")}, status=422)
    part = releases.upload_of(request.user.pk, f"{name} {size}")
    try:
        have = releases.append(part, piece, int(begin))
        if have < int(size):
            return JsonResponse({"have": have})
        release = releases.add(part, hub_clock().now())
    except BundleRefused as refused:
        part.unlink(missing_ok=True)
        return JsonResponse({"fault": releases.refusal_text(refused)}, status=422)
    except OSError as error:
        full = error.errno == errno.ENOSPC
        words = _("The hub's disk is full.") if full else _("The hub cannot store it: {why}").format(why=error.strerror)
        return JsonResponse({"fault": words}, status=507)
    part.unlink(missing_ok=True)
    messages.success(request, _("Release {version} is added").format(version=release.version))
    return JsonResponse({"have": have, "then": reverse("staff:kiosk_updates")})


def channel_words() -> dict[str, str]:
    """Return the names of the channels."""
    return {str(Channel.STABLE): pgettext("channel", "Stable"), str(Channel.EARLY): pgettext("channel", "Early")}


@staff_action
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a kiosk into the stable or the early channel."""
    kiosk, home = get_object_or_404(Kiosk, pk=pk), reverse("staff:kiosks")
    asked = request.POST.get("channel") or request.GET.get("channel", "")
    if asked not in Channel.values:
        return back(request, home)
    before = rollouts.set_channel(kiosk, Channel(asked))
    words = _("{kiosk} is now in the channel: {channel}").format(kiosk=kiosk, channel=channel_words()[asked])
    undo = f"{reverse('staff:kiosk_channel', args=(pk,))}?channel={before}"
    return report_success(request, words, home, undo)
