"""Configure the app; keep its request counters for the whole process."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hub.fleet.devices import RequestCounters


class FleetConfig(AppConfig):
    name = "hub.fleet"
    label = "fleet"
    verbose_name = _("Kiosks")

    counters: "RequestCounters"

    def ready(self) -> None:
        from hub.fleet.devices import RequestCounters

        self.counters = RequestCounters()
