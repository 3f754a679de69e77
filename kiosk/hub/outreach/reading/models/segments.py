"""In which segment a patron is, and what the library does for each; knows no title."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.hub.outreach.choices import TextChoices
from kiosk.hub.outreach.people.models import Person


class Segment(TextChoices):
    NEW = "new", _("new, promising")
    REGULAR = "regular", _("regular")
    CHAMPION = "champion", _("champion")
    AT_RISK = "at_risk", _("at risk")
    HIBERNATING = "hibernating", _("hibernating")


class Standing(models.Model):
    """Where last night put her, and since when she is there."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="segment", verbose_name=_("person"))
    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, db_index=True)
    since = models.DateField(_("since"))

    class Meta:
        verbose_name = _("patron's segment")
        verbose_name_plural = _("patrons' segments")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)


class Rule(models.Model):
    """What whoever comes into a segment is told, in both languages; `on` lets the night do it by itself."""

    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, unique=True)
    heading_zh = models.CharField(_("heading in Chinese"), max_length=80)
    body_zh = models.TextField(_("text in Chinese"), max_length=500)
    heading_en = models.CharField(_("heading in English"), max_length=80)
    body_en = models.TextField(_("text in English"), max_length=500)
    on = models.BooleanField(_("runs every night"), default=False)

    class Meta:
        verbose_name = _("segment rule")
        verbose_name_plural = _("segment rules")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)
