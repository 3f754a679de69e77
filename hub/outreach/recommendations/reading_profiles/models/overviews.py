"""Store the figures of the segments page, computed nightly, without patrons."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Overview(models.Model):
    """Figures of the last night, in one row.

    `told` is written and read by hub.outreach.recommendations.reading_profiles.overview.
    """

    day = models.DateField(_("as of"))
    told = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("overview of segments")
        verbose_name_plural = _("overviews of segments")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.day}"
