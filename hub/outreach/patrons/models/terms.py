"""Store the library's settings for profiles, in one row, and monthly loan counts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProfileSettings(models.Model):
    """Settings for profiles.

    `stale_months` is how long a fact counts as verified; the rest defines key patrons.
    """

    stale_months = models.PositiveSmallIntegerField(_("months until contact confirmation"), default=6)
    key_categories = models.JSONField(_("key patron categories"), default=list)
    key_loans = models.PositiveIntegerField(
        _("loans in 12 months for key patrons"), default=0, help_text=_("0: loans are not considered.")
    )

    class Meta:
        verbose_name = _("record rules")
        verbose_name_plural = _("record rules")

    def __str__(self) -> str:
        return str(self.stale_months)

    @staticmethod
    def now() -> "ProfileSettings":
        """Return the library's settings, or the defaults."""
        found: ProfileSettings = ProfileSettings.objects.first() or ProfileSettings()
        return found


class MonthlyLoans(models.Model):
    """Number of checkouts of a person in a month, without titles, for the rule of key patrons."""

    person = models.ForeignKey(
        "patrons.Person", models.CASCADE, related_name="busy", verbose_name=_("person"), db_index=False
    )
    month = models.DateField(_("month"))
    loans = models.PositiveIntegerField(_("loans"), default=0)

    class Meta:
        verbose_name = _("loans per month")
        verbose_name_plural = _("loans per month")
        ordering = ("person", "month")
        constraints = (models.UniqueConstraint(fields=("person", "month"), name="busy_once"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.loans}"
