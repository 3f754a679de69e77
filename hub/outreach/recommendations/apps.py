"""Configure the app; a change of consent replans reminders and deletes reading data."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "hub.outreach.recommendations"
    label = "recommendations"
    verbose_name = _("Recommendations")

    def ready(self) -> None:
        from hub.outreach.patrons.models import Consent
        from hub.outreach.recommendations import message_rating
        from hub.outreach.recommendations.reading_profiles.history import consent_changed as reading_answered
        from hub.outreach.recommendations.reminders.models import OpenLoan
        from hub.outreach.recommendations.reminders.open_loans import consent_changed as reminders_answered

        messaging = apps.get_app_config("messaging")
        messaging.ratings, messaging.open_loans = message_rating, OpenLoan.objects.all

        post_save.connect(reading_answered, sender=Consent, dispatch_uid="reading_profiles")
        post_save.connect(reminders_answered, sender=Consent, dispatch_uid="reminders")
