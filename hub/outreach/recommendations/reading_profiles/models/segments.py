"""Store each patron's segment, and the messages and kiosk greetings of the segments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person


class Segment(TextChoices):
    """Segment of patrons, as hub.outreach.recommendations.reading_profiles.segments assigns it."""

    NEW = "new", _("new")
    REGULAR = "regular", _("regular")
    CHAMPION = "champion", _("champion")
    AT_RISK = "at_risk", _("at risk")
    HIBERNATING = "hibernating", _("hibernating")


GREETS: dict[str, str] = {Segment.NEW: "guide", Segment.AT_RISK: "news", Segment.HIBERNATING: "news"}
"""Kind of kiosk greeting by segment, shown after the card unless staff have switched it off."""


class SegmentMembership(models.Model):
    """Segment that the last nightly job assigned to a patron, and the day of the last change."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="segment", verbose_name=_("person"))
    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, db_index=True)
    since = models.DateField(_("since"))

    class Meta:
        verbose_name = _("patron's segment")
        verbose_name_plural = _("patrons' segments")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)


class SegmentRule(models.Model):
    """Message to patrons who enter a segment, in both languages. `on` lets the nightly job send it."""

    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, unique=True)
    heading_zh = models.CharField(_("heading in Chinese"), max_length=80)
    body_zh = models.TextField(_("text in Chinese"), max_length=500)
    heading_en = models.CharField(_("heading in English"), max_length=80)
    body_en = models.TextField(_("text in English"), max_length=500)
    on = models.BooleanField(_("runs nightly"), default=False)

    class Meta:
        verbose_name = _("segment rule")
        verbose_name_plural = _("segment rules")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)


class SegmentGreeting(models.Model):
    """Kiosk greeting of a segment; a segment without a row has the default text."""

    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, unique=True)
    words_zh = models.CharField(_("sentence in Chinese"), max_length=40, blank=True)
    words_en = models.CharField(_("sentence in English"), max_length=40, blank=True)
    on = models.BooleanField(_("shown at kiosks"), default=True)

    class Meta:
        verbose_name = _("kiosk message")
        verbose_name_plural = _("kiosk messages")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)

    @classmethod
    def of(cls, segment: str) -> "SegmentGreeting":
        """Return the greeting of the segment, or the unsaved default."""
        found: SegmentGreeting = cls.objects.filter(segment=segment).first() or cls(segment=segment)
        return found
