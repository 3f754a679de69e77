"""Store questionnaires and responses; an anonymous response has no person, time or order."""

from secrets import randbelow

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch
from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person


def anywhere() -> int:
    """Return a random key, so that the order of rows does not reveal when they came."""
    return 1 + randbelow(2**31 - 1)


class Questionnaire(models.Model):
    """One version of a questionnaire, as SurveyJS JSON; with responses it stays unchanged.

    A change makes a new version.
    """

    class State(TextChoices):
        DRAFT = "draft", pgettext_lazy("questionnaire", "Draft")
        OPEN = "open", pgettext_lazy("questionnaire", "Open")
        CLOSED = "closed", pgettext_lazy("questionnaire", "Closed")

    code = models.SlugField(_("short name"), max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    form = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    anonymous = models.BooleanField(_("anonymous"), default=True)
    opens = models.DateField(_("opens on"), null=True)
    closes = models.DateField(_("closes on"), null=True)
    quota = models.PositiveSmallIntegerField(_("times per patron"), default=1)
    every = models.PositiveSmallIntegerField(_("again after months"), default=0)
    """Months after which it opens again, for the same time as before; 0 for never."""
    invites = models.BooleanField(_("invite by message"), default=False)
    """Whether patrons who agreed are invited once per round. Only if it is not limited to some branches."""
    branches = models.ManyToManyField(Branch, related_name="+", blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("code", "version"), name="one_form_per_version"),)

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class SurveyResponse(models.Model):
    """Answers of one response, by question name; `person` only if the questionnaire was not anonymous."""

    id = models.IntegerField(primary_key=True, default=anywhere)
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="answers")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="answers")
    anonymous = models.BooleanField()
    branch = models.ForeignKey(Branch, models.SET_NULL, null=True, related_name="+")
    kiosk = models.CharField(max_length=64, blank=True)
    on = models.DateField()
    values = models.JSONField()

    def __str__(self) -> str:
        return str(self.questionnaire_id)


class PartialResponse(models.Model):
    """Answers so far to a questionnaire with names; deleted when the complete response arrives."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="+")
    values = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "questionnaire"), name="one_beginning_each"),)

    def __str__(self) -> str:
        return str(self.questionnaire_id)


class SurveyParticipation(models.Model):
    """How often a patron took part in a round of a questionnaire, without date or answers."""

    id = models.IntegerField(primary_key=True, default=anywhere)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "code"), name="one_count_per_questionnaire"),)

    def __str__(self) -> str:
        return str(self.code)
