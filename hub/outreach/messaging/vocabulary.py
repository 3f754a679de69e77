"""Translate the codes among the facts, and format dates and times, in the current language."""

from datetime import date, datetime

from django.utils import dateformat
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.outreach.patrons.channels import Channel


def word(code: str) -> str:
    """Return the text for a code; an unknown code stays as it is."""
    known = {
        "checkout": pgettext("act", "loan"),
        "renew": pgettext("act", "renewal"),
        "checkin": pgettext("act", "return"),
        "booked": _("You have a place"),
        "waiting": _("You are on the waiting list"),
        "moved": _("Time or place changed"),
        "cancelled": _("Cancelled"),
        "tomorrow": _("Tomorrow"),
        "replaced": pgettext("contact", "replaced"),
        "removed": pgettext("contact", "removed"),
        "ordered": pgettext("suggestion", "ordered"),
        "arrived": pgettext("suggestion", "has arrived"),
        "declined": pgettext("suggestion", "not purchased"),
        **{str(each): str(each.label) for each in Channel},
    }
    return known.get(code, code)


def day(text: str) -> str:
    """Format a date, or the date of a time, with its weekday."""
    found = localtime(datetime.fromisoformat(text)).date() if "T" in text else date.fromisoformat(text)
    return dateformat.format(found, pgettext("form of a day", "l j F"))


def moment(text: str) -> str:
    """Format a time in the library's time zone."""
    return dateformat.format(localtime(datetime.fromisoformat(text)), pgettext("form of a moment", "l j F, H:i"))
