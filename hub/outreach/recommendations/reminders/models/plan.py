"""Store when the library sends reminders and notices, and when an item counts as lost."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MOMENT = time(10, 0)


class ReminderSettings(models.Model):
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


def reminder_settings() -> ReminderSettings:
    """Return the library's reminder settings, or the defaults."""
    found: ReminderSettings = ReminderSettings.objects.order_by("pk").first() or ReminderSettings()
    return found


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
