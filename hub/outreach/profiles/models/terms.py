"""Store the library's settings for profiles, in one row, and monthly loan counts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProfileSettings(models.Model):
    """Settings for profiles.

    `stale_months` is how long a fact counts as verified; the rest defines key patrons.
    """

    stale_months = models.PositiveSmallIntegerField(_("months until a contact is asked about"), default=6)
    key_categories = models.JSONField(_("groups whose patrons are key patrons"), default=list)
    key_loans = models.PositiveIntegerField(
        _("loans in twelve months that make a key patron"), default=0, help_text=_("0: loans do not count.")
    )

    class Meta:
        verbose_name = _("terms of the record")
        verbose_name_plural = _("terms of the record")

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
        "people.Person", models.CASCADE, related_name="busy", verbose_name=_("person"), db_index=False
    )
    month = models.DateField(_("month"))
    loans = models.PositiveIntegerField(_("loans"), default=0)

    class Meta:
        verbose_name = _("loans of a month")
        verbose_name_plural = _("loans of a month")
        ordering = ("person", "month")
        constraints = (models.UniqueConstraint(fields=("person", "month"), name="busy_once"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.loans}"
