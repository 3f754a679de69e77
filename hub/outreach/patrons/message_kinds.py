"""Define the kinds of messages and the consent that each one requires."""

from django.utils.translation import pgettext_lazy

from hub.core.typed_choices import TextChoices


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
        return self in MARKETING

    @property
    def purpose(self) -> str:
        """The consent purpose of the message, as named in `profiles.purposes`."""
        return MARKETING.get(self) or ("reminders" if self is MessageKind.DUE_SOON else "service")

    @property
    def at_once(self) -> bool:
        """Whether the patron is waiting for it, so that quiet hours do not apply."""
        return self in AT_ONCE


MARKETING = {
    MessageKind.ALERT: "alerts",
    MessageKind.DIGEST: "digest",
    MessageKind.RECOMMENDATION: "recommendations",
    MessageKind.CAMPAIGN: "campaign",
    MessageKind.QUESTIONNAIRE: "questionnaire",
}
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
AT_ONCE = frozenset(
    {MessageKind.CODE, MessageKind.CONTACT_CHANGED, MessageKind.ERASURE, MessageKind.TEST, MessageKind.RECEIPT}
)
