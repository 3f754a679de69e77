"""Accept each request number of a device once, in whichever process of the hub it arrives."""

import threading

from django.db import transaction
from django.db.models import BooleanField, CharField, Func, QuerySet, Value
from django.db.models.lookups import Exact

from hub.core.prepared_queries import Param, prepared_update
from hub.core.retrying_transaction import retry_on_lock
from hub.fleet.models import Device

BLOCK = 1000
"""Request numbers reserved per disk write on SQLite."""


class RequestCounters:
    """Replay protection for all processes and hubs that share a database.

    On PostgreSQL the database stores the highest number of each device, without waiting for the disk. On SQLite every
    write would wait for the disk, so the single process keeps the numbers in memory, below a limit that it reserves in
    the database. A hub accepts a number below its own limit, or above the limits of all hubs. So no two hubs accept the
    same number, and a restarted hub accepts none that was used before.
    """

    def __init__(self) -> None:
        self._taken: dict[str, tuple[int, int]] = {}
        """Per device: the highest number accepted, and the limit that this process has reserved."""
        self._changing, self._reserving = threading.Lock(), threading.Lock()

    def take(self, device: str, counter: int) -> bool:
        """Accept the number; return False if it, or a higher one, was accepted before."""
        if transaction.get_connection().vendor == "postgresql":
            return bool(_advance(device, counter))
        known = self._take_reserved(device, counter)
        if known is not None:
            return known
        # Check again: another thread may have reserved a block while this one waited for the lock
        with self._reserving:
            known = self._take_reserved(device, counter)
            return self._reserve(device, counter) if known is None else known

    def _take_reserved(self, device: str, counter: int) -> bool | None:
        """Return whether the number is accepted; None if it is above what this process has reserved."""
        with self._changing:
            taken, limit = self._taken.get(device, (0, 0))
            if counter <= taken:
                return False
            if counter > limit:
                return None
            self._taken[device] = counter, limit
            return True

    def _reserve(self, device: str, counter: int) -> bool:
        lower = Device.objects.filter(pk=device, counter__lt=counter)
        if not retry_on_lock(lambda: lower.update(counter=counter + BLOCK)):
            return False
        with self._changing:
            taken, limit = self._taken.get(device, (0, 0))
            self._taken[device] = max(taken, counter), max(limit, counter + BLOCK)
        return True


@prepared_update
def _advance() -> tuple[QuerySet, dict[str, Param]]:
    """Store a higher number in its own transaction, which does not wait for the disk.

    The next transaction that does wait also writes this one. If there is none, a crash of PostgreSQL loses the numbers
    of less than a second. Source: PostgreSQL 15, "Asynchronous Commit".
    """
    asynchronous = Func(Value("synchronous_commit"), Value("off"), Value(True, BooleanField()), function="set_config")
    asynchronous.output_field = CharField()
    lower = Device.objects.filter(Exact(asynchronous, "off"), pk=Param(0, CharField()), counter__lt=Param(1))
    return lower, {"counter": Param(1)}
