"""Apply kiosk transactions that a third-party ILS has already made, without the hub's loan rules."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import Whereabouts, the_library
from hub.circulation.models import Library, Loan, Patron
from hub.circulation.operations.context import Actor, OperationResult, tell
from hub.core.prepared_queries import prepared_query
from lending.model import ItemStatus

SAME = timedelta(days=1)
"""Two dates of the same loan may differ by this much, because an ILS may export only the day."""


def followed() -> bool:
    """Return whether an ILS keeps the loans and this hub follows it through imported sheets."""
    return bool(_following_libraries())


@prepared_query
def _following_libraries() -> QuerySet:
    return Library.objects.exclude(followed_since=None).values_list("pk")[:1]


def has(patron: Patron, there: Whereabouts) -> bool:
    """Return whether the item is on loan to the patron."""
    return there.facts.status is ItemStatus.ON_LOAN and there.facts.holder == patron.ref


def imported_loan(by: Actor, patron: Patron, there: Whereabouts) -> Loan | None:
    """Return the loan that a sheet of the ILS has already imported for this checkout, or None.

    It counts even if it was returned or closed since.
    """
    imported = same(patron, there.item, by.now).filter(transaction=None).select_related("patron", "item__type")
    ended = Q(state=Loan.State.RETURNED, closed_at__gt=by.now)
    return imported.filter(Q(state__in=Loan.OPEN) | ended).order_by("-checked_out_at").first()


def same(patron: Patron, item: Item, out: datetime) -> QuerySet:
    """Return the patron's loans of the item that began about that time."""
    return Loan.objects.filter(patron=patron, item=item, checked_out_at__gt=out - SAME, checked_out_at__lt=out + SAME)


def claim_imported_loan(by: Actor, loan: Loan) -> OperationResult:
    """Attach the kiosk's transaction to a loan imported earlier; append a missing checkout event."""
    loan.transaction = by.transaction
    loan.save(update_fields=("transaction",))
    if loan.state == Loan.State.ON_LOAN and not counts(loan.checked_out_at, the_library()):
        tell("checkout", by, loan)
    return OperationResult(due=loan.due, loan=loan)


def recorded_renewal(by: Actor, patron: Patron, there: Whereabouts, reported: datetime) -> Loan | None:
    """Return the loan if the renewal is already recorded, or if the loan was closed since; else None.

    A sheet of the ILS may contain the renewal before the kiosk uploads it.
    """
    if there.loan is not None and has(patron, there) and not there.loan.reckoned:
        library = the_library()
        return there.loan if _day(there.loan.due, library) == _day(reported, library) else None
    running = {"checked_out_at__lte": by.now, "closed_at__gt": by.now}
    closed = Loan.objects.filter(patron=patron, item=there.item, state=Loan.State.RETURNED, **running)
    return closed.select_related("patron", "item").first()


def counts(out: datetime, library: Library) -> bool:
    """Return whether an imported loan began after the hub started to follow the ILS.

    Such a loan is reported to the feed as a new checkout.
    """
    return library.followed_since is not None and _day(out, library) >= _day(library.followed_since, library)


def _day(moment: datetime, library: Library) -> date:
    return moment.astimezone(ZoneInfo(library.timezone)).date()
