"""Lets staff in by name and password, slowly after wrong ones, and out again after a working day; knows no page."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from kiosk.hub.clock import hub_clock
from kiosk.hub.staff.models import WrongSignIn

MOST = 5
"""Wrong sign-ins by one name, or from one address, within REST; then both rest as long."""
REST = timedelta(minutes=15)
SHIFT = timedelta(hours=12)
SINCE = "staff_since"
"""Key of the session under which the time of signing in is kept."""


class SlowForm(AuthenticationForm):
    """Name and password; while they rest a right password is not tried either. `rests` says so to the page."""

    rests = False

    def clean(self) -> dict[str, object]:
        who, now = _who(self.request, self.cleaned_data.get("username") or ""), hub_clock().now()
        if any(_resting(each, now) for each in who):
            self.rests = True
            raise ValidationError(_("Too many wrong sign-ins. Wait 15 minutes, then try again."))
        try:
            cleaned: dict[str, object] = super().clean()
        except ValidationError:
            WrongSignIn.objects.filter(at__lte=now - 2 * REST).delete()
            WrongSignIn.objects.bulk_create(WrongSignIn(who=each, at=now) for each in who)
            raise
        WrongSignIn.objects.filter(who=who[0]).delete()
        return cleaned


class SlowAdminForm(SlowForm, AdminAuthenticationForm):
    """The same at the admin's door."""


def _who(request: HttpRequest, name: str) -> tuple[str, str]:
    """Keyed hashes, for a password is typed as the name now and then."""
    keys = (f"name {name.strip().casefold()}", f"address {request.META.get('REMOTE_ADDR', '')}")
    return salted_hmac("sign-in", keys[0]).hexdigest(), salted_hmac("sign-in", keys[1]).hexdigest()


def _resting(who: str, now: datetime) -> bool:
    last = list(WrongSignIn.objects.filter(who=who).order_by("-at").values_list("at", flat=True)[:MOST])
    return len(last) == MOST and last[0] - last[-1] <= REST and now < last[0] + REST


def note_the_time(request: HttpRequest, **_told: object) -> None:
    """Called when somebody has signed in, at whichever door."""
    request.session[SINCE] = hub_clock().now().timestamp()


def shift_ends(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Signs out whoever signed in twelve hours ago, however busy she has been since."""

    def answered(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            since = request.session.get(SINCE, 0)
            if abs(hub_clock().now().timestamp() - since) >= SHIFT.total_seconds():
                logout(request)
        return answer(request)

    return answered
