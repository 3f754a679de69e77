"""Format loans, transactions and patrons for rows of staff lists."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.circulation.models import Loan, Patron, Transaction
from hub.core.pages.formatting import date_and_time, due, last4
from lending.name_masking import mask_name


def transaction_time_text(row: Transaction) -> str:
    """Format when a kiosk's transaction happened, by the time that the hub calculated.

    Without that time, give the time of arrival and say that the time is uncertain.
    """
    if row.happened_at is not None:
        return date_and_time(row.happened_at)
    return _("time uncertain, received {when}").format(when=date_and_time(row.received_at))


def due_of(loan: Loan) -> str:
    """Format a loan's due date, or say that it is not known if it was only estimated."""
    return _("Due date not known") if loan.reckoned else due(loan.due)


@dataclass(frozen=True, slots=True)
class ListedPatron:
    """A patron as lists show them: masked."""

    pk: int
    name: str
    last4: str


def masked_patron(patron: Patron) -> ListedPatron:
    """Return a patron as lists show them, masked."""
    return ListedPatron(patron.pk, mask_name(patron.name), last4(patron.identifier))
