"""What was read of which source and when, which rows contradict, and what a full sheet has named; reads nothing."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField


class ImportRun(models.Model):
    """A source was read. `mark` is the hash of the file; `fault` says why nothing was taken of it."""

    class Why(StrEnum):
        """What such a fault is, for pages that say it in any language."""

        FILE = "file"
        FORM = "form"
        TOO_MUCH = "too_much"
        CATALOGUE = "catalogue"
        LIBRARY = "library"
        HUB = "hub"

    source = models.CharField(_("source"), max_length=40)
    reads = models.CharField(_("reads"), max_length=10)
    full = models.BooleanField(_("full"))
    mark = models.CharField(max_length=64, blank=True)
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    ended_at = models.DateTimeField(_("read"))
    added = models.PositiveIntegerField(_("added"), default=0)
    updated = models.PositiveIntegerField(_("brought up to date"), default=0)
    same = models.PositiveIntegerField(_("the same as here"), default=0)
    over = models.PositiveIntegerField(_("over"), default=0)
    bad = models.PositiveIntegerField(_("contradicting rows"), default=0)
    fault = models.CharField(_("fault"), max_length=500, blank=True)
    why = models.CharField(max_length=10, blank=True)
    """One of Why, where nothing was taken."""
    too_much = models.BooleanField(default=False)
    """It was refused because it would have ended more than a fifth."""
    allowed_by = models.CharField(_("allowed by"), max_length=150, blank=True)
    """Who has said that so many may end: the next run takes it."""

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-ended_at", "-id")
        indexes = (models.Index(fields=("source", "ended_at")),)

    def __str__(self) -> str:
        return f"{self.source} {self.ended_at}"


class Conflict(models.Model):
    """A row of a source that contradicts, known by the keyed hash of its cells, which are sealed."""

    class How(models.TextChoices):
        TAKEN = "taken", _("taken")
        BELIEVED = "believed", _("the sheet's word counts")
        MENDED = "mended", _("mended there")
        PASSED = "passed", _("passed over")
        GONE = "gone", _("no longer in the sheet")

    source = models.CharField(_("source"), max_length=40)
    reads = models.CharField(_("reads"), max_length=10)
    key = models.CharField(max_length=64)
    line = models.PositiveIntegerField(_("line"))
    wrong = models.CharField(_("what is wrong"), max_length=10)
    """One of Wrong."""
    column = models.CharField(_("field"), max_length=40, blank=True)
    there = models.CharField(_("in the sheet"), max_length=200, blank=True)
    here = models.CharField(_("here"), max_length=200, blank=True)
    row = EncryptedTextField(blank=True)
    whose = models.CharField(max_length=64, blank=True, db_index=True)
    """The keyed hash of the patron's number, so that whoever is forgotten is forgotten here too."""
    written_at = models.DateTimeField(_("written"))
    """When the system wrote the sheet that it stands in."""
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("settled"), null=True, blank=True)
    closed_by = models.CharField(_("settled by"), max_length=150, blank=True)
    how = models.CharField(_("how"), max_length=10, choices=How.choices, blank=True)

    class Meta:
        verbose_name = _("contradicting row")
        verbose_name_plural = _("contradicting rows")
        ordering = ("opened_at", "line", "id")
        indexes = (models.Index(fields=("closed_at", "opened_at")),)
        constraints = (models.UniqueConstraint(fields=("source", "key"), name="conflict_once_per_row"),)

    def __str__(self) -> str:
        return f"{self.source} {self.line}"


class ImportedRecord(models.Model):
    """A patron, item or hold that a sheet has named, by its key: only such a one can be missing from a full one."""

    what = models.CharField(max_length=10)
    key = models.PositiveBigIntegerField()
    gone_at = models.DateTimeField(null=True, blank=True)
    """When a full sheet did not name it any more, and it was ended for that."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("what", "key"), name="brought_once"),)

    def __str__(self) -> str:
        return f"{self.what} {self.key}"
