"""What the library settles about its security, and codes for whoever lost her second factor; never a code in clear."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SecuritySettings(models.Model):
    """One row. `mass` is how many patrons one may look at within an hour without a card before it is an alarm.

    `mass_in_all` is the same with cards: more patrons than a busy desk serves.
    """

    second_step = models.BooleanField(_("staff need the second step"), default=True)
    mass = models.PositiveSmallIntegerField(_("patrons within an hour without a card"), default=20)
    mass_in_all = models.PositiveSmallIntegerField(_("patrons within an hour, cards included"), default=60)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.mass)

    @staticmethod
    def now() -> "SecuritySettings":
        """The library's own, or the shipped ones."""
        found: SecuritySettings = SecuritySettings.objects.first() or SecuritySettings()
        return found


class RecoveryCode(models.Model):
    """Good once, in the place of a code from the telephone; kept as a keyed hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "hash"), name="recovery_code_once"),)

    def __str__(self) -> str:
        return str(self.pk)
