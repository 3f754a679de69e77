"""Store portal sessions, used links and sign-in requests, by keyed hashes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Code, Person
from hub.outreach.portal.my_details import models as my_details  # noqa: F401 - registers its tables
from hub.outreach.portal.opac import models as opac  # noqa: F401 - registers its tables


class Scope(TextChoices):
    """Access of a session: a link opens one subject, a code opens everything."""

    LOANS = "loans", _("loans")
    READING = "reading", _("recommendations")
    ANSWERS = "answers", _("questions and replies")
    ALL = "all", _("everything")


class PortalSession(models.Model):
    """Portal session. `mark` is the keyed hash of its cookie."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    mark = models.CharField(_("keyed hash"), max_length=64, unique=True)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("portal visit")
        verbose_name_plural = _("portal visits")

    def __str__(self) -> str:
        return f"{self.scope} {self.until:%Y-%m-%d %H:%M}"


class UsedLink(models.Model):
    """Message link that was used, by its keyed hash, kept until the link would have expired."""

    mark = models.CharField(_("keyed hash"), max_length=64, primary_key=True)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("used link")
        verbose_name_plural = _("used links")

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d}"


class SignInRequest(models.Model):
    """Request for a sign-in code by card number.

    `mark` is the keyed hash of the code, or a random value of the same form if none was sent. `number` is
    encrypted, and deleted once the worker has looked it up.
    """

    of = models.CharField(_("keyed hash"), max_length=64)
    number = EncryptedTextField(_("number"), blank=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+", verbose_name=_("person"))
    code = models.ForeignKey(Code, models.CASCADE, null=True, related_name="+", verbose_name=_("code"))
    mark = models.CharField(_("keyed hash of the code"), max_length=64, db_index=True)
    at = models.DateTimeField(_("at"))
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("code request")
        verbose_name_plural = _("code requests")
        indexes = (models.Index(fields=("of", "at"), name="portal_signinrequest_of"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
