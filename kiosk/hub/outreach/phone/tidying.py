"""Takes away at night what is over on patrons' phones: visits, used links, codes asked for, knocks."""

from datetime import datetime

from kiosk.hub.outreach.phone.knocks import SPAN
from kiosk.hub.outreach.phone.models import Asked, Knock, Used, Visit


def tidy(now: datetime) -> None:
    Visit.objects.filter(until__lte=now).delete()
    Used.objects.filter(until__lte=now).delete()
    Asked.objects.filter(until__lte=now).delete()
    Knock.objects.filter(at__lte=now - SPAN).delete()
