"""Configure the app and its process-wide state: the clock, the writers' lock, the library of a staff page, English."""

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from hub.core.clock import Clock
    from hub.core.pages.frame import StaffLibrary


class CoreConfig(AppConfig):
    name = "hub.core"
    label = "core"

    clock: "Clock"
    turn: threading.Lock
    """Serialises writers on databases that permit one at a time."""
    library: "ContextVar[StaffLibrary]"
    """Library for whose staff the current page is rendered; set for the duration of a request."""

    def ready(self) -> None:
        from hub.core.clock import Clock
        from hub.core.language import fall_back_to_english

        fall_back_to_english()
        self.clock, self.turn, self.library = Clock(), threading.Lock(), ContextVar("library")
