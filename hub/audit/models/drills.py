"""Store backup drills and their results."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Drill(models.Model):
    """One backup drill; `differs` lists the tables that differ after the restore (empty if all is well)."""

    at = models.DateTimeField(_("at"))
    rows = models.PositiveBigIntegerField(_("rows"))
    seconds = models.FloatField(_("seconds"))
    differs = models.JSONField(_("mismatch"), default=list)

    class Meta:
        ordering = ("-at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.rows}"
