"""Define an action: one button of a view."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.views.screen_state import Focus
from lending.model import ItemId


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a view. The name is a stable identifier: visit scripts, tests and hardware keys use it."""

    name: str
    item: ItemId | None = None
    choice: str | None = None
    primary: bool = False
    enabled: bool = True

    @property
    def focus(self) -> Focus:
        """Key by which the hardware keys select this action."""
        return Focus(self.name, self.item, self.choice)
