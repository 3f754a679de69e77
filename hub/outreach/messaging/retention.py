"""Expire messages that wait on site too long, empty the texts of sent ones, and delete old rows."""

from datetime import datetime, timedelta

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from hub.outreach.messaging import account_linking, on_site_messages, one_time_subscription
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.purposes import OF_LOANS

SAID = timedelta(days=3)
"""How long a mail may still bounce, which needs its text for the next channel."""
KEPT = timedelta(days=365)
SPENT = "~"
"""Prefix of a key that no longer names a loan."""


def tidy(now: datetime) -> int:
    """Expire, empty and delete; return how many rows were changed."""
    ended = on_site_messages.end(now)
    done = Message.objects.exclude(done_at=None)
    emptied = done.filter(done_at__lt=now - SAID).exclude(facts="").update(facts="")
    of_loans = done.filter(done_at__lt=now - SAID, kind__in=OF_LOANS).exclude(key__startswith=SPENT)
    parted = of_loans.update(key=Concat(Value(SPENT), Cast(F("pk"), CharField())))
    count, _each = done.filter(done_at__lt=now - KEPT).delete()
    return int(ended + emptied + parted + count) + account_linking.tidy(now) + one_time_subscription.tidy(now)
