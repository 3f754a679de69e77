"""Tells Django of the fleet and keeps once per process who has guessed at codes; knows no kiosk."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from kiosk.hub.fleet.guessing import Guessing


class FleetConfig(AppConfig):
    name = "kiosk.hub.fleet"
    label = "fleet"
    verbose_name = _("Kiosks")

    guessing: "Guessing"

    def ready(self) -> None:
        from kiosk.hub.fleet.guessing import Guessing

        self.guessing = Guessing()
