"""Describe why a kiosk called staff, without naming the patron."""

from django.utils.translation import gettext as _

from hub.fleet.models import HelpCall
from hub.staff.refusals import refusal
from lending.model import Block, Reason


def why(call: HelpCall) -> str:
    """Return the reason of a call.

    Empty if the patron pressed Help without a refusal, or if the reason code is known only to a newer hub.
    """
    if call.why == "out_of_order":
        return _("Out of order")
    if call.why not in list(Reason):
        return ""
    what = _what(Reason(call.why))
    return _("Refused three times, last: {what}").format(what=what) if call.unasked else what


def _what(reason: Reason) -> str:
    """Return the reason without an amount, number or date, which a call does not carry."""
    bare = {
        Reason.CARD_EXPIRED: _("Card expired"),
        Reason.FEES: _("Owes too much"),
        Reason.LIMIT: _("Has all her loans"),
        Reason.TYPE_LIMIT: _("Has all of this type"),
        Reason.NO_RENEWALS_LEFT: _("No renewals left"),
        Reason.TOO_EARLY: _("Too early to renew"),
        Reason.OFFLINE_WINDOW: _("The kiosk lends no more without the hub"),
        Reason.CARDS_PAUSED: _("Too many unknown cards"),
        Reason.PIN_LOCKED: _("Too many wrong PINs"),
    }
    return bare.get(reason) or refusal(Block(reason)).what
