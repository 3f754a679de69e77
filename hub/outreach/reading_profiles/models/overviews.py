"""What the page of segments tells, as the night counted it; names nobody."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Overview(models.Model):
    """The last night's, the only row: `told` is what `hub.outreach.reading_profiles.overview` writes and reads."""

    day = models.DateField(_("as of"))
    told = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("overview of segments")
        verbose_name_plural = _("overviews of segments")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.day}"
