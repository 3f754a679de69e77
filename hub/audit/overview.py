"""Show administrators the alarms, the state of access log and backups, and the entries by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.audit import access_log, auditor_pack
from hub.audit.models import AccessLogEntry, Alarm, Drill, Reason, SecuritySettings
from hub.core import backup_files
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page
from hub.outreach.library_system.central import the_central

REASONS = tuple(each for each in Reason if each is not Reason.CARD)
OLDEST_BACKUP = timedelta(hours=36)
"""Age of a missing backup: kiosk-hub-backup.timer makes one each night, at a random minute."""


@dataclass(frozen=True, slots=True)
class AccessLogRow:
    """An entry of the access log, its time in words, and whether the patron's record still exists."""

    entry: AccessLogEntry
    time: str
    is_known: bool


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the alarms first, then the state of the chain and the settings."""
    drill = Drill.objects.first()
    return page(request, "audit", "audit/overview.html", {
        "alarms": [_alarm(each) for each in Alarm.objects.filter(seen_at=None)],
        "seen": [_alarm(each) for each in Alarm.objects.exclude(seen_at=None)[:10]],
        "faults": access_log.recent_faults(),
        "looks": AccessLogEntry.objects.count(), "settled": SecuritySettings.now(),
        "backup": state_of_backups(hub_clock().now()),
        "drill": drill, "drilled": formatting.date_and_time(drill.at) if drill else "",
    })  # fmt: skip


def _alarm(alarm: Alarm) -> dict[str, object]:
    words = {
        Alarm.Kind.MANY: _("{count} patrons in 1 hour without card"),
        Alarm.Kind.ALL: _("{count} patrons in 1 hour, with card included"),
    }
    return {
        "pk": alarm.pk,
        "what": words.get(alarm.kind, alarm.get_kind_display()).format(count=f"{alarm.count:,}"),
        "staff": alarm.staff,
        "at": formatting.date_and_time(alarm.at),
        "seen": _("{name}, {when}").format(name=alarm.seen_by, when=formatting.date_and_time(alarm.seen_at)),
    }


@staff_action
def alarm_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark an alarm as seen; it stays in the list below."""
    get_object_or_404(Alarm, pk=pk)
    access_log.mark_alarm_seen(pk, request.user.get_username(), hub_clock().now())
    return report_success(request, _("Marked as reviewed by you"), reverse("audit:overview"))


@staff_action
def settle(request: HttpRequest) -> HttpResponse:
    """Store how many views raise an alarm, and whether staff need the second step."""
    home = reverse("audit:overview")
    limits = [request.POST.get(each, "").strip() for each in ("mass", "mass_in_all")]
    if not all(each.isdecimal() and 1 <= int(each) <= 1000 for each in limits):
        return report_error(request, _("Enter a number of patrons from 1 to 1000."), home)
    settled = SecuritySettings.now()
    settled.mass, settled.mass_in_all = (int(each) for each in limits)
    settled.second_step = "second_step" in request.POST
    settled.save()
    return report_success(request, pgettext("rules", "Saved"), home)


@staff_page
def accesses(request: HttpRequest) -> HttpResponse:
    """List access log entries, newest first: by staff, by pseudonym, or only those without a card."""
    staff, ref, show = (request.GET.get(each, "").strip() for each in ("staff", "ref", "show"))
    asked = AccessLogEntry.objects.all()
    if staff:
        asked = asked.filter(staff=staff)
    if ref:
        asked = asked.filter(ref=ref)
    if show == "without":
        asked = asked.filter(card=False)
    if wants_csv(request):
        return _accesses_csv(asked)
    found = paginate(request, asked)
    known = the_central().standing(sorted({each.ref for each in found}))
    rows = [AccessLogRow(each, formatting.date_and_time(each.at), each.ref in known) for each in found]
    return page(request, "audit", "audit/looks.html", {
        "found": found, "rows": rows,
        "staff": staff, "ref": ref, "show": show,
        "everyone": AccessLogEntry.objects.order_by("staff").values_list("staff", flat=True).distinct(),
        "tabs": (("", _("All")), ("without", _("Without card"))),
    })  # fmt: skip


def _accesses_csv(entries: QuerySet[AccessLogEntry]) -> HttpResponse:
    """Return the log as CSV; of patrons it has the pseudonym only, as the page does."""
    heading = (_("Time"), _("Staff member"), _("Page opened"), _("Access reason"), _("Pseudonym"))
    rows = (
        (
            timezone.localtime(each.at).isoformat(" ", "seconds"), each.staff, each.get_act_display(),
            " · ".join(filter(None, (str(each.get_reason_display()), each.words))), each.ref,
        )
        for each in entries.iterator()
    )  # fmt: skip
    return download("accesses", heading, rows)


@staff_page
def month_page(request: HttpRequest) -> HttpResponse:
    """Show the views of a month by staff; `?month=2026-11`, by default the current month."""
    this = first_of_month(formatting.today())
    chosen = request.GET.get("month", "")
    try:
        begins = date.fromisoformat(f"{chosen}-01") if chosen else this
    except ValueError:
        raise Http404 from None
    later = next_month(begins)
    return page(request, "audit", "audit/month.html", {
        "month": _("{year}-{month}").format(year=begins.year, month=f"{begins.month:02}"),
        "rows": month_rows(begins), "reasons": [each.label for each in REASONS],
        "before": f"{previous_month(begins):%Y-%m}", "after": f"{later:%Y-%m}" if later <= this else "",
    })  # fmt: skip


@staff_action
def pack(request: HttpRequest) -> HttpResponse:
    """Return the zip as a download."""
    response = HttpResponse(auditor_pack.pack(hub_clock().now()), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="hub-audit-{formatting.today():%Y%m%d}.zip"'
    return response


@dataclass(frozen=True, slots=True)
class MonthlyAccessRow:
    """Views by one member of staff in a month.

    `patrons` counts distinct patrons, with or without a card. `reasons` counts the views without a card, in the order
    of `REASONS`.
    """

    staff: str
    without_card: int
    with_card: int
    patrons: int
    reasons: tuple[int, ...]


def month_rows(month: date) -> list[MonthlyAccessRow]:
    """Return the rows of the month that begins on this day, most views without a card first."""
    counts = {each.value: Count("number", filter=Q(reason=each)) for each in REASONS}
    found = (
        views_in_month(month)
        .order_by()
        .values("staff")
        .annotate(
            without=Count("number", filter=Q(card=False)),
            with_card=Count("number", filter=Q(card=True)),
            patrons=Count("ref", distinct=True),
            **counts,
        )
    )
    made = [
        MonthlyAccessRow(
            each["staff"], each["without"], each["with_card"], each["patrons"], tuple(each[r.value] for r in REASONS)
        )
        for each in found
    ]
    return sorted(made, key=lambda row: (-row.without_card, row.staff))


def views_in_month(month: date) -> QuerySet[AccessLogEntry]:
    """Return the views of the month that begins on this day, in the library's time zone."""
    return AccessLogEntry.objects.filter(at__gte=_begins(month), at__lt=_begins(next_month(month)))


def first_of_month(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """Return the first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _begins(month: date) -> datetime:
    return timezone.make_aware(datetime.combine(month, time.min))


@dataclass(frozen=True, slots=True)
class BackupState:
    """State of the newest backup, as display text."""

    missing: bool
    last: str
    """Day and time of the newest backup, or "never"."""
    remedy: str
    """Command that makes the next backup; empty if none is missing."""


def state_of_backups(now: datetime) -> BackupState:
    """Return the state of this hub's backups."""
    directory = Path(settings.STATE)
    at = backup_files.read(directory)
    missing = at is None or now - at > OLDEST_BACKUP
    return BackupState(
        missing=missing,
        last=formatting.date_and_time(at) if at else pgettext("backup", "never"),
        remedy=_remedy(bool(backup_files.public_key(directory))) if missing else "",
    )


def _remedy(has_key: bool) -> str:
    if has_key:
        return _("Make a backup now. On the hub, run {command}").format(command="systemctl start kiosk-hub-backup")
    words = _("There is no backup key. On the hub, run {command}")
    return words.format(command="kiosk-hub backup-key KEY")
