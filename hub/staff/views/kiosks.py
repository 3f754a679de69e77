"""Show the kiosks: health, calls for help, enrolment codes, and in or out of service."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.models import Branch
from hub.circulation import missing_key_text, missing_row_text
from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.core.pages import formatting, qr_code
from hub.core.pages.action_results import back, report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.fleet import devices, enrolment, health_reports
from hub.fleet.models import KioskStatus
from hub.staff import kiosks as rows
from lending.request_signature import format_code

MOST = (("zh", 26), ("en", 80))
"""Most letters of a message that the smallest screen holds in its largest type, by language."""


@staff_page
def kiosks(request: HttpRequest) -> HttpResponse:
    """List every kiosk with its health."""
    found = Kiosk.objects.select_related("branch").order_by("revoked_at", "name")
    return page(request, "kiosks", "staff/kiosks.html", {
        "rows": rows.rows(found), "branches": Branch.objects.order_by("pk"),
    })  # fmt: skip


@staff_page
def kiosk(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one kiosk with its parts and actions."""
    return _render_kiosk(request, _kiosk(pk))


def _render_kiosk(request: HttpRequest, found: Kiosk, **more: object) -> HttpResponse:
    kept = KioskStatus.objects.filter(kiosk=found).first() or KioskStatus(kiosk=found)
    (row,) = rows.rows([found])
    missing = [*missing_key_text.missing_keys(found), *missing_row_text.open_gaps(found)]
    return page(request, "kiosks", "staff/kiosk.html", {
        "row": row, "kept": kept, "uptime": rows.uptime(kept), "told": formatting.date_and_time(kept.told_at),
        "gaps": missing,
        "here": missing_row_text.all_here(found), **more,
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
        qr=qr_code.qr(format_code(fresh)),
        seconds=int(enrolment.GOOD_FOR.total_seconds()),
        until=formatting.date_and_time(until),
    )


@staff_action
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Do the action of a button: `revoke`, `close`, `reopen`, `identify` or `heard`."""
    found, now, who = _kiosk(pk), hub_clock().now(), request.user.get_username()
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
            count = health_reports.help_seen(found, who, now)
            words = ngettext("{count} call from {kiosk} handled", "{count} calls from {kiosk} handled", count)
            return report_success(request, words.format(count=f"{count:,}", kiosk=found), reverse("staff:kiosks"))
        case _:
            return back(request, home)


def _close(request: HttpRequest, found: Kiosk, home: str) -> HttpResponse:
    zh, en = (request.POST.get(name, "").strip()[:most] for name, most in MOST)
    if not zh or not en:
        return report_error(request, _("Patrons read both languages. Write the message in English and Chinese."), home)
    health_reports.close(found, zh, en, request.user.get_username(), hub_clock().now())
    return report_success(
        request, _("{kiosk} closes within a minute, after the current visit").format(kiosk=found), home
    )
