"""Store a patron's reading preferences, history, interests, opinions and recommendations.

All of it is deleted with the consent it depends on.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person

LAST = 5
"""Default number of loans kept."""
DAYS = 14
"""Default interval between recommendation messages, in days."""


class ReadingPreferences(models.Model):
    """Preferences: number of loans kept, whether interests are inferred, days between recommendations."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="taste", verbose_name=_("person"))
    keep = models.PositiveSmallIntegerField(_("loans kept"), null=True, blank=True, default=LAST)
    """None: all loans are kept."""
    infer = models.BooleanField(_("interests are inferred"), default=True)
    days = models.PositiveSmallIntegerField(_("days between recommendations"), default=DAYS)
    told_at = models.DateTimeField(_("last recommended"), null=True, blank=True)

    class Meta:
        verbose_name = _("taste")
        verbose_name_plural = _("tastes")

    def __str__(self) -> str:
        return f"{self.keep}"


class HistoryTitle(models.Model):
    """Title among a patron's last loans, kept only with consent to the reading history."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="had", verbose_name=_("person"))
    title = models.PositiveBigIntegerField(_("title"))
    at = models.DateTimeField(_("checked out"))

    class Meta:
        verbose_name = _("loan in the reading history")
        verbose_name_plural = _("loans in the reading history")
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("person", "title"), name="reading_historytitle_once"),)

    def __str__(self) -> str:
        return f"{self.title}"


class Interest(models.Model):
    """Class or subject of interest to a patron.

    `of` lists the titles an inferred one came from, newest first.
    """

    class Source(TextChoices):
        """Origin of an interest."""

        INFERRED = "inferred", _("from loans")
        STATED = "stated", _("added by the patron")
        REMOVED = "removed", _("removed by the patron")

    person = models.ForeignKey(Person, models.CASCADE, related_name="interests", verbose_name=_("person"))
    subject = models.CharField(_("class or subject"), max_length=40)
    weight = models.FloatField(_("weight"), default=1.0)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    of = models.JSONField(_("based on"), default=list, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        ordering = ("-weight", "subject")
        constraints = (models.UniqueConstraint(fields=("person", "subject"), name="reading_interest_once"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.weight:.2f}"


class Opinion(models.Model):
    """Patron's opinion of a recommended title."""

    class Says(TextChoices):
        """Patron's opinion."""

        LIKE = "like", pgettext_lazy("opinion", "like")
        NOT = "not", pgettext_lazy("opinion", "not for me")

    person = models.ForeignKey(Person, models.CASCADE, related_name="opinions", verbose_name=_("person"))
    title = models.PositiveBigIntegerField(_("title"))
    says = models.CharField(_("rating"), max_length=4, choices=Says.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("title rating")
        verbose_name_plural = _("title ratings")
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("person", "title"), name="reading_opinion_once"),)

    def __str__(self) -> str:
        return f"{self.title} {self.says}"


class Recommendation(models.Model):
    """Title recommended to a patron. `why` is the kind of reason, `of` the title or feature that it names."""

    class Why(TextChoices):
        """Kind of reason."""

        BORROWED = "borrowed", _("borrowed together with a title in the history")
        AUTHOR = "author", _("the same author")
        HEADING = "heading", _("the same subject heading")
        SUBJECT = "subject", _("the same subject")
        WORDS = "words", _("similar")

    person = models.ForeignKey(Person, models.CASCADE, related_name="picks", verbose_name=_("person"))
    title = models.PositiveBigIntegerField(_("title"))
    rank = models.PositiveSmallIntegerField(_("rank"))
    score = models.FloatField(_("score"))
    why = models.CharField(_("reason"), max_length=8, choices=Why.choices)
    of = models.CharField(_("based on title"), max_length=300, blank=True)
    new = models.BooleanField(_("new title"), default=False)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ("rank", "id")
        constraints = (models.UniqueConstraint(fields=("person", "title", "new"), name="reading_recommendation_once"),)

    def __str__(self) -> str:
        return f"{self.title}"
