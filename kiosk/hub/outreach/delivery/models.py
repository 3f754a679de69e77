"""The outbox's tables: what is to be said, and each attempt to say it; an address is in none of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.people.models import Person


class Message(models.Model):
    """Something that is to be said to a patron, once for each kind and key."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        UNDERWAY = "underway", _("under way")
        SAID = "said", _("said")
        GIVEN_UP = "given_up", _("given up")
        WITHHELD = "withheld", _("withheld")

    OPEN = (State.WAITING, State.UNDERWAY)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="messages", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    key = models.CharField(_("key"), max_length=120)
    facts = models.JSONField(_("facts"), default=dict)
    """What the words are made of; emptied when nothing more is to be said."""
    made_at = models.DateTimeField(_("made at"))
    next_at = models.DateTimeField(_("not before"))
    until = models.DateTimeField(_("of use until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(_("why"), max_length=40, blank=True)
    """Why it was withheld or given up, as a code."""

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="said_once"),)
        indexes = (
            models.Index(fields=("next_at", "id"), name="message_due", condition=models.Q(state="waiting")),
            models.Index(fields=("person", "made_at"), name="message_person"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
