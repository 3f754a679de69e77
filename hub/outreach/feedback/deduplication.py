"""Takes in what kiosks and phones send, each transaction once, and counts the days in which staff ought to answer."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.outreach.feedback.models import Intake

LONGEST = 4000
"""Signs of what is said at once, as many as a message may have."""


class SubmissionRejected(ValueError):
    """What was sent cannot be taken in; its words say what is wrong and what would be right."""


def first_time(transaction: str) -> bool:
    """Whether this transaction has not been taken in before. Call it in the database transaction of its effect."""
    _kept, made = Intake.objects.get_or_create(pk=transaction)
    return bool(made)


def said(words: str, most: int = LONGEST) -> str:
    """The words without what surrounds them; raises NotTaken where there are none, or too many of them."""
    words = words.replace("\x00", "").strip()
    if not words:
        raise SubmissionRejected(_("There are no words yet: write at least one."))
    if len(words) > most:
        raise SubmissionRejected(
            _("These are {count} signs; {most} are the most. Shorten it.").format(count=len(words), most=most)
        )
    return words


def day_of(at: datetime) -> date:
    """The day in the library's time zone."""
    return timezone.localtime(at).date()


def open_days_later(at: datetime, days: int, branch: Branch | None) -> datetime:
    """The same time of day, so many days later on which the branch is open."""
    closed = frozenset(branch.closed_weekdays if branch else ())
    local = timezone.localtime(at)
    while days:
        local += timedelta(days=1)
        days -= local.weekday() not in closed
    return local.astimezone(at.tzinfo)
