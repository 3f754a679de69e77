"""Tables of the reminders: open loans, loan lengths, the trained model and its accuracy."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.models import SettingsRow
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


class OpenLoan(models.Model):
    """An open loan; `first` to `by_type` are the forecast of its first hour, kept for the outcome.

    `due` changes with renewals. `told_for` is the due date that a reminder named, `message` the key of the last
    reminder.
    """

    class Why(models.TextChoices):
        HABIT = "habit", _("patron's usual day")
        DUE = "due", _("due date")
        CHOSEN = "chosen", _("patron's choice")

    loan = models.CharField(_("loan"), max_length=64, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="open_loans", verbose_name=_("person"))
    item = models.CharField(_("barcode"), max_length=64, db_index=True)
    title = models.PositiveBigIntegerField(_("title"), null=True, blank=True)
    type = models.CharField(_("item type"), max_length=64, blank=True)
    out_at = models.DateTimeField(_("checked out"))
    due = models.DateTimeField(_("due"))
    renewals = models.PositiveSmallIntegerField(_("renewals"), default=0)
    believed = models.BooleanField(_("times certain"), default=True)
    handed_in_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    lost = models.BooleanField(_("recorded as lost"), default=False)

    basis = models.CharField(_("basis"), max_length=4, choices=Basis.choices, default=Basis.NONE)
    first = models.CharField(_("basis of the first forecast"), max_length=4, choices=Basis.choices, default=Basis.NONE)
    middle = models.FloatField(null=True, blank=True)
    spread = models.FloatField(null=True, blank=True)
    by_type = models.FloatField(null=True, blank=True)
    usual = models.DateField(_("usual return"), null=True, blank=True)
    likely = models.DateField(_("likely return"), null=True, blank=True)
    late = models.FloatField(_("probability overdue"), null=True, blank=True)

    why = models.CharField(_("reminder basis"), max_length=6, choices=Why.choices, default=Why.DUE)
    chosen = models.DateField(_("day chosen by the patron"), null=True, blank=True)
    remind_at = models.DateTimeField(_("reminder"), null=True, blank=True)
    early_at = models.DateTimeField(_("early reminder"), null=True, blank=True)
    told_for = models.DateTimeField(_("due date of the reminder"), null=True, blank=True)
    early_for = models.DateTimeField(_("due date of the early reminder"), null=True, blank=True)
    told = models.PositiveSmallIntegerField(_("reminders"), default=0)
    message = models.CharField(_("key of the last reminder"), max_length=120, blank=True, db_index=True)
    rung = models.PositiveSmallIntegerField(_("days at last overdue notice"), default=0)
    lettered = models.PositiveSmallIntegerField(_("days at last overdue letter"), default=0)
    """The notice for which a letter was printed. It is due again after the next notice."""

    class Meta:
        verbose_name = _("open loan")
        verbose_name_plural = _("open loans")
        ordering = ("due", "id")
        indexes = (
            models.Index(fields=("remind_at",), name="reminder_remind"),
            models.Index(fields=("early_at",), name="reminder_early"),
            models.Index(fields=("due",), name="reminder_due"),
        )

    def __str__(self) -> str:
        return str(self.loan)


class Lost(models.Model):
    """An item that counts as lost because it was overdue for too long, until staff have dealt with it."""

    class State(models.TextChoices):
        LOST = "lost", _("lost")
        FOUND = "found", _("found again")
        DONE = "done", _("done")

    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="lost", verbose_name=_("person")
    )
    item = models.CharField(_("barcode"), max_length=64, db_index=True)
    title = models.PositiveBigIntegerField(_("title"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=5, choices=State.choices, default=State.LOST)
    fee = models.DecimalField(_("fee"), max_digits=9, decimal_places=2, default=0)
    lost_at = models.DateTimeField(_("recorded as lost"))
    found_at = models.DateTimeField(_("found"), null=True, blank=True)

    class Meta:
        verbose_name = _("lost item")
        verbose_name_plural = _("lost items")
        ordering = ("-lost_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("item",), condition=models.Q(state="lost"), name="one_open_loss_per_item"),
        )

    def __str__(self) -> str:
        return str(self.item)


MOMENT = time(10, 0)


class ReminderSettings(SettingsRow):
    """The library's reminder settings: one row."""

    moment = models.TimeField(_("time of day for reminders"), default=MOMENT)
    before = models.PositiveSmallIntegerField(
        _("latest reminder, days before due date"), default=3, validators=[MaxValueValidator(60)]
    )
    early = models.PositiveSmallIntegerField(
        _("early reminder, days before due date"), default=7, validators=[MaxValueValidator(60)]
    )
    risk = models.FloatField(
        _("overdue probability for an early reminder"),
        default=0.3,
        validators=[MinValueValidator(0.01), MaxValueValidator(1.0)],
    )
    first_visits = models.PositiveSmallIntegerField(_("first visits always with early reminder"), default=9)
    lost_after = models.PositiveSmallIntegerField(
        _("days overdue until lost"),
        default=60,
        help_text=_("0: never automatically."),
        validators=[MaxValueValidator(3650)],
    )
    lost_fee = models.DecimalField(
        _("lost-item fee"),
        max_digits=9,
        decimal_places=2,
        default=0,
        help_text=_("0: staff charge it manually."),
        validators=[MinValueValidator(0)],
    )


class OverdueNoticeStep(models.Model):
    """A step of the overdue notices: its number of days after the due date."""

    days = models.PositiveSmallIntegerField(
        _("days after the due date"), unique=True, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )

    class Meta:
        verbose_name = _("overdue notice")
        verbose_name_plural = _("overdue notices")
        ordering = ("days",)

    def __str__(self) -> str:
        return str(self.days)
