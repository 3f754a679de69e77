"""Store loan counts: of titles without patrons, and of patrons without titles."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.outreach.patrons.models import Person


class CoLoanCount(models.Model):
    """Decayed count of how often two titles were on loan to the same patron, without the patron.

    `low` < `high`.
    """

    low = models.PositiveBigIntegerField(_("title"))
    high = models.PositiveBigIntegerField(_("other title"))
    weight = models.FloatField(_("weight"))
    day = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("titles borrowed together")
        verbose_name_plural = _("titles borrowed together")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("low", "high"), name="reading_pair_once"),)

    def __str__(self) -> str:
        return f"{self.low} {self.high}"


class TitleLoanCount(models.Model):
    """Decayed count of the loans of a title."""

    title = models.PositiveBigIntegerField(_("title"), unique=True)
    weight = models.FloatField(_("weight"))
    day = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("borrowed title")
        verbose_name_plural = _("borrowed titles")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.title}"


class WeeklyLoans(models.Model):
    """Checkouts of a patron in the week from `monday`, without titles and classes.

    `kinds` counts those of another class than everything else that the patron had on loan then.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="weeks", verbose_name=_("person"))
    monday = models.DateField(_("week from"), db_index=True)
    loans = models.PositiveIntegerField(_("loans"), default=0)
    kinds = models.PositiveIntegerField(_("subject classes"), default=0)

    class Meta:
        verbose_name = _("weekly loans")
        verbose_name_plural = _("weekly loans")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "monday"), name="reading_weeklyloans_once"),)

    def __str__(self) -> str:
        return f"{self.monday} {self.loans}"
