"""Configure the reminders app; a change of consent replans the patron's reminders."""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class HabitConfig(AppConfig):
    name = "hub.outreach.reminders"
    label = "habit"
    verbose_name = _("Habits")

    def ready(self) -> None:
        from hub.outreach.profiles.models import Consent
        from hub.outreach.reminders.consent_changes import answered

        post_save.connect(answered, sender=Consent, dispatch_uid="habit")
