"""Share the demo's clock and a requested refusal among all processes, through the database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from hub.core.clock import hub_clock
from hub.core.models import SharedNumber
from hub.core.prepared_queries import prepared_query
from hub.core.retrying_transaction import atomic

AHEAD, REFUSALS = "demo_clock_ahead", "demo_refusals"
"""Names of the numbers: the clock's offset in microseconds, and the transactions to refuse (0 or 1)."""


def reset() -> None:
    """Reset the clock to the system's time and clear the refusal, when a demo hub starts."""
    SharedNumber.objects.filter(name__in=(AHEAD, REFUSALS)).delete()


def refresh(**_signal: object) -> None:
    """Read both numbers. Without an offset in the database the process keeps its own."""
    found = dict(_numbers())
    if AHEAD in found:
        hub_clock().ahead = timedelta(microseconds=found[AHEAD])
    _this_request().refuses = found.get(REFUSALS, 0) > 0


@prepared_query
def _numbers() -> QuerySet:
    return SharedNumber.objects.filter(name__in=(AHEAD, REFUSALS)).values_list("name", "value").order_by()


def set_clock(now: datetime) -> None:
    """Set the clock of all processes to `now`."""
    ahead = now - datetime.now(UTC)
    _set(AHEAD, ahead // timedelta(microseconds=1))
    hub_clock().ahead = ahead


def refuses_next() -> bool:
    """Return whether a requested refusal is pending."""
    return SharedNumber.objects.filter(name=REFUSALS, value__gt=0).exists()


def refuse_next() -> None:
    """Request that the next transaction is refused, in whichever process it arrives."""
    _set(REFUSALS, 1)


def take_refusal() -> bool:
    """Return whether to refuse this transaction, and clear the request; of several at once, one is refused."""
    if not getattr(_this_request(), "refuses", False):
        return False
    return bool(SharedNumber.objects.filter(name=REFUSALS, value__gt=0).update(value=0))


def _this_request() -> Any:
    """Return the state that `refresh` read for this thread's request."""
    return apps.get_app_config("demo").this_request


@atomic
def _set(name: str, value: int) -> None:
    SharedNumber.objects.update_or_create(name=name, defaults={"value": value})
