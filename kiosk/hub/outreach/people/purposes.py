"""What the library may use a patron's data for; knows nobody who agreed to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """Each is agreed to by itself. What a loan needs is `service`, and is not asked for."""

    SERVICE = "service", _("loans, holds and answers")
    REMINDERS = "reminders", _("reminders at her own time")
    HISTORY = "history", _("reading history")
    RECOMMENDATIONS = "recommendations", _("recommendations")
    DIGEST = "digest", _("digest of new titles")
    CAMPAIGN = "campaign", _("events and campaigns")
    QUESTIONNAIRE = "questionnaire", _("questionnaires")
    RESEARCH = "research", _("statistics and research")


MARKETING: frozenset[str] = frozenset(
    map(str, (Purpose.DIGEST, Purpose.CAMPAIGN, Purpose.QUESTIONNAIRE, Purpose.RECOMMENDATIONS))
)
"""What nobody is sent who has not asked for it."""
