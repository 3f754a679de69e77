"""Store incidents with patron data: what happened, when it was noticed, who was notified."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.typed_choices import TextChoices


class Incident(models.Model):
    """One incident, open until it is closed; its lines record the measures."""

    what = models.CharField(_("what happened"), max_length=1000)
    noticed_at = models.DateTimeField(_("noticed"))
    opened_at = models.DateTimeField(_("recorded at"))
    opened_by = models.CharField(_("recorded by"), max_length=150)
    affected = models.JSONField(_("affected patrons (pseudonyms)"), default=list)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ("-noticed_at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class IncidentLine(models.Model):
    """One measure; `whom` is who was notified."""

    class Kind(TextChoices):
        DONE = "done", _("done")
        TOLD = "told", pgettext_lazy("incident", "notified")
        CLOSED = "closed", pgettext_lazy("incident", "closed")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="lines", verbose_name=_("incident"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    whom = models.CharField(_("notified"), max_length=200, blank=True)
    words = models.CharField(_("content"), max_length=1000)
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("at", "id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
