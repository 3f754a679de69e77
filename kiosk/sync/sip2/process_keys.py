"""The device's keys in one process, which knows the rows that it has sealed itself; a process before it sent others."""

from __future__ import annotations

from collections import OrderedDict

from kiosk.central import JournalRow
from kiosk.sync.sip2.device_keys import DeviceKeys

MOST = 10_000
"""Rows that are known; whatever is older is looked for at the system before it is sent."""


class ProcessKeys(DeviceKeys):
    """A seal is never twice the same, so that a row is known by its sealed body."""

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
        """Whether the row was agreed in this process: then nobody has sent it before."""
        return row.body in self._here
