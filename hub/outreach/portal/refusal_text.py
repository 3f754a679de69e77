"""Word refusals, renewals, holds and due dates for patrons."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.library_system.central import CurrentHold, CurrentLoan, the_patron_pages
from hub.outreach.patrons.purposes import Purpose


def refusal(code: str) -> str:
    """Return why a loan was not renewed, and what to do."""
    return {
        "no_renewals_left": _("It has reached the renewal limit. Please return it by its due date."),
        "too_early": _("Too early to renew: you would not get more time."),
        "someone_waits": _(
            "Another patron has a hold on it, so it cannot be renewed. Please return it by its due date."
        ),
        "not_on_loan": _("You no longer have this item on loan."),
        "not_yours": _("You no longer have this item on loan."),
        "fees": _("Please pay your fees first, at the desk. You can ask us what they are for."),
        "card_expired": _("Your membership has expired. Renew it at the desk, then renew the loan."),
        "card_blocked": _("Your card is blocked. Please ask at the desk."),
        "card_provisional": _(
            "Your card is provisional until we check your ID. Please bring your ID card to the desk."
        ),
        "card_lost": _("Your card is reported lost. Please get a new one at the desk."),
        "item_lost": _("This item is recorded as lost. Please ask at the desk."),
        "no_rule": _("This type of item cannot be renewed. Please return it by its due date."),
    }.get(code, _("The library system did not accept this. Please ask at the desk."))


def not_renewed(code: str, loan: CurrentLoan) -> str:
    """Return why a loan was not renewed, and from when it can be."""
    if code == "too_early" and loan.renewable_from:
        return _("It can be renewed from {day}.").format(day=formatting.day(loan.renewable_from))
    return refusal(code)


def no_renewal(loan: CurrentLoan) -> str:
    """Return in a few words why a loan cannot be renewed."""
    return {
        "someone_waits": _("Someone is waiting, no renewals"),
        "no_renewals_left": _("No renewals left"),
        "fees": _("Pay your fees to renew"),
        "card_expired": _("Renew your membership first"),
        "no_rule": _("Cannot be renewed"),
    }.get(loan.no_renewal, _("Ask at the desk to renew"))


def due_text(loan: CurrentLoan) -> str:
    """Return the due date in a word or two, such as `Due today` or `Fri 27 Nov`; empty if it is unknown."""
    if not loan.dated:
        return ""
    if is_late(loan.due):
        return _("Overdue")
    return formatting.due(loan.due) if days_left(loan.due) else _("Due today")


def renewals(loan: CurrentLoan) -> str:
    """Return how often a loan may still be renewed, and from when; empty if the system does not report it."""
    if loan.renewals_left is None:
        return ""
    left = ngettext("{count} renewal left", "{count} renewals left", loan.renewals_left)
    text = left.format(count=loan.renewals_left)
    if loan.renewals_left and loan.renewable_from:
        return _("{left}, from {day}").format(left=text, day=formatting.day(loan.renewable_from))
    return text


def hold(found: CurrentHold) -> str:
    """Return the progress of a hold, and the copy if only one can fill it."""
    if found.copy:
        return _("{progress} (only copy {copy})").format(progress=_progress(found), copy=found.copy)
    return _progress(found)


def _progress(found: CurrentHold) -> str:
    if found.ready and found.until and found.shelf:
        return _("Ready at {branch}, hold shelf {shelf}, until {day}").format(
            branch=found.pickup, shelf=found.shelf, day=formatting.day(found.until)
        )
    if found.ready and found.until:
        return _("Ready at {branch} until {day}").format(branch=found.pickup, day=formatting.day(found.until))
    if found.ready:
        return _("Ready at {branch}").format(branch=found.pickup)
    if found.suspended_until:
        return _("Suspended until {day}. You keep your place.").format(day=formatting.day(found.suspended_until))
    if found.place is None:
        return _("In the queue")
    return _("Number {place} in the queue, for {branch}").format(place=found.place, branch=found.pickup)


def purpose(asked: Purpose) -> str:
    """Return the purpose in words addressed to the patron."""
    return _("reminders that fit your habits") if asked is Purpose.REMINDERS else str(asked.label)


def days_left_text(moment: datetime) -> str:
    """Return how many days are left, or how many days it is overdue."""
    days = days_left(moment)
    if days < 0:
        return _("{count} days overdue").format(count=-days) if days < -1 else _("1 day overdue")
    if days == 0:
        return _("due today")
    return _("{count} days left").format(count=days) if days > 1 else _("1 day left")


def days_left(moment: datetime) -> int:
    """Return the days until the due date; negative if it is overdue."""
    return (timezone.localtime(moment).date() - timezone.localtime(hub_clock().now()).date()).days


def is_late(moment: datetime) -> bool:
    return days_left(moment) < 0


def amount(owed: Decimal) -> str:
    """Format an amount in the library's currency; without a currency if the system does not name it."""
    system = the_patron_pages()
    return formatting.money(owed, system.currency()) if system else f"{owed:.2f}"
