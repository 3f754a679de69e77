"""Says for how long something is lent, and by which rule; judges nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def period(days: int | None, hours: int | None) -> str:
    """A loan period as it is spoken of: whole weeks as weeks."""
    if hours is not None:
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if days and days % 7 == 0:
        return ngettext("{count} week", "{count} weeks", days // 7).format(count=days // 7)
    return ngettext("{count} day", "{count} days", days or 0).format(count=days or 0)


def by_rule(days: int | None, hours: int | None, group: str, kind: str) -> str:
    """A loan period with whom and what it is for, by name; an empty name is everybody, or everything."""
    words = _("{period}: {group} × {kind}")
    return words.format(period=period(days, hours), group=group or _("everybody"), kind=kind or _("all items"))
