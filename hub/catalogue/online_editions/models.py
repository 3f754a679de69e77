"""Store online editions, the result of their last check, and anonymous usage counts per title and day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.online_editions.fields import LONGEST, WORDS
from hub.core.clock import now

DEAD_AFTER = 3
"""Consecutive nights without an answer after which an edition is no longer offered."""


class Edition(models.Model):
    """An address at which a title can be read.

    An edition from a MARC record is deleted when the record no longer contains it. Corrections and removals by staff
    survive a repeated import of the record.
    """

    title = models.ForeignKey("catalogue.Title", models.CASCADE, related_name="editions", verbose_name=_("title"))
    url = models.CharField(_("address"), max_length=LONGEST)
    words = models.CharField(_("link text"), max_length=WORDS, blank=True)
    in_record = models.CharField(_("address in the record"), max_length=LONGEST, blank=True, editable=False)
    """Empty if staff entered the edition; differs from `url` if staff have corrected it."""
    removed = models.BooleanField(_("removed by staff"), default=False)
    added_at = models.DateTimeField(_("added"), default=now, editable=False)
    media_type = models.CharField(_("media type"), max_length=100, blank=True, editable=False)
    checked_at = models.DateTimeField(_("last checked"), null=True, blank=True, editable=False, db_index=True)
    fault = models.CharField(_("fault"), max_length=12, blank=True, editable=False)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(_("nights without response"), default=0, editable=False, db_index=True)
    failing_since = models.DateTimeField(_("unreachable since"), null=True, blank=True, editable=False)
    failed_on = models.DateField(_("last failure"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("e-edition")
        verbose_name_plural = _("e-editions")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("title", "url"), name="catalogue_edition_title_url_unique"),)

    def __str__(self) -> str:
        return str(self.words or self.url)

    @property
    def offered(self) -> bool:
        """Whether the edition is offered to patrons."""
        return bool(self.failures < DEAD_AFTER and not self.removed)


class ReadOn(models.Model):
    """How often a title's online editions were opened on one day, without a patron."""

    title = models.ForeignKey("catalogue.Title", models.CASCADE, related_name="read_on", verbose_name=_("title"))
    day = models.DateField(_("day"), db_index=True)
    count = models.PositiveIntegerField(_("times"), default=0)

    class Meta:
        verbose_name = _("e-loans per day")
        verbose_name_plural = _("e-loans per day")
        ordering = ("-day", "id")
        constraints = (models.UniqueConstraint(fields=("title", "day"), name="catalogue_readon_title_day_unique"),)

    def __str__(self) -> str:
        return f"{self.day} {self.count}"
