"""Store loan lengths, the trained model and anonymous outcomes; none of them contains a title."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.outreach.patrons.models import Person


class Basis(models.TextChoices):
    """Source of a forecast."""

    OWN = "own", _("patron's own returns")
    TYPE = "type", _("item type only")
    NONE = "none", _("no data yet")


class LoanLength(models.Model):
    """Length of a closed loan, with its item type and the week of the return.

    The title is not stored. Days are rounded to a tenth and the return to its week, so they cannot identify an
    anonymised loan.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="lengths", verbose_name=_("person"))
    type = models.CharField(_("item type"), max_length=64)
    days = models.FloatField(_("days"))
    week = models.DateField(_("Monday of the week of the return"), null=True, blank=True)
    simulated = models.BooleanField(_("simulated"), default=False)

    class Meta:
        verbose_name = _("loan duration")
        verbose_name_plural = _("loan durations")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.type} {self.days:.1f}"


class VisitPattern(models.Model):
    """A patron's visits by weekday, and the shift from the item types' middles as last learnt."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="rhythm", verbose_name=_("person"))
    weekdays = models.JSONField(_("visits by weekday, from Monday"), default=list)
    last_visit = models.DateField(_("last visit"), null=True, blank=True)
    shift = models.FloatField(_("log duration offset"), default=0.0)
    doubt = models.FloatField(_("offset variance"), default=0.0)
    median = models.FloatField(_("median log duration of the last returns"), default=0.0)
    returns = models.PositiveIntegerField(_("returns used"), default=0)

    class Meta:
        verbose_name = _("visit pattern")
        verbose_name_plural = _("visit patterns")

    def __str__(self) -> str:
        return f"{self.returns}"


class TypeHabit(models.Model):
    """Length of loans of one item type, as last learnt. The empty type means all types.

    The last five fields correct its forecasts by earlier outcomes, see `loan_length_model.Habit`.
    """

    type = models.CharField(_("item type"), max_length=64, unique=True)
    middle = models.FloatField(_("median of the log duration"))
    spread = models.FloatField(_("spread of the log duration"))
    returns = models.PositiveIntegerField(_("returns used"))
    own_offset = models.FloatField(_("forecast offset from patron returns"), default=0.0)
    own_factor = models.FloatField(_("factor of the spread"), default=1.0)
    type_offset = models.FloatField(_("forecast offset from item type"), default=0.0)
    type_factor = models.FloatField(_("factor of the spread"), default=1.0)
    by_median = models.BooleanField(_("forecast by patron median"), default=False)

    class Meta:
        verbose_name = _("item type pattern")
        verbose_name_plural = _("item type patterns")
        ordering = ("type",)

    def __str__(self) -> str:
        return self.type or "*"


class Fit(models.Model):
    """Time and size of the last training: one row."""

    at = models.DateTimeField(_("trained"))
    loans = models.PositiveIntegerField(_("loans"))
    between = models.FloatField(_("variance between patrons"))
    share = models.FloatField(_("patron share of the variance"))
    seconds = models.FloatField(_("seconds"))
    calibration = models.JSONField(_("forecast accuracy"), default=dict)


class Outcome(models.Model):
    """The forecast of a loan at checkout and its outcome, without a person.

    `judged_on` is the day by which four of five such loans should be back; it counts from then on.
    """

    type = models.CharField(_("item type"), max_length=64)
    basis = models.CharField(_("basis"), max_length=4, choices=Basis.choices)
    middle = models.FloatField(_("forecast median of the log duration"))
    spread = models.FloatField(_("forecast spread of the log duration"))
    by_type = models.FloatField(_("median by item type only"))
    days = models.FloatField(_("days"))
    late = models.BooleanField(_("overdue"))
    judged_on = models.DateField(_("counted from"), db_index=True)
    simulated = models.BooleanField(_("simulated"), default=False)

    class Meta:
        verbose_name = _("forecast and outcome")
        verbose_name_plural = _("forecasts and outcomes")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.type} {self.days:.1f}"
