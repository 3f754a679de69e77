"""Configure the app and its process-wide state: the clock, the writers' lock, what a request keeps, English."""

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

    request: threading.local
    """What is read once per request: its `text_languages`, while the request `is_open`."""

    def ready(self) -> None:
        from hub.core.clock import Clock
        from hub.core.language import fall_back_to_english

        fall_back_to_english()
        self.clock, self.turn, self.library = Clock(), threading.Lock(), ContextVar("library")
        self.request = threading.local()
