"""Nightly job: delete expired portal sessions, used links, sign-in requests and attempts."""

from datetime import datetime

from hub.core.throttle import forget_old
from hub.outreach.portal.models import PortalSession, SignInRequest, UsedLink


def tidy(now: datetime) -> None:
    """Delete everything that expired before `now`."""
    PortalSession.objects.filter(until__lte=now).delete()
    UsedLink.objects.filter(until__lte=now).delete()
    SignInRequest.objects.filter(until__lte=now).delete()
    forget_old(now)
