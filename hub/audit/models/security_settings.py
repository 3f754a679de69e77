"""Store the library's security settings, and the recovery codes as keyed hashes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SecuritySettings(models.Model):
    """The library's security settings: one row.

    `mass` is the number of patrons that one member of staff may view within an hour without a card before it is an
    alarm. `mass_in_all` is the same including cards: more patrons than a busy desk serves.
    """

    second_step = models.BooleanField(_("second step required for staff"), default=True)
    mass = models.PositiveSmallIntegerField(_("patrons per hour without card"), default=20)
    mass_in_all = models.PositiveSmallIntegerField(_("patrons per hour, with card included"), default=60)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.mass)

    @staticmethod
    def now() -> "SecuritySettings":
        """Return the library's settings, or the defaults."""
        found: SecuritySettings = SecuritySettings.objects.first() or SecuritySettings()
        return found


class RecoveryCode(models.Model):
    """A code that replaces one from the phone once; stored as a keyed hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "hash"), name="recovery_code_once"),)

    def __str__(self) -> str:
        return str(self.pk)
