"""That a backup was made, restored and compared, and how it went."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Drill(models.Model):
    """One drill; `differs` names the tables that came back otherwise, and none is good."""

    at = models.DateTimeField(_("at"))
    rows = models.PositiveBigIntegerField(_("rows"))
    seconds = models.FloatField(_("seconds"))
    differs = models.JSONField(_("differs"), default=list)

    class Meta:
        ordering = ("-at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.rows}"
