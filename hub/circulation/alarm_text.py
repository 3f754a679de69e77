"""Describe, for staff, the alarms about a kiosk whose key is used in an unusual way."""

from django.utils.translation import gettext as _

from hub.circulation.models import ExceptionCase


def words(case: ExceptionCase) -> str:
    """Return a description of the alarm that fits into a row of the exception list."""
    return {
        "pin_limit": _("Many wrong PINs"),
        "code_limit": _("Many codes sent"),
        "unproved_limit": _("Changes without a PIN"),
        "erase_limit": _("Many erasures"),
        "cards_limit": _("Many cards looked up"),
        "return_mode": _("Final returns without permission"),
    }.get(case.reason, _("Alarm"))


def what_to_do(case: ExceptionCase) -> str:
    """Return what staff can do about the alarm."""
    if case.reason == "return_mode":
        return _(
            "The kiosk reports returns as final without permission. They count as returned, not "
            "checked. If it should, allow it in the admin under Kiosks. If not, check who has its "
            "key."
        )
    return _(
        "Check that the kiosk is in its place and who uses it. If its memory card or key may have "
        "been stolen, revoke the kiosk on the Kiosks page. Requests beyond the limit were not "
        "carried out."
    )
