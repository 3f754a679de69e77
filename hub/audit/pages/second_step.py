"""Ask for the second factor after the password; let staff set it up and remove it for their own account."""

from __future__ import annotations

from base64 import b32encode
from urllib.parse import quote, urlencode

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from hub.audit import second_step as step
from hub.audit.models import RecoveryCode, TotpDevice
from hub.circulation.domain_mapping import the_library
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page


@staff_page
def second_step(request: HttpRequest) -> HttpResponse:
    """Show the key to scan, or that a second factor is already set up."""
    return _render_page(request)


def _render_page(request: HttpRequest, codes: list[str] | None = None) -> HttpResponse:
    on = step.device(request.user) is not None
    context: dict[str, object] = {
        "on": on,
        "codes": codes or [],
        "left": RecoveryCode.objects.filter(user=request.user).count(),
    }
    if not on:
        device = step.being_set_up(request.user)
        context |= {"qr": _picture(_address(request, device)), "key": _key(device), "forced": step.is_needed()}
    return page(request, "policy", "audit/second_step.html", context)


def _key(device: TotpDevice) -> str:
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[each : each + 4] for each in range(0, len(text), 4))


def _address(request: HttpRequest, device: TotpDevice) -> str:
    library, name = the_library().name, request.user.get_username()
    query = urlencode({"secret": _key(device).replace(" ", ""), "issuer": library, "digits": 6, "period": 30})
    return f"otpauth://totp/{quote(library)}:{quote(name)}?{query}"


def _picture(text: str) -> str:
    return segno.make(text, error="m").svg_inline(scale=4, border=4, omitsize=True)


@staff_action
def begin(request: HttpRequest) -> HttpResponse:
    """Set up the second factor with the first code; show the recovery codes this one time."""
    codes = step.confirm(request.user, request.POST.get("code", ""))
    if codes is None:
        return report_error(request, _("The code is wrong. Wait for the next one."), reverse("audit:second_step"))
    device = step.device(request.user)
    assert device is not None, "it was set up a moment ago"
    step.complete_second_step(request, device)
    return _render_page(request, codes)


@staff_action
def end(request: HttpRequest) -> HttpResponse:
    """Remove the second factor if the code is valid."""
    home = reverse("audit:second_step")
    if step.right(request.user, request.POST.get("code", "")) is None:
        return report_error(request, _("The code is wrong. Wait for the next one."), home)
    step.take_away(request.user)
    return report_success(request, _("Turned off"), home)


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password. Each wrong code lengthens the wait before the next attempt."""
    if not request.user.is_authenticated or not request.user.is_staff:
        return redirect("staff:sign_in")
    then, fault = request.POST.get("next") or request.GET.get("next", ""), ""
    if request.method == "POST":
        waits = step.rests(request.user)
        found = step.right(request.user, request.POST.get("code", ""))
        if found is not None:
            step.complete_second_step(request, found)
            safe = url_has_allowed_host_and_scheme(then, allowed_hosts={request.get_host()})
            return redirect(then if safe else reverse("staff:today"))
        fault = _("Too many wrong codes. Wait a minute, then try again.") if waits else _("The code is wrong.")
    context = {"next": then, "fault": fault}
    return render(request, "audit/code.html", context, status=400 if fault else 200)
