"""Takes each number of a device once: in memory, below a limit that stands in the database; knows no signature."""

import struct

from hub.core.retrying_transaction import again_where_it_met_another
from hub.core.shared_memory import InterProcessLock, SharedRecords
from hub.fleet.models import Device

BLOCK = 1000
"""Numbers that are written down as used before the first of them is: one write of the disk for so many requests."""
RECORD = struct.Struct("QQ")
"""Of a device: the highest number taken, and the limit that this hub has written down."""


class Counters:
    """Safe to use from several threads, in all processes of one hub, and in several hubs before one database.

    A number is taken either below the limit that this hub has written down, or behind every limit that any hub has;
    so no two take the same one, and whoever starts anew takes none that was taken before.
    """

    def __init__(self) -> None:
        self._kept = SharedRecords(16, RECORD.size)
        self._reserving = InterProcessLock()

    def take(self, device: str, counter: int) -> bool:
        """False when the number, or a higher one, was taken before."""
        key = bytes.fromhex(device)
        known = self._remembered(key, counter)
        if known is not None:
            return known
        with self._reserving:  # whoever waited here finds what the one before has reserved
            known = self._remembered(key, counter)
            return self._reserve(device, key, counter) if known is None else known

    def _remembered(self, key: bytes, counter: int) -> bool | None:
        """Whether the number is taken now; None where it is behind what this hub has reserved."""
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
        if not again_where_it_met_another(lambda: lower.update(counter=counter + BLOCK)):
            return False
        with self._kept.turn:
            taken, limit = RECORD.unpack(self._kept[key])
            self._kept[key] = RECORD.pack(max(taken, counter), max(limit, counter + BLOCK))
        return True
