"""Connect outreach to this hub's own circulation when the app starts."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class IlsConfig(AppConfig):
    name = "hub.ils"
    label = "ils"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from hub.ils.bridge import kiosk_requests

        apps.get_app_config("circulation").registrar = kiosk_requests.register
        apps.get_app_config("circulation").booker = kiosk_requests.book_place
        self._follow_consents()
        self._follow_looks()
        self._follow_services()

    def _follow_consents(self) -> None:
        from hub.ils.bridge import card_data
        from hub.outreach.patrons.models import Consent, Person
        from hub.outreach.recommendations.reading_profiles.interests import worked_out
        from hub.outreach.recommendations.reading_profiles.models import Opinion

        post_save.connect(card_data.consent_changed, sender=Consent, dispatch_uid="picks consent")
        for signal in (post_save, post_delete):
            signal.connect(card_data.title_rated, sender=Opinion, dispatch_uid="picks opinion")
        worked_out.connect(card_data.interests_changed, dispatch_uid="recompute picks")
        post_delete.connect(card_data.delete_recommendations, sender=Person, dispatch_uid="picks person")

    def _follow_services(self) -> None:
        from hub.ils.bridge import card_data
        from hub.outreach.patrons.models import Person

        post_delete.connect(card_data.delete_services, sender=Person, dispatch_uid="services person")

    def _follow_looks(self) -> None:
        from hub.ils.bridge import card_data
        from hub.outreach.patrons.models import Person
        from hub.outreach.portal.display_preferences import changed

        changed.connect(card_data.store_preferences, dispatch_uid="looks changed")
        post_delete.connect(card_data.delete_preferences, sender=Person, dispatch_uid="looks person")
