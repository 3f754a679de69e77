"""What holds where a library's own system keeps the loans, and has done what a kiosk tells: judges nothing again."""

from datetime import datetime, timedelta

from kiosk.domain.model import Block, ItemStatus
from kiosk.hub.circulation.desk.terms import By
from kiosk.hub.circulation.facts import Whereabouts, patron_facts
from kiosk.hub.circulation.models import Loan, Patron

SAME = timedelta(days=1)
"""A system may tell of a loan no more than its day."""


def due(by: By, told: datetime | None) -> datetime | None:
    """The day that the system has given; None where this hub keeps the loans."""
    return told if by.elsewhere else None


def against(by: By, verdict: object) -> Block | None:
    """What staff have to see: a system that judges by rules of its own has broken none of this hub's."""
    return verdict if isinstance(verdict, Block) and not by.elsewhere else None


def has(patron: Patron, there: Whereabouts) -> bool:
    """Whether the item is on loan to her."""
    what = there.facts
    return what.status is ItemStatus.ON_LOAN and what.holder == patron_facts(patron).ref


def brought(by: By, patron: Patron, there: Whereabouts) -> Loan | None:
    """Her loan which a sheet of the system has brought before the kiosk's row of it: it is the same one."""
    loan = there.loan
    if not by.elsewhere or loan is None or loan.transaction is not None or not has(patron, there):
        return None
    return loan if abs(loan.checked_out_at - by.now) < SAME else None
