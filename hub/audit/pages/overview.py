"""Show administrators the alarms, the state of the access log, its entries, and staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.audit import alarms, auditor_pack, backup_state, hash_chain, monthly_summary, role_groups
from hub.audit.models import AccessLogEntry, Act, Alarm, Drill, Reason, SecuritySettings
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page, paginate
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.library_system.central import the_central


@dataclass(frozen=True, slots=True)
class AccessLogRow:
    at: str
    staff: str
    ref: str
    known: bool
    act: str
    reason: str
    words: str
    card: bool


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the alarms first, then the state of the chain and the settings."""
    drill = Drill.objects.first()
    return page(request, "audit", "audit/overview.html", {
        "alarms": [_alarm(each) for each in Alarm.objects.filter(seen_at=None)],
        "seen": [_alarm(each) for each in Alarm.objects.exclude(seen_at=None)[:10]],
        "faults": hash_chain.recent_faults(),
        "looks": AccessLogEntry.objects.count(), "settled": SecuritySettings.now(),
        "backup": backup_state.state(hub_clock().now()),
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
    alarms.see(pk, request.user.get_username(), hub_clock().now())
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
    found = paginate(request, asked)
    known = the_central().standing(sorted({each.ref for each in found}))
    return page(request, "audit", "audit/looks.html", {
        "found": found, "rows": [_row(each, each.ref in known) for each in found],
        "staff": staff, "ref": ref, "show": show,
        "everyone": AccessLogEntry.objects.order_by("staff").values_list("staff", flat=True).distinct(),
        "tabs": (("", _("All")), ("without", _("Without card"))),
    })  # fmt: skip


def _row(look: AccessLogEntry, known: bool) -> AccessLogRow:
    return AccessLogRow(
        at=formatting.date_and_time(look.at),
        staff=look.staff,
        ref=look.ref,
        known=known,
        act=str(Act(look.act).label),
        reason=str(Reason(look.reason).label),
        words=look.words,
        card=look.card,
    )


@staff_page
def month_page(request: HttpRequest) -> HttpResponse:
    """Show the views of a month by staff; `?month=2026-11`, by default the current month."""
    this = monthly_summary.first(formatting.today())
    chosen = request.GET.get("month", "")
    try:
        begins = date.fromisoformat(f"{chosen}-01") if chosen else this
    except ValueError:
        raise Http404 from None
    later = monthly_summary.next_month(begins)
    return page(request, "audit", "audit/month.html", {
        "month": _("{year}-{month}").format(year=begins.year, month=f"{begins.month:02}"),
        "rows": monthly_summary.rows(begins), "reasons": [each.label for each in monthly_summary.REASONS],
        "before": f"{monthly_summary.previous_month(begins):%Y-%m}", "after": f"{later:%Y-%m}" if later <= this else "",
    })  # fmt: skip


@staff_page
def staff(request: HttpRequest) -> HttpResponse:
    """List staff with their role, second step and whether they have read the policy."""
    return page(
        request, "audit", "audit/staff.html", {"rows": role_groups.everyone(), "rights": role_groups.rights_table()}
    )


@staff_action
def pack(request: HttpRequest) -> HttpResponse:
    """Return the zip as a download."""
    response = HttpResponse(auditor_pack.pack(hub_clock().now()), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="hub-audit-{formatting.today():%Y%m%d}.zip"'
    return response
