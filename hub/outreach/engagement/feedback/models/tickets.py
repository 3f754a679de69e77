"""Store questions to a librarian with their threads, by the patron's pseudonym."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch
from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person


class Ticket(models.Model):
    """One question of a patron; `due` is when staff should have answered, None while it is not their turn."""

    class Topic(TextChoices):
        FIND = "find", _("Finding a book or paper")
        STUDY = "study", _("Study and research")
        CARD = "card", _("Card and loans")
        DIGITAL = "digital", _("Databases and e-books")
        VISIT = "visit", _("Rooms and visits")
        OTHER = "other", pgettext_lazy("topic", "Something else")

    class State(TextChoices):
        OPEN = "open", pgettext_lazy("ticket", "To answer")
        ANSWERED = "answered", pgettext_lazy("ticket", "Answered")
        CLOSED = "closed", pgettext_lazy("ticket", "Closed")

    person = models.ForeignKey(Person, models.CASCADE, related_name="tickets")
    topic = models.CharField(max_length=10, choices=Topic.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    branch = models.ForeignKey(Branch, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    due = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("state", "due")),)

    def __str__(self) -> str:
        return f"{self.pk} {self.topic}"


class TicketMessage(models.Model):
    """A message of the thread; `read_at` is when the patron was shown it (staff messages only)."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="lines")
    by_staff = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    words = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.at:%Y-%m-%d %H:%M}"
