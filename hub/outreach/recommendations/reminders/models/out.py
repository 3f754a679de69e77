"""Store open loans with their planned reminders, and lost items. A loan is deleted at its return."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders.models.learnt import Basis


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
            models.UniqueConstraint(fields=("item",), condition=models.Q(state="lost"), name="reminder_lost_once"),
        )

    def __str__(self) -> str:
        return str(self.item)
