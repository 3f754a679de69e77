"""Store purchase suggestions and the patrons who follow them."""

from django.db import models
from django.utils.translation import pgettext_lazy

from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person


class Suggestion(models.Model):
    """One suggested title; `asked` counts requests, also without a card, `known_as` identifies the title."""

    class State(TextChoices):
        NEW = "new", pgettext_lazy("suggestion", "New")
        ORDERED = "ordered", pgettext_lazy("suggestion", "Ordered")
        ARRIVED = "arrived", pgettext_lazy("suggestion", "Arrived")
        DECLINED = "declined", pgettext_lazy("suggestion", "Declined")

    isbn = models.CharField(max_length=13, blank=True)
    words = models.CharField(max_length=200, blank=True)
    known_as = models.CharField(max_length=200, unique=True)
    asked = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW, db_index=True)
    reason = models.CharField(max_length=300, blank=True)
    first_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.words or self.isbn)


class SuggestionFollower(models.Model):
    """A patron who suggested the title and is notified; `read` is the last state shown to them."""

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="wishes")
    person = models.ForeignKey(Person, models.CASCADE, related_name="wishes")
    read = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("suggestion", "person"), name="one_wish_per_title"),)

    def __str__(self) -> str:
        return str(self.suggestion_id)
