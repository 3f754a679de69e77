"""Tells Django of reading, and lets what stood on a consent go with it; knows no page."""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class ReadingConfig(AppConfig):
    name = "kiosk.hub.outreach.reading"
    label = "reading"
    verbose_name = _("Reading")

    def ready(self) -> None:
        from kiosk.hub.outreach.people.models import Consent
        from kiosk.hub.outreach.reading.history import answered

        post_save.connect(answered, sender=Consent, dispatch_uid="reading")
