"""Gives outreach the way to this hub's own circulation."""

from django.apps import AppConfig, apps


class CarrierConfig(AppConfig):
    name = "kiosk.hub.carrier"
    label = "carrier"

    def ready(self) -> None:
        from kiosk.hub.carrier.central import OwnCirculation

        apps.get_app_config("outreach").central = OwnCirculation()
