"""Takes away at night what is over on patrons' phones: visits, used links, codes asked for, knocks."""

from datetime import datetime

from hub.outreach.patron_portal.models import PortalSession, RateLimitedAttempt, SignInRequest, UsedLink
from hub.outreach.patron_portal.rate_limit import SPAN


def tidy(now: datetime) -> None:
    PortalSession.objects.filter(until__lte=now).delete()
    UsedLink.objects.filter(until__lte=now).delete()
    SignInRequest.objects.filter(until__lte=now).delete()
    RateLimitedAttempt.objects.filter(at__lte=now - SPAN).delete()
