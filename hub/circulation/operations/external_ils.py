"""What holds where a library's own system keeps the loans, and has done what a kiosk tells: judges nothing again."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import Whereabouts, patron_facts, the_library
from hub.circulation.models import Library, Loan, Patron
from hub.circulation.operations.context import Actor, OperationResult, tell
from lending.model import Block, ItemStatus

SAME = timedelta(days=1)
"""A system may tell of a loan no more than its day."""


def followed() -> bool:
    """Whether a library's own system keeps the loans, and this hub follows it by its sheets."""
    return bool(Library.objects.exclude(followed_since=None).exists())


def due(by: Actor, told: datetime | None) -> datetime | None:
    """The day that the system has given; None where this hub keeps the loans."""
    return told if by.elsewhere else None


def against(by: Actor, verdict: object) -> Block | None:
    """What staff have to see: a system that judges by rules of its own has broken none of this hub's."""
    return verdict if isinstance(verdict, Block) and not by.elsewhere else None


def has(patron: Patron, there: Whereabouts) -> bool:
    """Whether the item is on loan to her."""
    what = there.facts
    return what.status is ItemStatus.ON_LOAN and what.holder == patron_facts(patron).ref


def brought(by: Actor, patron: Patron, there: Whereabouts) -> Loan | None:
    """Her loan which a sheet of the system has brought before the kiosk's row of it: it is the same one.

    So is one that was handed in or ended since.
    """
    if not by.elsewhere:
        return None
    hers = same(patron, there.item, by.now).filter(transaction=None).select_related("patron", "item__type")
    ended = Q(state=Loan.State.RETURNED, closed_at__gt=by.now)
    found: Loan | None = hers.filter(Q(state__in=Loan.OPEN) | ended).order_by("-checked_out_at").first()
    return found


def same(patron: Patron, item: Item, out: datetime) -> QuerySet:
    """Her loans of the item that began about then."""
    return Loan.objects.filter(patron=patron, item=item, checked_out_at__gt=out - SAME, checked_out_at__lt=out + SAME)


def known_now(by: Actor, loan: Loan) -> OperationResult:
    """The kiosk's row of a loan that a sheet of the system has brought before it; told as lent, but not twice."""
    loan.transaction = by.transaction
    loan.save(update_fields=("transaction",))
    if loan.state == Loan.State.ON_LOAN and not counts(loan.checked_out_at, the_library()):
        tell("checkout", by, loan)
    return OperationResult(due=loan.due, loan=loan)


def renewed(by: Actor, patron: Patron, there: Whereabouts, told: datetime) -> Loan | None:
    """Her loan which is due on the day told already, for a sheet has brought the renewal; or has been ended since."""
    if there.loan is not None and has(patron, there) and not there.loan.reckoned:
        library = the_library()
        return there.loan if _day(there.loan.due, library) == _day(told, library) else None
    running = {"checked_out_at__lte": by.now, "closed_at__gt": by.now}
    hers = Loan.objects.filter(patron=patron, item=there.item, state=Loan.State.RETURNED, **running)
    found: Loan | None = hers.select_related("patron", "item").first()
    return found


def counts(out: datetime, library: Library) -> bool:
    """Whether a loan that began then is told as lent when a sheet brings it, and not as one of the time before."""
    return library.followed_since is not None and _day(out, library) >= _day(library.followed_since, library)


def _day(moment: datetime, library: Library) -> date:
    return moment.astimezone(ZoneInfo(library.timezone)).date()
