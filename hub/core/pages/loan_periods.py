"""Format loan periods, and the loan rules that they come from."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def period(days: int | None, hours: int | None) -> str:
    """Format a loan period; whole weeks as weeks."""
    if hours is not None:
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if days and days % 7 == 0:
        return ngettext("{count} week", "{count} weeks", days // 7).format(count=days // 7)
    return ngettext("{count} day", "{count} days", days or 0).format(count=days or 0)


def by_rule(days: int | None, hours: int | None, group: str, kind: str) -> str:
    """Format a loan period with its patron category and item type; an empty name stands for all of them."""
    words = _("{period}: {group} × {kind}")
    return words.format(period=period(days, hours), group=group or _("all patrons"), kind=kind or _("all items"))
