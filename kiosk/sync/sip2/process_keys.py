"""Extend the device's keys with the set of rows sealed in this process, which were not sent before."""

from __future__ import annotations

from collections import OrderedDict

from kiosk.central import JournalRow
from kiosk.sync.sip2.device_keys import DeviceKeys

MOST = 10_000
"""Rows remembered; an older one is looked up at the ILS before it is sent."""


class ProcessKeys(DeviceKeys):
    """Encryption never gives the same result twice, so the sealed body identifies a row."""

    def __init__(self, seed: bytes) -> None:
        super().__init__(seed)
        self._here: OrderedDict[str, None] = OrderedDict()

    def close(self, body: str) -> str:
        closed = super().close(body)
        self._here[closed] = None
        if len(self._here) > MOST:
            self._here.popitem(last=False)
        return closed

    def born(self, row: JournalRow) -> bool:
        """Return whether the row was made in this process, so that it cannot have been sent before."""
        return row.body in self._here
