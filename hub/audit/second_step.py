"""Check the second step of signing in: a code from a phone (TOTP), or a recovery code."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import django_otp
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.crypto import salted_hmac

from hub.audit.models import RecoveryCode, SecuritySettings, TotpDevice
from hub.circulation.models import Library
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
        view = _view(request.path_info)
        if view in WAYS_IN:
            return answer(request)
        if device(user) is not None:
            return redirect(f"{reverse('audit:second_step_code')}?{urlencode({'next': request.get_full_path()})}")
        if is_needed() and view not in SETTING_UP:
            return redirect("audit:second_step")
        return answer(request)

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
    return TotpDevice.objects.filter(user=user, confirmed=True).first()


def being_set_up(user: User) -> TotpDevice:
    """Return the device whose key is shown until one of its codes has been entered."""
    return TotpDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "telephone"})[0]


def right(user: User, code: str) -> TotpDevice | None:
    """Return the user's device if the code is its own or an unused recovery code.

    Wrong codes increase the delay before the next.
    """
    mine, typed = device(user), "".join(code.split()).lower()
    if mine is None:
        return None
    if mine.verify_is_allowed()[0] and _recovers(user, typed):
        mine.throttle_reset()
        return mine
    return mine if mine.verify_token(typed) else None


def rests(user: User) -> bool:
    """Return whether codes are refused for now because of wrong ones."""
    mine = device(user)
    return mine is not None and not mine.verify_is_allowed()[0]


def _recovers(user: User, typed: str) -> bool:
    gone, _by_table = RecoveryCode.objects.filter(user=user, hash=_hash_recovery_code(user, typed)).delete()
    return bool(gone)


@atomic
def confirm(user: User, code: str) -> list[str] | None:
    """Confirm the phone with its first code.

    Returns:
        The recovery codes, which are shown only once; None if the code is wrong.
    """
    mine = being_set_up(user)
    if not mine.verify_token("".join(code.split())):
        return None
    TotpDevice.objects.filter(user=user, confirmed=True).delete()
    mine.confirmed = True
    mine.save()
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
