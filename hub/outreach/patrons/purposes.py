"""Define the purposes for which patron data may be used."""

from django.utils.translation import gettext_lazy as _

from hub.core.typed_choices import TextChoices


class Purpose(TextChoices):
    """Purpose of use, each with its own consent. `SERVICE`, what loans need, requires none."""

    SERVICE = "service", _("loans, holds and replies")
    REMINDERS = "reminders", _("personal reminder times")
    HISTORY = "history", _("reading history")
    RECOMMENDATIONS = "recommendations", _("recommendations")
    TITLES = "titles", _("titles in recommendation messages")
    DIGEST = "digest", _("digest of new titles")
    ALERTS = "alerts", _("saved searches")
    CAMPAIGN = "campaign", _("events and campaigns")
    QUESTIONNAIRE = "questionnaire", _("questionnaires")
    RESEARCH = "research", _("statistics and research")


ASKED = tuple(each for each in Purpose if each not in (Purpose.SERVICE, Purpose.RESEARCH))
"""Purposes that patrons are asked about.

`RESEARCH` is left out: nothing uses it yet, so asking would mislead.
"""

AT_ONCE = (Purpose.REMINDERS, Purpose.DIGEST, Purpose.CAMPAIGN)
"""Purposes offered at self-registration; the others are offered where they become useful."""

MARKETING = frozenset(
    {Purpose.DIGEST, Purpose.ALERTS, Purpose.CAMPAIGN, Purpose.QUESTIONNAIRE, Purpose.RECOMMENDATIONS}
)
"""Purposes for which messages are sent only with consent."""
