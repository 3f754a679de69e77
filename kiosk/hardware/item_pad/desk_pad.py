"""Use the item pad of a staff desk: as a kiosk's, and to write tags."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import cast

from kiosk.events import PileSeen, TagHandle
from kiosk.hardware.item_pad.pile import PadOnAir, TagDump
from kiosk.hardware.supervisor import StateReport, SupervisedPad
from lending.tags import TagData


class DeskPad(SupervisedPad):
    """Item pad in a supervised thread that also writes tags; the calls block as those of `SupervisedPad`."""

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[PadOnAir]],
        report: StateReport,
        seen: Callable[[PileSeen], None],
    ) -> None:
        super().__init__(opening, report, seen)

    def write(self, handle: TagHandle, data: TagData) -> TagDump:
        """Write a tag and return what it stored before. Raises ValueError, TagFault, PartFault."""
        return self._ask(lambda driver: cast(PadOnAir, driver).write(handle, data))

    def restore(self, handle: TagHandle, before: TagDump) -> None:
        """Give a tag back what it stored before a write. Raises TagFault, PartFault."""
        self._ask(lambda driver: cast(PadOnAir, driver).restore(handle, before))
