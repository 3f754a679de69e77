"""Tells Django of the fleet, and keeps who guessed at codes and which numbers its devices have used; knows no kiosk."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from kiosk.hub.fleet.counters import Counters
    from kiosk.hub.fleet.guessing import Guessing


class FleetConfig(AppConfig):
    name = "kiosk.hub.fleet"
    label = "fleet"
    verbose_name = _("Kiosks")

    guessing: "Guessing"
    counters: "Counters"

    def ready(self) -> None:
        from kiosk.hub.fleet.counters import Counters
        from kiosk.hub.fleet.guessing import Guessing

        self.guessing, self.counters = Guessing(), Counters()
