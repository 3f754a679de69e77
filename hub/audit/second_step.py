"""Check the second step of signing in: a code from a phone (TOTP), or a recovery code.

Staff set it up and remove it for their own account.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import django_otp
from django.contrib.auth.models import User
from django.db.models import IntegerField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from hub.audit.models import RecoveryCode, SecuritySettings, TotpDevice
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Library
from hub.core.pages.formatting import qr
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.prepared_queries import Param, prepared_query
from hub.core.retrying_transaction import atomic

CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
WAYS_IN = frozenset({
    "staff:sign_in", "staff:sign_out", "set_language", "admin:logout", "admin:login", "audit:second_step_code",
})  # fmt: skip
"""URLs that are open between the two steps."""
SETTING_UP = frozenset({"audit:second_step", "audit:second_step_begin"})
"""URLs that are open to users who need a second step and have none yet."""


def require_second_step(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: keep users between the two steps out of the staff pages, the admin and the API."""

    def check_second_step(request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if not user.is_authenticated or not user.is_staff or user.is_verified():
            return answer(request)
        has_device = device(user) is not None
        if not has_device and not is_needed():
            return answer(request)
        view = _view(request.path_info)
        if view in WAYS_IN or (not has_device and view in SETTING_UP):
            return answer(request)
        if has_device:
            return redirect(f"{reverse('audit:second_step_code')}?{urlencode({'next': request.get_full_path()})}")
        return redirect("audit:second_step")

    return check_second_step


def is_needed() -> bool:
    """Return whether staff need a second step; without a library there is nothing to protect yet."""
    return SecuritySettings.now().second_step and Library.objects.exists()


def _view(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def device(user: User) -> TotpDevice | None:
    """Return the user's confirmed phone, if any."""
    found: list[TotpDevice] = _confirmed_devices(user.pk)
    return found[0] if found else None


@prepared_query
def _confirmed_devices() -> QuerySet:
    return TotpDevice.objects.filter(user_id=Param(0, IntegerField()), confirmed=True).order_by("pk")[:1]


def being_set_up(user: User) -> TotpDevice:
    """Return the device whose key is shown until one of its codes has been entered."""
    return TotpDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "telephone"})[0]


def right(user: User, code: str) -> TotpDevice | None:
    """Return the user's device if the code is its own or an unused recovery code.

    Wrong codes increase the delay before the next.
    """
    own_device, typed = device(user), "".join(code.split()).lower()
    if own_device is None:
        return None
    if own_device.verify_is_allowed()[0] and _recovers(user, typed):
        own_device.throttle_reset()
        return own_device
    return own_device if own_device.verify_token(typed) else None


def rests(user: User) -> bool:
    """Return whether codes are refused for now because of wrong ones."""
    own_device = device(user)
    return own_device is not None and not own_device.verify_is_allowed()[0]


def _recovers(user: User, typed: str) -> bool:
    count, _by_table = RecoveryCode.objects.filter(user=user, hash=_hash_recovery_code(user, typed)).delete()
    return bool(count)


@atomic
def confirm(user: User, code: str) -> list[str] | None:
    """Confirm the phone with its first code.

    Returns:
        The recovery codes, which are shown only once; None if the code is wrong.
    """
    new_device = being_set_up(user)
    if not new_device.verify_token("".join(code.split())):
        return None
    TotpDevice.objects.filter(user=user, confirmed=True).delete()
    new_device.confirmed = True
    new_device.save()
    codes = ["".join(secrets.choice(LETTERS) for _each in range(10)) for _each in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hash=_hash_recovery_code(user, each)) for each in codes)
    return [f"{each[:5]} {each[5:]}" for each in codes]


@atomic
def take_away(user: User) -> None:
    """Remove the user's phone and recovery codes."""
    TotpDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def complete_second_step(request: HttpRequest, found: TotpDevice) -> None:
    """Mark the session as past the second step."""
    django_otp.login(request, found)


def _hash_recovery_code(user: User, code: str) -> str:
    return salted_hmac(f"recovery {user.pk}", code, algorithm="sha256").hexdigest()


@staff_page
def second_step(request: HttpRequest) -> HttpResponse:
    """Show the key to scan, or that a second factor is already set up."""
    return _render_page(request)


def _render_page(request: HttpRequest, codes: list[str] | None = None) -> HttpResponse:
    on = device(request.user) is not None
    context: dict[str, object] = {
        "on": on,
        "codes": codes or [],
        "left": RecoveryCode.objects.filter(user=request.user).count(),
    }
    if not on:
        own = being_set_up(request.user)
        context |= {"qr": qr(_address(request, own)), "key": _key(own), "forced": is_needed()}
    return page(request, "policy", "audit/second_step.html", context)


def _key(device: TotpDevice) -> str:
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[each : each + 4] for each in range(0, len(text), 4))


def _address(request: HttpRequest, device: TotpDevice) -> str:
    library, name = the_library().name, request.user.get_username()
    query = urlencode({"secret": _key(device).replace(" ", ""), "issuer": library, "digits": 6, "period": 30})
    return f"otpauth://totp/{quote(library)}:{quote(name)}?{query}"


@staff_action
def begin(request: HttpRequest) -> HttpResponse:
    """Set up the second factor with the first code; show the recovery codes this one time."""
    codes = confirm(request.user, request.POST.get("code", ""))
    if codes is None:
        return report_error(request, _("The code is wrong. Wait for the next one."), reverse("audit:second_step"))
    own = device(request.user)
    assert own is not None, "it was set up a moment ago"
    complete_second_step(request, own)
    return _render_page(request, codes)


@staff_action
def end(request: HttpRequest) -> HttpResponse:
    """Remove the second factor if the code is valid."""
    home = reverse("audit:second_step")
    if right(request.user, request.POST.get("code", "")) is None:
        return report_error(request, _("The code is wrong. Wait for the next one."), home)
    take_away(request.user)
    return report_success(request, _("Turned off"), home)


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password. Each wrong code lengthens the wait before the next attempt."""
    if not request.user.is_authenticated or not request.user.is_staff:
        return redirect("staff:sign_in")
    then, fault = request.POST.get("next") or request.GET.get("next", ""), ""
    if request.method == "POST":
        waits = rests(request.user)
        found = right(request.user, request.POST.get("code", ""))
        if found is not None:
            complete_second_step(request, found)
            safe = url_has_allowed_host_and_scheme(then, allowed_hosts={request.get_host()})
            return redirect(then if safe else reverse("staff:today"))
        fault = _("Too many wrong codes. Wait a minute, then try again.") if waits else _("The code is wrong.")
    context = {"next": then, "fault": fault}
    return render(request, "audit/code.html", context, status=400 if fault else 200)
