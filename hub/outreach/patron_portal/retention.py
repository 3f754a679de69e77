"""Nightly job: delete expired portal sessions, used links, sign-in requests and attempts."""

from datetime import datetime

from hub.outreach.patron_portal.models import PortalSession, RateLimitedAttempt, SignInRequest, UsedLink
from hub.outreach.patron_portal.rate_limit import SPAN


def tidy(now: datetime) -> None:
    """Delete everything that expired before `now`."""
    PortalSession.objects.filter(until__lte=now).delete()
    UsedLink.objects.filter(until__lte=now).delete()
    SignInRequest.objects.filter(until__lte=now).delete()
    RateLimitedAttempt.objects.filter(at__lte=now - SPAN).delete()
