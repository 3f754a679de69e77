"""What the library may have to say to a patron, and what she must have agreed to for it; knows no words of it."""

from django.utils.translation import gettext_lazy as _

from kiosk.hub.outreach.choices import TextChoices


class Kind(TextChoices):
    """A kind of message; each has its templates in every language and form."""

    RECEIPT = "receipt", _("receipt")
    LOAN_CONFIRMED = "loan_confirmed", _("offline act confirmed")
    LOAN_REFUSED = "loan_refused", _("offline act refused")
    DUE_SOON = "due_soon", _("due soon")
    OVERDUE = "overdue", _("overdue")
    LOST = "lost", _("declared lost")
    HOLD_READY = "hold_ready", _("hold ready")
    RECALL = "recall", _("asked back")
    ANSWER = "answer", _("answer")
    BOOKING = "booking", _("booking")
    CODE = "code", _("code")
    CONTACT_CHANGED = "contact_changed", _("contact changed")
    TEST = "test", _("test message")
    ALERT = "alert", _("saved search")
    DIGEST = "digest", _("digest")
    CAMPAIGN = "campaign", _("campaign")
    QUESTIONNAIRE = "questionnaire", _("questionnaire")

    @property
    def marketing(self) -> bool:
        """Whether it goes only to those who agreed to its purpose, and not too often."""
        return self in MARKETING

    @property
    def purpose(self) -> str:
        """The purpose, as people.purposes names it, for which she is written to."""
        return MARKETING.get(self) or ("reminders" if self is Kind.DUE_SOON else "service")

    @property
    def at_once(self) -> bool:
        """Whether she waits for it, so that no quiet hour holds it back."""
        return self in AT_ONCE


MARKETING = {Kind.DIGEST: "digest", Kind.CAMPAIGN: "campaign", Kind.QUESTIONNAIRE: "questionnaire"}
AT_ONCE = frozenset({Kind.CODE, Kind.CONTACT_CHANGED, Kind.TEST, Kind.RECEIPT})
