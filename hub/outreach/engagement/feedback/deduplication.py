"""Accept each transaction from a kiosk or phone only once, and calculate due dates in open days."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.outreach.engagement.feedback.models import Intake

LONGEST = 4000
"""Maximum length of a text, in characters; the same as for a message."""


class SubmissionRejected(ValueError):
    """A submission was refused; the exception's text says what is wrong and what would be right."""


def first_time(transaction: str) -> bool:
    """Return whether this transaction is new. Call it in the database transaction of its effect."""
    _kept, made = Intake.objects.get_or_create(pk=transaction)
    return bool(made)


def clean_text(words: str, most: int = LONGEST) -> str:
    """Return the text without surrounding blanks.

    Raises:
        SubmissionRejected: If it is empty or longer than `most` characters.
    """
    words = words.replace("\x00", "").strip()
    if not words:
        raise SubmissionRejected(_("The text is empty. Enter at least one character."))
    if len(words) > most:
        raise SubmissionRejected(
            _("The text has {count} characters. Shorten it to {most}.").format(count=len(words), most=most)
        )
    return words


def day_of(at: datetime) -> date:
    """Return the date in the library's time zone."""
    return timezone.localtime(at).date()


def open_days_later(at: datetime, days: int, branch: Branch | None) -> datetime:
    """Return the same time of day on the n-th following day on which the branch is open."""
    closed = frozenset(branch.closed_weekdays if branch else ())
    local = timezone.localtime(at)
    while days:
        local += timedelta(days=1)
        days -= local.weekday() not in closed
    return local.astimezone(at.tzinfo)
