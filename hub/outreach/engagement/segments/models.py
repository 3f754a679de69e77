"""Table of the segments that staff define by rules."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PatronSegment(models.Model):
    """A segment defined by `rules`, as `hub.outreach.engagement.segments.rules.Rules` stores them.

    Who belongs to it is calculated whenever it is used, and never stored.
    """

    name = models.CharField(pgettext_lazy("segment", "name"), max_length=60, unique=True)
    rules = models.JSONField(_("rules"), default=dict)
    by = models.CharField(_("created by"), max_length=150)
    made_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("segment by rules")
        verbose_name_plural = _("segments by rules")
        ordering = ("name",)

    def __str__(self) -> str:
        return str(self.name)

    @property
    def code(self) -> str:
        """The code by which campaigns and journeys name the segment."""
        return f"rules-{self.pk}"
