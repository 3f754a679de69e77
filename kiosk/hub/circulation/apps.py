"""Keeps what circulation needs once per process: clock, snapshot shelf, and the obstacle that the demo may put up."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from kiosk.domain.model import Block
from kiosk.hub.clock import Clock

if TYPE_CHECKING:
    from kiosk.hub.circulation.snapshot import Shelf


def no_obstacle() -> Block | None:
    """Lets every transaction pass to its judgement."""
    return None


class CirculationConfig(AppConfig):
    name = "kiosk.hub.circulation"
    label = "circulation"
    verbose_name = _("Circulation")

    clock: Clock
    shelf: "Shelf"
    obstacle: Callable[[], Block | None]
    """Asked before a transaction that may be refused is judged."""

    def ready(self) -> None:
        from kiosk.hub.catalogue import edition
        from kiosk.hub.circulation.snapshot import TOLD, Shelf

        edition.watch(TOLD)
        self.clock, self.shelf, self.obstacle = Clock(), Shelf(), no_obstacle
