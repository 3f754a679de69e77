"""Configure the Django app, and delete reading data when a consent is withdrawn."""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class ReadingConfig(AppConfig):
    name = "hub.outreach.reading_profiles"
    label = "reading"
    verbose_name = _("Reading")

    def ready(self) -> None:
        from hub.outreach.profiles.models import Consent
        from hub.outreach.reading_profiles.history import answered

        post_save.connect(answered, sender=Consent, dispatch_uid="reading")
