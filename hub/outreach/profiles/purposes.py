"""What the library may use a patron's data for; knows nobody who agreed to it."""

from django.utils.translation import gettext_lazy as _

from hub.outreach.typed_choices import TextChoices


class Purpose(TextChoices):
    """Each is agreed to by itself. What a loan needs is `service`, and is not asked for."""

    SERVICE = "service", _("loans, holds and answers")
    REMINDERS = "reminders", _("reminders at her own time")
    HISTORY = "history", _("reading history")
    RECOMMENDATIONS = "recommendations", _("recommendations")
    TITLES = "titles", _("titles in recommendation messages")
    DIGEST = "digest", _("digest of new titles")
    ALERTS = "alerts", _("saved searches")
    CAMPAIGN = "campaign", _("events and campaigns")
    QUESTIONNAIRE = "questionnaire", _("questionnaires")
    RESEARCH = "research", _("statistics and research")


ASKED = tuple(each for each in Purpose if each not in (Purpose.SERVICE, Purpose.RESEARCH))
"""What patrons are asked for. Nothing stands on `research` yet, and whoever is asked for nothing is misled."""

AT_ONCE = (Purpose.REMINDERS, Purpose.DIGEST, Purpose.CAMPAIGN)
"""What whoever registers herself may agree to at once; the rest is asked for where it is of use to her."""

MARKETING = frozenset(
    {Purpose.DIGEST, Purpose.ALERTS, Purpose.CAMPAIGN, Purpose.QUESTIONNAIRE, Purpose.RECOMMENDATIONS}
)
"""What nobody is sent who has not asked for it."""
