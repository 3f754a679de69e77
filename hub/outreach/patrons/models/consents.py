"""Store consents and withdrawals with their texts; rows are only added while the person is known."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models.person import Person
from hub.outreach.patrons.purposes import Purpose


class ConsentText(models.Model):
    """Text of one purpose in one version. A version that was agreed to is never changed."""

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    version = models.CharField(_("version"), max_length=20)
    chinese = models.TextField(_("Chinese"))
    english = models.TextField(_("English"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ("purpose", "-since", "-id")
        constraints = (models.UniqueConstraint(fields=("purpose", "version"), name="consent_text_once"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class Consent(models.Model):
    """Consent to or withdrawal of one purpose; the newest row counts."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents", verbose_name=_("person"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    given = models.BooleanField(_("given"))
    text_version = models.CharField(_("version of the text"), max_length=20, blank=True)
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("person", "purpose", "-at", "-id")),)

    def __str__(self) -> str:
        return f"{self.purpose} {'+' if self.given else '-'}"


class FieldConsent(models.Model):
    """Consent to or refusal of one purpose for one contact field, whatever its address.

    The newest row counts.

    Loans need no consent, so only optional purposes occur here.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="uses", verbose_name=_("person"))
    field = models.CharField(_("field"), max_length=10, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    given = models.BooleanField(_("given"))
    text_version = models.CharField(_("version of the text"), max_length=20, blank=True)
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("use of field")
        verbose_name_plural = _("uses of fields")
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("person", "purpose", "-at", "-id"), name="use_newest"),)

    def __str__(self) -> str:
        return f"{self.field} {self.purpose} {'+' if self.given else '-'}"
