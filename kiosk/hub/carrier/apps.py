"""Gives outreach the way to this hub's own circulation."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_delete, post_save


class CarrierConfig(AppConfig):
    name = "kiosk.hub.carrier"
    label = "carrier"

    def ready(self) -> None:
        from kiosk.hub.carrier import places, registering
        from kiosk.hub.carrier.central import OwnCirculation

        apps.get_app_config("outreach").central = OwnCirculation()
        apps.get_app_config("circulation").registrar = registering.take
        apps.get_app_config("circulation").booker = places.take
        self._follow_consents()
        self._follow_looks()

    def _follow_consents(self) -> None:
        from kiosk.hub.carrier import picks
        from kiosk.hub.outreach.people.models import Consent, Person
        from kiosk.hub.outreach.reading.interests import worked_out
        from kiosk.hub.outreach.reading.models import Opinion

        post_save.connect(picks.answered, sender=Consent, dispatch_uid="picks consent")
        post_save.connect(picks.opined, sender=Opinion, dispatch_uid="picks opinion")
        worked_out.connect(picks.anew, dispatch_uid="picks anew")
        post_delete.connect(picks.forgotten, sender=Person, dispatch_uid="picks person")

    def _follow_looks(self) -> None:
        from kiosk.hub.carrier import looks
        from kiosk.hub.outreach.details.looks import changed
        from kiosk.hub.outreach.people.models import Person

        changed.connect(looks.changed, dispatch_uid="looks changed")
        post_delete.connect(looks.forgotten, sender=Person, dispatch_uid="looks person")
