"""Sign staff in with delays after wrong passwords, and out after 30 idle minutes or 12 hours.

Wrong passwords delay the next attempt and never lock an account. Name and address together are delayed early and long;
a name or an address alone late and briefly, because patrons' phones share an address. The delay of a name alone does
not apply to an address that has tried no wrong password for it. A browser that has signed in with the name before is
delayed by its own wrong passwords only.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from hub.audit.models import SecuritySettings
from hub.core.clock import hub_clock
from hub.core.models import Attempt
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Delay, Throttle, network

WINDOW = timedelta(hours=1)
"""How long a wrong sign-in counts."""
SHIFT = timedelta(hours=12)
IDLE = timedelta(minutes=30)
NOTED = timedelta(minutes=1)
"""Precision of the time of the last request: each update writes the session."""
SINCE = "staff_since"
"""Session key of the time of sign-in."""
SEEN = "staff_seen"
"""Session key of the time of the last request."""
DEVICE = "staff_device"
"""Name of the cookie of a browser that has signed in; it holds keyed hashes of the names."""
KNOWN = timedelta(days=180)
MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class DoublingDelay:
    """Delay after wrong sign-ins: none for the first `free`, then 1, 2, 4 ... seconds up to `longest`."""

    free: int
    longest: timedelta

    def delay(self, wrong: int) -> timedelta:
        """Return the delay after so many wrong sign-ins."""
        if wrong < self.free:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(wrong - self.free, 12)), self.longest)


PAIR = Throttle("sign-in pair", Delay(WINDOW, DoublingDelay(3, timedelta(minutes=15)).delay))
NAME = Throttle("sign-in name", Delay(WINDOW, DoublingDelay(20, timedelta(minutes=1)).delay))
ADDRESS = Throttle("sign-in address", Delay(WINDOW, DoublingDelay(20, timedelta(seconds=10)).delay))


class SlowForm(AuthenticationForm):
    """Sign-in form. During a delay even a correct password is not tried; `delay` is the text for the page."""

    delay = ""

    def clean(self) -> dict[str, object]:
        """Check the password unless a delay is running, and count a wrong one."""
        keys, now = _keys(self.request, self.cleaned_data.get("username") or ""), hub_clock().now()
        attempts, wait = _take(keys, now)
        if wait:
            self.delay = _words(ceil(wait.total_seconds()))
            raise ValidationError(self.delay)
        cleaned: dict[str, object] = super().clean()
        for each in attempts:
            each.give_back()
        PAIR.forget(keys[PAIR])
        return cleaned


class SlowAdminForm(SlowForm, AdminAuthenticationForm):
    """The same form for the admin site."""


def _keys(request: HttpRequest, name: str) -> Mapping[Throttle, str]:
    """Return the keys under which an attempt counts.

    They are stored as hashes, because a password is sometimes typed into the name field.
    """
    name_hash, device = _name_hash(name), _device(request)
    if name_hash in device.get("names", ()):
        return {PAIR: f"device {device['id']} {name_hash}"}
    address = network(request.META.get("REMOTE_ADDR", ""))
    return {PAIR: f"{name_hash} {address}", NAME: name_hash, ADDRESS: address}


def _name_hash(name: str) -> str:
    return _hash(f"name {name.strip().casefold()}")


def _hash(text: str) -> str:
    return salted_hmac("sign-in", text).hexdigest()


def _device(request: HttpRequest) -> dict[str, Any]:
    """Return the browser's id and the names that have signed in there; empty if its cookie is not valid."""
    try:
        known: dict[str, Any] = signing.loads(request.COOKIES.get(DEVICE, ""), salt=DEVICE, max_age=KNOWN)
    except signing.BadSignature:
        return {}
    return known


@atomic
def _take(keys: Mapping[Throttle, str], now: datetime) -> tuple[list[Attempt], timedelta]:
    """Count an attempt under its keys, or return the longest delay that applies.

    A name's own delay does not apply to an address that has tried no wrong password for the name. Otherwise a stranger
    who tries once a minute from elsewhere would lock staff out of every new browser.
    """
    for throttle, key in keys.items():
        throttle.lock(key)
    is_spared = not PAIR.attempts(keys[PAIR], now).exists()
    wait = max(each.wait(key, now) for each, key in keys.items() if not (each is NAME and is_spared))
    return ([] if wait else [each.count(key, now) for each, key in keys.items()]), wait


def _words(seconds: int) -> str:
    if seconds < 60:
        words = ngettext(
            "Too many wrong sign-ins. Wait {count} second, then try again.",
            "Too many wrong sign-ins. Wait {count} seconds, then try again.",
            seconds,
        )
        return words.format(count=seconds)
    minutes = ceil(seconds / 60)
    words = ngettext(
        "Too many wrong sign-ins. Wait {count} minute, then try again.",
        "Too many wrong sign-ins. Wait {count} minutes, then try again.",
        minutes,
    )
    return words.format(count=minutes)


def remember_sign_in(request: HttpRequest, user: Any, **_extra: object) -> None:
    """Remember the browser after a sign-in on any page."""
    request.session[SINCE] = request.session[SEEN] = hub_clock().now().timestamp()
    device = _device(request)
    names = [_name_hash(user.get_username()), *device.get("names", ())]
    known = {"id": device.get("id") or token_hex(8), "names": list(dict.fromkeys(names))[:MOST_NAMES]}
    request.staff_device = signing.dumps(known, salt=DEVICE)


def signs_out(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: sign out after 12 hours or 30 idle minutes, and set the cookie of a new browser."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            _sign_out_if_over(request)
        response = answer(request)
        if device := getattr(request, "staff_device", ""):
            response.set_cookie(DEVICE, device, max_age=KNOWN, httponly=True, samesite="Lax")
        return response

    return middleware


def _sign_out_if_over(request: HttpRequest) -> None:
    now = hub_clock().now().timestamp()
    signed_in, seen = (abs(now - request.session.get(each, 0)) for each in (SINCE, SEEN))
    if signed_in >= SHIFT.total_seconds() or seen >= IDLE.total_seconds():
        logout(request)
    elif seen >= NOTED.total_seconds():
        request.session[SEEN] = now


class SignIn(LoginView):
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Add a notice if a demo library waives the second step."""
        waived = settings.DEMO and not SecuritySettings.now().second_step
        return super().get_context_data(**more, waived=waived)
