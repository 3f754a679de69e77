"""Store import runs, files imported by staff, conflicting rows, and which records full sheets have contained."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.encrypted_fields import EncryptedTextField


class ImportRun(models.Model):
    """The import of a source. `mark` is the file's hash; `fault` says why nothing was imported."""

    class Why(StrEnum):
        """Kind of fault, which pages describe in their language."""

        FILE = "file"
        FORM = "form"
        TOO_MUCH = "too_much"
        CATALOGUE = "catalogue"
        LIBRARY = "library"
        HUB = "hub"

    source = models.CharField(_("source"), max_length=40)
    reads = models.CharField(_("content"), max_length=10)
    full = models.BooleanField(_("full"))
    mark = models.CharField(max_length=64, blank=True)
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    ended_at = models.DateTimeField(_("read at"))
    added = models.PositiveIntegerField(_("added"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    same = models.PositiveIntegerField(_("same as in the hub"), default=0)
    over = models.PositiveIntegerField(_("record ended"), default=0)
    bad = models.PositiveIntegerField(_("conflicting rows"), default=0)
    fault = models.CharField(_("fault"), max_length=500, blank=True)
    why = models.CharField(max_length=10, blank=True)
    """A value of Why if nothing was imported."""
    too_much = models.BooleanField(default=False)
    """Refused because more than a fifth of the records would have been closed."""
    allowed_by = models.CharField(_("allowed by"), max_length=150, blank=True)
    """Who permitted the closing of so many records; the next run imports the sheet."""

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-ended_at", "-id")
        indexes = (models.Index(fields=("source", "ended_at")),)

    def __str__(self) -> str:
        return f"{self.source} {self.ended_at}"


class Conflict(models.Model):
    """A conflicting row of a source, identified by the keyed hash of its cells, which are encrypted."""

    class How(models.TextChoices):
        TAKEN = "taken", _("imported")
        BELIEVED = "believed", _("imported value used")
        MENDED = "mended", _("corrected in the ILS")
        PASSED = "passed", _("ignored")
        GONE = "gone", _("no longer in the file")

    source = models.CharField(_("source"), max_length=40)
    reads = models.CharField(_("content"), max_length=10)
    key = models.CharField(max_length=64)
    line = models.PositiveIntegerField(_("line"))
    wrong = models.CharField(_("problem"), max_length=10)
    """A value of Wrong."""
    column = models.CharField(_("field"), max_length=40, blank=True)
    there = models.CharField(_("in the file"), max_length=200, blank=True)
    here = models.CharField(_("in the hub"), max_length=200, blank=True)
    row = EncryptedTextField(blank=True)
    whose = models.CharField(max_length=64, blank=True, db_index=True)
    """Keyed hash of the patron's number, by which the rows of an erased patron are deleted."""
    written_at = models.DateTimeField(_("written"))
    """When the ILS wrote the sheet with this row."""
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    closed_by = models.CharField(_("resolved by"), max_length=150, blank=True)
    how = models.CharField(_("resolved as"), max_length=10, choices=How.choices, blank=True)

    class Meta:
        verbose_name = _("conflicting row")
        verbose_name_plural = _("conflicting rows")
        ordering = ("opened_at", "line", "id")
        indexes = (models.Index(fields=("closed_at", "opened_at")),)
        constraints = (models.UniqueConstraint(fields=("source", "key"), name="ils_conflict_source_key_unique"),)

    def __str__(self) -> str:
        return f"{self.source} {self.line}"


class ImportedRecord(models.Model):
    """A patron, item or hold that a sheet has contained, by its primary key.

    Only such a record can be missing from a full sheet.
    """

    what = models.CharField(max_length=10)
    key = models.PositiveBigIntegerField()
    gone_at = models.DateTimeField(null=True, blank=True)
    """When a full sheet no longer contained it, so that it was closed."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("what", "key"), name="ils_importedrecord_what_key_unique"),)

    def __str__(self) -> str:
        return f"{self.what} {self.key}"


class FileImport(models.Model):
    """A file that a member of staff has uploaded, and the result of its import.

    The file itself is in the state directory (`hub.staff.uploads.files`) and is deleted after a day.
    """

    class Kind(models.TextChoices):
        TITLES = "titles", _("titles")
        ITEMS = "items", _("items")
        PATRONS = "patrons", _("patrons")

    class State(models.TextChoices):
        CHECKED = "checked", _("checked")
        """Nothing was written yet."""
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("imported")
        FAILED = "failed", _("failed")
        UNDONE = "undone", _("undone")

    kind = models.CharField(_("content"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("file"), max_length=120, blank=True)
    """Name of the file at the member of staff; empty for patrons once the file is deleted."""
    digest = models.CharField(max_length=64, db_index=True)
    """SHA-256 of the file, by which a repeated upload is recognised."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHECKED)
    uploaded_at = models.DateTimeField(_("uploaded"))
    queued_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    added = models.PositiveIntegerField(pgettext_lazy("imported", "new"), default=0)
    updated = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("unchanged"), default=0)
    bad = models.PositiveIntegerField(pgettext_lazy("imported", "refused"), default=0)

    class Meta:
        verbose_name = _("file import")
        verbose_name_plural = _("file imports")
        ordering = ("-uploaded_at", "-id")
        indexes = (models.Index(fields=("state", "queued_at")),)

    def __str__(self) -> str:
        return str(self.name or self.pk)

    @property
    def rows(self) -> int:
        """Number of rows or records in the file."""
        return int(self.added + self.updated + self.same + self.bad)
