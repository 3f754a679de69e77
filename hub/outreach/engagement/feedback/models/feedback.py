"""Store smiley ratings (anonymous, by day) and written feedback with its answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch
from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person

FACES = (1, 2, 3, 4, 5)
"""From very unhappy to very happy."""


class SmileyRating(models.Model):
    """One anonymous touch on one of five smileys: branch and day."""

    face = models.PositiveSmallIntegerField()
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    on = models.DateField()

    class Meta:
        indexes = (models.Index(fields=("on", "branch")),)
        constraints = (models.CheckConstraint(condition=Q(face__gte=1, face__lte=5), name="one_of_five_faces"),)

    def __str__(self) -> str:
        return f"{self.on} {self.face}"


class Feedback(models.Model):
    """Written feedback. With a card it can be answered to the patron, and is deleted with their data."""

    class State(TextChoices):
        NEW = "new", pgettext_lazy("feedback", "New")
        OWNED = "owned", pgettext_lazy("feedback", "In progress")
        ANSWERED = "answered", pgettext_lazy("feedback", "Answered")
        PUBLISHED = "published", pgettext_lazy("feedback", "Published")
        ASIDE = "aside", pgettext_lazy("feedback", "Set aside")

    OPEN = (State.NEW, State.OWNED)

    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="feedback")
    face = models.PositiveSmallIntegerField(null=True)
    words = models.TextField()
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    kiosk = models.CharField(max_length=64, blank=True)
    came_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    due = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    """When the newest answer was shown to the patron."""

    class Meta:
        indexes = (models.Index(fields=("state", "due")),)

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class Published(models.Model):
    """A pair of "You said" and "we did" in both languages, in the library's words, to outlive the patron's data."""

    feedback = models.OneToOneField(Feedback, models.SET_NULL, null=True, related_name="published")
    said = models.CharField(_("you said"), max_length=300)
    said_en = models.CharField(_("you said, in English"), max_length=300, blank=True)
    did = models.CharField(_("we did"), max_length=300)
    did_en = models.CharField(_("we did, in English"), max_length=300, blank=True)
    branch = models.ForeignKey(Branch, models.CASCADE, null=True, related_name="+")
    on = models.DateField()

    class Meta:
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return str(self.said)
