"""Accept each request number of a device once: in memory, below a limit stored in the database."""

import struct

from hub.core.retrying_transaction import retry_on_lock
from hub.core.shared_memory import InterProcessLock, SharedRecords
from hub.fleet.models import Device

BLOCK = 1000
"""Request numbers reserved per disk write."""
RECORD = struct.Struct("QQ")
"""Per device: the highest number accepted, and the limit that this hub has reserved."""


class RequestCounters:
    """Replay protection, safe for several threads, processes and hubs that share a database.

    A number is accepted either below the limit that this hub has reserved, or above every limit that any hub has. No
    two hubs accept the same number, and a restarted hub accepts none that was used before.
    """

    def __init__(self) -> None:
        self._kept = SharedRecords(16, RECORD.size)
        self._reserving = InterProcessLock()

    def take(self, device: str, counter: int) -> bool:
        """Accept the number; return False if it, or a higher one, was accepted before."""
        key = bytes.fromhex(device)
        known = self._remembered(key, counter)
        if known is not None:
            return known
        # check again: another thread may have reserved a block while this one waited for the lock
        with self._reserving:
            known = self._remembered(key, counter)
            return self._reserve(device, key, counter) if known is None else known

    def _remembered(self, key: bytes, counter: int) -> bool | None:
        """Return whether the number is accepted; None if it is above what this hub has reserved."""
        with self._kept.turn:
            taken, limit = RECORD.unpack(self._kept[key])
            if counter <= taken:
                return False
            if counter > limit:
                return None
            self._kept[key] = RECORD.pack(counter, limit)
            return True

    def _reserve(self, device: str, key: bytes, counter: int) -> bool:
        lower = Device.objects.filter(pk=device, counter__lt=counter)
        if not retry_on_lock(lambda: lower.update(counter=counter + BLOCK)):
            return False
        with self._kept.turn:
            taken, limit = RECORD.unpack(self._kept[key])
            self._kept[key] = RECORD.pack(max(taken, counter), max(limit, counter + BLOCK))
        return True
