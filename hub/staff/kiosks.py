"""Show the kiosks: health, calls for help, enrolment codes, and in or out of service."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.catalogue.models import Branch
from hub.circulation import refusals
from hub.circulation.models import Kiosk
from hub.circulation.refusals import refusal
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import back, page, report_error, report_success, staff_action, staff_page, tabs
from hub.fleet import devices, enrolment, health_reports
from hub.fleet.models import Device, HelpCall, KioskImage, KioskStatus
from hub.staff.kiosk_updates import channel_words, rollout_panel, update_refusal
from hub.staff.remote_tasks import task_rows
from lending.model import Block, Reason
from lending.request_signature import format_code

"""Most letters of a message that the smallest screen holds in its largest type, by language."""


@staff_page
def kiosks(request: HttpRequest) -> HttpResponse:
    """List the kiosks with their health, faults first, below the rollout of a version."""
    branch = request.GET.get("branch", "")
    found = Kiosk.objects.select_related("branch").order_by("revoked_at", "name")
    every = kiosk_rows(found.filter(branch__code=branch) if branch else found)
    lists = {
        "attention": sorted(every, key=lambda row: row.urgency),
        "working": [row for row in every if row.mark.tone == Tone.DONE],
        "offline": [row for row in every if row.is_silent],
    }
    show = request.GET.get("show", "")
    show = show if show in lists else "attention"
    names = {"attention": _("Needs attention first"), "working": _("Working"), "offline": _("Offline")}
    counts = {name: len(lists[name]) for name in ("working", "offline")}
    return page(request, "kiosks", "staff/kiosks.html", {
        "rows": lists[show], "any": every, "branches": Branch.objects.order_by("pk"), "branch": branch,
        "tabs": tabs(names, counts), "show": show, "panel": rollout_panel(),
        "has_images": any(row.channels for row in every),
    })  # fmt: skip


@staff_page
def kiosk(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one kiosk with its parts and actions."""
    return _render_kiosk(request, _kiosk(pk))


def _render_kiosk(request: HttpRequest, found: Kiosk, **more: object) -> HttpResponse:
    status = KioskStatus.objects.filter(kiosk=found).first() or KioskStatus(kiosk=found)
    (row,) = kiosk_rows([found])
    missing = [*refusals.missing_keys(found), *refusals.open_gaps(found)]
    return page(request, "kiosks", "staff/kiosk.html", {
        "row": row, "kept": status, "uptime": uptime(status), "told": formatting.date_and_time(status.told_at),
        "gaps": missing, "settings_of": f"kiosk-{found.pk}", "tasks": task_rows(found),
        "here": refusals.all_here(found), "closing_form": ClosingForm(), **more,
    })  # fmt: skip


def _kiosk(pk: int) -> Kiosk:
    return get_object_or_404(Kiosk.objects.select_related("branch"), pk=pk)


@staff_action
def add(request: HttpRequest) -> HttpResponse:
    """Add a kiosk and show its enrolment code."""
    name, home = request.POST.get("name", "").strip(), reverse("staff:kiosks")
    branch = Branch.objects.filter(code=request.POST.get("branch", "")).first()
    if branch is None or not enrolment.NAME.fullmatch(name):
        return report_error(request, _("A kiosk name can contain only letters, digits, - and _."), home)
    if Kiosk.objects.filter(name=name).exists():
        return report_error(request, _("A kiosk with this name already exists. Open it and enrol it again."), home)
    return _with_code(request, enrolment.add(name, branch))


@staff_action
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a new enrolment code; the current device stays enrolled until the new one is confirmed."""
    return _with_code(request, _kiosk(pk))


def _with_code(request: HttpRequest, found: Kiosk) -> HttpResponse:
    """Show the page with a new code. It is shown only once, because only its hash is stored."""
    fresh, until = enrolment.new_code(found, hub_clock().now())
    return _render_kiosk(
        request,
        found,
        code=format_code(fresh),
        qr=formatting.qr(format_code(fresh)),
        seconds=int(enrolment.GOOD_FOR.total_seconds()),
        until=formatting.date_and_time(until),
    )


@staff_action
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Do the action of a button: `revoke`, `close`, `reopen`, `identify` or `heard`."""
    found, now, staff = _kiosk(pk), hub_clock().now(), request.user.get_username()
    home = reverse("staff:kiosk", args=(pk,))
    match what:
        case "revoke":
            devices.revoke(found, now)
            return report_success(
                request, _("{kiosk} is revoked. The hub accepts no more data from it").format(kiosk=found), home
            )
        case "close":
            return _close(request, found, home)
        case "reopen":
            health_reports.reopen(found)
            return report_success(request, _("{kiosk} reopens within a minute").format(kiosk=found), home)
        case "identify":
            health_reports.identify(found, now)
            return report_success(request, _("{kiosk} identifies itself within a minute").format(kiosk=found), home)
        case "heard":
            count = health_reports.help_seen(found, staff, now)
            words = ngettext("{count} call from {kiosk} handled", "{count} calls from {kiosk} handled", count)
            return report_success(request, words.format(count=f"{count:,}", kiosk=found), reverse("staff:kiosks"))
        case _:
            return back(request, home)


class ClosingForm(ModelForm):
    """The message that a closed kiosk shows."""

    class Meta:
        model = KioskStatus
        fields = ("closing",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closing"].required = True
        self.fields["closing"].error_messages["required"] = _("Enter the message to patrons.")


def _close(request: HttpRequest, found: Kiosk, home: str) -> HttpResponse:
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return report_error(request, " ".join(form.errors["closing"]), home)
    health_reports.close(found, form.cleaned_data["closing"], request.user.get_username(), hub_clock().now())
    return report_success(
        request, _("{kiosk} closes within a minute, after the current visit").format(kiosk=found), home
    )


SILENT = timedelta(minutes=5)
"""Time without contact from which a kiosk is shown as silent."""
CLOCK = timedelta(minutes=5)
AMBER, RED = timedelta(hours=24), timedelta(hours=72)
"""Ages of a kiosk's oldest waiting transaction shown amber and red; after a week it stops lending."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol with its word: colour is never the only sign."""

    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a kiosk with its state."""

    name: str
    mark: Mark | None
    """None if the part is not fitted."""


@dataclass(frozen=True, slots=True)
class KioskRow:
    """A kiosk with its health, as lists show it."""

    pk: int
    name: str
    branch: str
    mark: Mark
    problems: tuple[Mark, ...]
    """Further problems, in addition to `mark`."""
    parts: tuple[PartRow, ...]
    ready: str
    """Names of the parts that work without remarks."""
    queue: str
    is_waiting: bool
    """Whether transactions wait to be uploaded."""
    remedy: str
    """What to do about the first fault that has a remedy."""
    version: str
    update: Mark | None
    """How the last update of its image ended, or that one is in progress."""
    channels: tuple[tuple[str, str, bool], ...]
    """Channels to choose from; empty if the kiosk is not updated by images."""
    last_seen: str
    calls: int
    called_at: str
    called_for: str
    """Reason of the last call for help; empty if nothing was refused."""
    closing: KioskStatus | None
    is_enrolled: bool
    is_revoked: bool
    is_silent: bool

    @property
    def urgency(self) -> tuple[int, int]:
        """Key by which lists are sorted: calls and faults first, revoked kiosks last."""
        tones = {Tone.STOP: 0, Tone.LOOK: 1, Tone.CLOCK: 3, Tone.RING: 4, Tone.DONE: 5}
        worst = min((tones.get(each.tone, 2) for each in (self.mark, *self.problems)), default=5)
        return (9 if self.is_revoked else 0, 0 if self.calls else worst)

    @property
    def settings(self) -> str:
        """Name of the page of its settings."""
        return f"kiosk-{self.pk}"


def kiosk_rows(kiosks: Iterable[Kiosk]) -> list[KioskRow]:
    """Return the rows of these kiosks, in their order."""
    known = list(kiosks)
    standings = {each.kiosk_id: each for each in KioskStatus.objects.filter(kiosk__in=known)}
    devices = Device.objects.filter(kiosk__in=known, revoked_at=None).exclude(confirmed_at=None)
    enrolled = set(devices.values_list("kiosk", flat=True))
    images = {each.pk: each for each in KioskImage.objects.filter(kiosk__in=known).exclude(running="")}
    calls, stuck = health_reports.waiting_calls(), refusals.kiosks_waiting_for_keys()
    now = hub_clock().now()
    found = [
        _row(
            each,
            standings.get(each.pk) or KioskStatus(kiosk=each),
            images.get(each.pk),
            each.pk in enrolled,
            calls.get(each.pk),
            now,
        )
        for each in known
    ]
    no_key = Mark(Tone.STOP, _("Rows waiting for a missing key: see the exception desk"))
    return [replace(row, problems=(no_key, *row.problems)) if row.pk in stuck else row for row in found]


def _row(
    kiosk: Kiosk,
    status: KioskStatus,
    image: KioskImage | None,
    enrolled: bool,
    calls: tuple[int, HelpCall] | None,
    now: datetime,
) -> KioskRow:
    count, last = calls or (0, None)
    silent = kiosk.revoked_at is None and enrolled and (kiosk.seen_at is None or now - kiosk.seen_at > SILENT)
    update = _update_mark(image) if image is not None else None
    mark = _kiosk_mark(kiosk, status, enrolled, now)
    remedy = _("Check its power and network") if silent else _remedy(status)
    if update is not None and update.tone == Tone.RING and mark.tone == Tone.DONE:
        mark, remedy = Mark(Tone.RING, _("Updating")), _updating(image)
    return KioskRow(
        pk=kiosk.pk,
        name=kiosk.name,
        branch=str(kiosk.branch),
        mark=mark,
        problems=(*_silence_warnings(kiosk, status, now), *_problems(status, now)),
        parts=tuple(PartRow(_part(name), _state(state)) for name, state in sorted(status.parts.items())),
        ready=_(", ").join(_part(name) for name, state in sorted(status.parts.items()) if _is_healthy(state)),
        queue=_queue(status),
        is_waiting=bool(status.queued),
        remedy=remedy,
        version=image.running if image is not None else status.version,
        update=update,
        channels=tuple((value, words, value == image.channel) for value, words in channel_words().items())
        if image is not None
        else (),
        last_seen=formatting.date_and_time(kiosk.seen_at) or pgettext("kiosk", "never"),
        calls=count,
        called_at=formatting.date_and_time(last.called_at) if last else "",
        called_for=call_reason(last) if last else "",
        closing=status if status.closed_at else None,
        is_enrolled=enrolled,
        is_revoked=kiosk.revoked_at is not None,
        is_silent=silent,
    )


def _update_mark(image: KioskImage) -> Mark | None:
    match image.state:
        case "loading" | "installing" | "waiting":
            return Mark(Tone.RING, _("Updating to {version}").format(version=image.target))
        case "fallen_back":
            return Mark(Tone.STOP, _("Rolled back from {version}").format(version=image.target))
        case "refused":
            return Mark(Tone.STOP, _("Refused: {why}").format(why=update_refusal(image.why)))
        case _ if not image.confirmed:
            return Mark(Tone.RING, _("Proves that {version} works").format(version=image.running))
        case _ if image.running == image.target:
            return Mark(Tone.DONE, _("Updated"))
        case _:
            return None


def _updating(image: KioskImage | None) -> str:
    match image.state if image else "":
        case "loading":
            return _("Downloading, {progress}%").format(progress=image.progress if image else 0)
        case "installing":
            return _("Installing; patrons can borrow meanwhile")
        case "waiting":
            return _("Restarts after this visit")
        case _:
            return _("Back in about 2 minutes")


def _remedy(status: KioskStatus) -> str:
    """Return what to do about the first faulty part, or the first with a remark, that has a remedy."""
    states = sorted(status.parts.items(), key=lambda each: (each[1].get("condition") != "faulty", each[0]))
    cable, paper = _("Check its cable and plug"), _("Put in a new roll")
    card = _("Replace its SD card or SSD")
    remedies = {
        "missing": cable, "unplugged": cable, "no_answer": cable, "out_of_paper": paper, "near_end": paper,
        "cover_open": _("Close the cover"), "driver_missing": _("Install its driver: see the kiosk's log"),
        "damaged": card, "unwritable": card, "full": _("Free space on its disk"), "hot": _("Clear its vents"),
        "weak_supply": _("Use a stronger power supply"), "guessed": _("Ask who used it: see the access log"),
        "rows_lost": _("Settle the cases of the exception desk"), "away": _("Check its network"),
        "waits_too_long": _("Check its network"), "lending_stopped": _("Check its network"),
    }  # fmt: skip
    return next((remedies[state["reason"]] for _name, state in states if state.get("reason") in remedies), "")


def _kiosk_mark(kiosk: Kiosk, status: KioskStatus, enrolled: bool, now: datetime) -> Mark:
    """Return the most important mark."""
    if kiosk.revoked_at is not None:
        return Mark(Tone.STOP, _("Revoked"))
    if not enrolled:
        return Mark(Tone.CLOCK, _("Not enrolled yet"))
    if kiosk.seen_at is None or now - kiosk.seen_at > SILENT:
        return Mark(
            Tone.STOP,
            _("No contact since {when}").format(
                when=formatting.date_and_time(kiosk.seen_at) or pgettext("kiosk", "never")
            ),
        )
    if status.closed_at is not None and status.in_service:
        return Mark(Tone.CLOCK, _("Closing after this visit"))
    if status.closed_at is not None:
        return Mark(Tone.LOOK, _("Out of service"))
    if status.told_at is not None and not status.in_service:
        return Mark(Tone.STOP, _("Out of order"))
    if any(state.get("condition") == "faulty" for state in status.parts.values()):
        return Mark(Tone.LOOK, _("Working, with faults"))
    return Mark(Tone.DONE, _("Working"))


def _silence_warnings(kiosk: Kiosk, status: KioskStatus, now: datetime) -> Iterable[Mark]:
    """Warn about the queue of a silent kiosk: it is older than last reported by the time of the silence."""
    if status.told_at is None or kiosk.seen_at is None or kiosk.revoked_at is not None or now - kiosk.seen_at <= SILENT:
        return
    age = now - status.told_at + timedelta(seconds=(status.oldest or 0) if status.queued else 0)
    span = _span(int(age.total_seconds()))
    if age >= RED:
        words = _("Loans may have waited {span} to upload: loans stop after 1 week")
        yield Mark(Tone.STOP, words.format(span=span))
    elif age >= AMBER:
        yield Mark(Tone.LOOK, _("Loans may have waited {span} to upload").format(span=span))


def _problems(status: KioskStatus, now: datetime) -> Iterable[Mark]:
    for name, state in sorted(status.parts.items()):
        if state.get("condition") == "faulty":
            yield Mark(Tone.STOP, _("{part}: {state}").format(part=_part(name), state=_reason(state.get("reason", ""))))
        elif state.get("condition") == "ready" and state.get("reason"):
            yield Mark(Tone.LOOK, _("{part}: {state}").format(part=_part(name), state=_reason(state["reason"])))
    if status.told_at is not None and abs(status.clock_off) > CLOCK.total_seconds():
        yield Mark(Tone.LOOK, _("Clock wrong"))
    elif status.told_at is not None and status.trust != "synced":
        yield Mark(Tone.LOOK, _("Clock not synchronised"))
    if status.set_aside:
        words = ngettext("{count} transaction set aside", "{count} transactions set aside", status.set_aside)
        yield Mark(Tone.LOOK, words.format(count=f"{status.set_aside:,}"))


def _state(state: dict[str, Any]) -> Mark | None:
    match state.get("condition"):
        case "ready" if state.get("reason"):
            return Mark(Tone.LOOK, _reason(state["reason"]))
        case "ready":
            return Mark(Tone.DONE, pgettext("part", "Ready"))
        case "faulty":
            return Mark(Tone.STOP, _reason(state.get("reason", "")))
        case _:
            return None


def _is_healthy(state: dict[str, Any]) -> bool:
    return state.get("condition") == "ready" and not state.get("reason")


def _queue(status: KioskStatus) -> str:
    if status.told_at is None:
        return "–"
    if not status.queued:
        return _("Nothing to upload")
    waits = ngettext("{count} waiting", "{count} waiting", status.queued).format(count=f"{status.queued:,}")
    if status.oldest is None:
        return waits
    return _("{waits}, the oldest for {span}").format(waits=waits, span=_span(status.oldest))


def _span(seconds: int) -> str:
    if seconds < 3600:
        minutes = max(1, seconds // 60)
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    if seconds < 2 * 86400:
        return ngettext("{count} hour", "{count} hours", seconds // 3600).format(count=seconds // 3600)
    return ngettext("{count} day", "{count} days", seconds // 86400).format(count=seconds // 86400)


def _part(name: str) -> str:
    """Return a part's name; a part that only a newer kiosk has is shown by its code."""
    return {
        "card_reader": _("Card reader"),
        "barcode_scanner": _("Camera"),
        "receipt_printer": _("Receipt printer"),
        "lights": _("Lights"),
        "keys": _("Keys"),
        "bin": _("Return bin"),
        "security_gate": _("Security gate"),
        "item_pad": _("Item pad"),
        "central": _("Connection to the hub"),
        "journal": _("Journal"),
        "backlog": _("To upload"),
        "damaged_journal": _("Damaged journal"),
        "snapshot": _("Offline data"),
        "pins": _("PINs"),
        "disk": _("Disk"),
        "clock": _("Clock"),
        "temperature": _("Temperature"),
        "supply": _("Power supply"),
    }.get(name, name.replace("_", " "))


def _reason(code: str) -> str:
    """Return a state's reason; a code without a text is shown as it is, for the technician to look up."""
    return {
        "": _("not working"),
        "away": _("not reachable"),
        "cover_open": _("cover open"),
        "damaged": _("damaged"),
        "driver_error": _("driver error"),
        "driver_missing": _("driver not installed"),
        "full": _("disk full"),
        "guessed": _("10 wrong PINs: possible guessing"),
        "hot": _("too hot"),
        "lending_stopped": _("loans stopped"),
        "missing": _("missing"),
        "rescued": _("recovered and running; nothing known to be missing"),
        "rows_lost": _("recovered and running; rows are missing: see the exception desk"),
        "near_end": _("paper nearly out"),
        "no_answer": _("no response"),
        "out_of_paper": _("out of paper"),
        "out_of_step": _("not synchronised"),
        "stale": _("out of date"),
        "starting": _("starting"),
        "unplugged": _("unplugged"),
        "unwritable": _("not writable"),
        "waits_long": _("waiting long"),
        "waits_too_long": _("waiting too long"),
        "weak_supply": _("too low"),
        "updating": _("waits for the new version to be confirmed"),
        "wrong_time": _("wrong: hub time is used"),
    }.get(code, code.replace("_", " "))


def uptime(status: KioskStatus) -> str:
    """Return how long the kiosk's program has been running."""
    return _span(status.uptime) if status.told_at is not None else "–"


def call_reason(call: HelpCall) -> str:
    """Return the reason of a call.

    Empty if the patron pressed Help without a refusal, or if the reason code is known only to a newer hub.
    """
    if call.why == "out_of_order":
        return _("Out of order")
    if call.why not in list(Reason):
        return ""
    what = _call_reason_without_facts(Reason(call.why))
    return _("Refused 3 times, last: {what}").format(what=what) if call.unasked else what


def _call_reason_without_facts(reason: Reason) -> str:
    """Return the reason without an amount, number or date, which a call does not carry."""
    bare = {
        Reason.CARD_EXPIRED: _("Card expired"),
        Reason.FEES: _("Owes too much"),
        Reason.LIMIT: _("Loan limit reached"),
        Reason.TYPE_LIMIT: _("Item type limit reached"),
        Reason.NO_RENEWALS_LEFT: _("No renewals left"),
        Reason.TOO_EARLY: _("Too early to renew"),
        Reason.OFFLINE_WINDOW: _("Kiosk stopped offline loans"),
        Reason.CARDS_PAUSED: _("Too many unknown cards"),
        Reason.PIN_LOCKED: _("Too many wrong PINs"),
    }
    return bare.get(reason) or refusal(Block(reason)).summary
