"""Store the access log: who viewed a patron and why, without the patron's name or what was seen."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.typed_choices import TextChoices


class Act(TextChoices):
    """Kind of view."""

    DESK = "desk", _("served at desk")
    PAGE = "page", _("patron's page")
    RECORD = "record", _("record")
    EXPORT = "export", _("export")
    ERASE = "erase", _("erasure page")
    LISTS = "lists", _("list of loans or fees")
    BORROWER = "borrower", _("last borrower of an item")


class Reason(TextChoices):
    """Reason of a view: one of six to choose from, or that the patron's card was read."""

    CARD = "card", _("card scanned")
    HERE = "here", _("patron present without card")
    ASKED = "asked", _("patron called or wrote")
    LOANS = "loans", _("overdue, fee or lost item")
    HOLDS = "holds", _("hold to handle")
    RECORD = "record", _("record to check or complete")
    FAULT = "fault", _("fault at a kiosk, or a complaint")


class AccessLogEntry(models.Model):
    """One view of a patron. `number` has no gaps, and `hash` chains each row to the one before.

    The database rejects every change and deletion of a row; see `access_log_triggers`.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"), db_index=True)
    staff = models.CharField(_("staff"), max_length=150)
    ref = models.CharField(_("pseudonym"), max_length=64)
    act = models.CharField(pgettext_lazy("look", "page opened"), max_length=8, choices=Act.choices)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    words = models.CharField(_("comment"), max_length=200, blank=True)
    card = models.BooleanField(_("card present"))
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ("-number",)
        indexes = (models.Index(fields=("staff", "at")),)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class ChainEnd(models.Model):
    """Number and hash of the newest entry; its single row is the lock of the chain."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class Alarm(models.Model):
    """An event that an administrator must review; `count` is the number of views within the hour."""

    class Kind(TextChoices):
        MANY = "many", _("many patrons without card")
        ALL = "all", _("many patrons, cards included")
        EXPORT = "export", _("patron data exported")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    staff = models.CharField(_("staff"), max_length=150)
    at = models.DateTimeField(_("at"))
    ref = models.CharField(_("pseudonym"), max_length=64, blank=True)
    count = models.PositiveIntegerField(_("access log"), default=1)
    seen_by = models.CharField(_("seen by"), max_length=150, blank=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ("-at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.staff}"
