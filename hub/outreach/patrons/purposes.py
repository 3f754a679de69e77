"""Define the purposes for which patron data may be used, and the kinds of messages with the purpose of each."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.models import TextChoices


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

ON_JOINING = (Purpose.REMINDERS, Purpose.DIGEST, Purpose.CAMPAIGN)
"""Purposes offered at self-registration; the others are offered where they become useful."""


class MessageKind(TextChoices):
    """A kind of message; each has templates for every language and form."""

    RECEIPT = "receipt", pgettext_lazy("kind of message", "receipt")
    LOAN_CONFIRMED = "loan_confirmed", pgettext_lazy("kind of message", "offline transaction confirmed")
    LOAN_REFUSED = "loan_refused", pgettext_lazy("kind of message", "offline transaction refused")
    DUE_SOON = "due_soon", pgettext_lazy("kind of message", "due soon")
    OVERDUE = "overdue", pgettext_lazy("kind of message", "overdue")
    LOST = "lost", pgettext_lazy("kind of message", "recorded as lost")
    HOLD_READY = "hold_ready", pgettext_lazy("kind of message", "hold ready")
    BACK = "back", pgettext_lazy("kind of message", "back on the shelf")
    RECALL = "recall", pgettext_lazy("kind of message", "recall")
    ANSWER = "answer", pgettext_lazy("kind of message", "reply")
    BOOKING = "booking", pgettext_lazy("kind of message", "event booking")
    CODE = "code", pgettext_lazy("kind of message", "code")
    CONTACT_CHANGED = "contact_changed", pgettext_lazy("kind of message", "contact changed")
    ERASURE = "erasure", pgettext_lazy("kind of message", "erasure request")
    TEST = "test", pgettext_lazy("kind of message", "test message")
    ALERT = "alert", pgettext_lazy("kind of message", "saved search")
    DIGEST = "digest", pgettext_lazy("kind of message", "digest")
    RECOMMENDATION = "recommendation", pgettext_lazy("kind of message", "recommendations")
    CAMPAIGN = "campaign", pgettext_lazy("kind of message", "campaign")
    QUESTIONNAIRE = "questionnaire", pgettext_lazy("kind of message", "questionnaire")
    THANKS = "thanks", pgettext_lazy("kind of message", "referral thanks")

    @property
    def marketing(self) -> bool:
        """Whether it requires consent to its purpose and is limited in frequency."""
        return self in PURPOSE_OF

    @property
    def purpose(self) -> Purpose:
        """The purpose that the message serves."""
        return PURPOSE_OF.get(self) or (Purpose.REMINDERS if self is MessageKind.DUE_SOON else Purpose.SERVICE)

    @property
    def at_once(self) -> bool:
        """Whether the patron is waiting for it, so that quiet hours do not apply."""
        return self in IMMEDIATE


PURPOSE_OF = {
    MessageKind.ALERT: Purpose.ALERTS,
    MessageKind.DIGEST: Purpose.DIGEST,
    MessageKind.RECOMMENDATION: Purpose.RECOMMENDATIONS,
    MessageKind.CAMPAIGN: Purpose.CAMPAIGN,
    MessageKind.QUESTIONNAIRE: Purpose.QUESTIONNAIRE,
}
"""Kinds that are sent only with consent, with its purpose."""
MARKETING = frozenset(PURPOSE_OF.values())
"""Purposes for which messages are sent only with consent."""
OF_LOANS = frozenset(
    {
        MessageKind.RECEIPT,
        MessageKind.LOAN_CONFIRMED,
        MessageKind.LOAN_REFUSED,
        MessageKind.DUE_SOON,
        MessageKind.OVERDUE,
        MessageKind.LOST,
        MessageKind.HOLD_READY,
        MessageKind.RECALL,
    }
)
"""Kinds whose keys identify a loan or a hold."""
IMMEDIATE = frozenset(
    {MessageKind.CODE, MessageKind.CONTACT_CHANGED, MessageKind.ERASURE, MessageKind.TEST, MessageKind.RECEIPT}
)
