"""Store the digest settings, remarks of staff on new titles, and digest subscriptions."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Title
from hub.core.models import SettingsRow, TextChoices
from hub.core.texts import TextsField
from hub.outreach.patrons.models import Person


class DigestFrequency(TextChoices):
    """How often a digest is sent."""

    WEEKLY = "weekly", pgettext_lazy("digest", "weekly")
    MONTHLY = "monthly", pgettext_lazy("digest", "monthly")


class Weekday(models.IntegerChoices):
    """Day of the week, numbered as by `date.weekday`."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class DigestSettings(SettingsRow):
    """Settings of the digest, in one row. A monthly digest is sent on the first such weekday of the month."""

    on = models.BooleanField(_("sent automatically"), default=True)
    weekday = models.PositiveSmallIntegerField(_("day of the week"), choices=Weekday.choices, default=Weekday.FRIDAY)
    moment = models.TimeField(_("time of day"), default=time(10, 0))
    most = models.PositiveSmallIntegerField(
        _("maximum titles"), default=6, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )


class Remark(models.Model):
    """Staff's treatment of a new title: left out, or with a remark."""

    title = models.OneToOneField(Title, models.CASCADE, related_name="remark", verbose_name=_("title"))
    out = models.BooleanField(_("excluded"), default=False)
    words = TextsField(pgettext_lazy("new title", "comment"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("comment on a new title")
        verbose_name_plural = _("comments on new titles")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.title)


class DigestSubscription(models.Model):
    """Person's digest frequency, and up to when new titles were sent; no row until either is known."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="digest", verbose_name=_("person"))
    every = models.CharField(
        _("how often"), max_length=8, choices=DigestFrequency.choices, default=DigestFrequency.WEEKLY
    )
    upto = models.DateTimeField(_("notified of arrivals until"), null=True, blank=True)

    class Meta:
        verbose_name = _("digest subscriber")
        verbose_name_plural = _("digest subscribers")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.every)
