"""Format loans, transactions and patrons for rows of staff lists."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.circulation.models import Loan, Patron, Transaction
from hub.core.pages.formatting import due, last4, when
from lending.name_masking import masked


def happened(row: Transaction) -> str:
    """Format when a kiosk's transaction happened, by the time that the hub calculated.

    Without that time, give the time of arrival and say that the time is uncertain.
    """
    if row.happened_at is not None:
        return when(row.happened_at)
    return _("time uncertain, received {when}").format(when=when(row.received_at))


def due_of(loan: Loan) -> str:
    """Format a loan's due date, or say that it is not known if it was only estimated."""
    return _("Due date not known") if loan.reckoned else due(loan.due)


@dataclass(frozen=True, slots=True)
class Who:
    """A patron as lists show them: masked."""

    pk: int
    name: str
    last4: str


def who(patron: Patron) -> Who:
    """Return a patron as lists show them, masked."""
    return Who(patron.pk, masked(patron.name), last4(patron.identifier))
