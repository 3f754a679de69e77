"""Questionnaires and their answers; an anonymous answer has no person, no moment, and no place in any order."""

from secrets import randbelow

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch
from hub.outreach.profiles.models import Person
from hub.outreach.typed_choices import TextChoices


def anywhere() -> int:
    """A random key, so that rows lie in no order that tells when they came."""
    return 1 + randbelow(2**31 - 1)


class Questionnaire(models.Model):
    """One version of one questionnaire, as SurveyJS JSON. What has answers is not changed: a new version is made."""

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
    """After so many months it is asked anew, for as long as before; 0 for never."""
    invites = models.BooleanField(_("invite by message"), default=False)
    """Those who agreed are told once in a round; one that is asked at some branches only is asked there alone."""
    branches = models.ManyToManyField(Branch, related_name="+", blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("code", "version"), name="one_form_per_version"),)

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class SurveyResponse(models.Model):
    """What one sheet says, by name of the question. `person` only where the sheet was not anonymous."""

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
    """What she has said so far to a questionnaire that her name is on; gone when the whole sheet has come."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="+")
    values = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "questionnaire"), name="one_beginning_each"),)

    def __str__(self) -> str:
        return str(self.questionnaire_id)


class SurveyParticipation(models.Model):
    """How often she took part in a round of a questionnaire: that she did, never when nor what she said."""

    id = models.IntegerField(primary_key=True, default=anywhere)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "code"), name="one_count_per_questionnaire"),)

    def __str__(self) -> str:
        return str(self.code)
