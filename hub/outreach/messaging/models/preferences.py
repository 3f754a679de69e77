"""Store patrons' ratings of messages, their minimum intervals, and the codes that link accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.encrypted_fields import EncryptedTextField
from hub.core.typed_choices import TextChoices
from hub.outreach.messaging.models.messages import Message
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person


class Rating(models.Model):
    """A patron's rating of one message; the last one counts."""

    class Says(TextChoices):
        USEFUL = "useful", pgettext_lazy("rating", "useful")
        LESS = "less", pgettext_lazy("rating", "fewer")
        STOP = "stop", pgettext_lazy("rating", "unsubscribe")

    message = models.OneToOneField(Message, models.CASCADE, related_name="rating", verbose_name=_("message"))
    says = models.CharField(_("rating"), max_length=6, choices=Says.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("message rating")
        verbose_name_plural = _("message ratings")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return str(self.says)


class FrequencyPreference(models.Model):
    """The patron asked for fewer messages of this kind: at most one in so many days."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="paces", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    days = models.PositiveSmallIntegerField(_("days between messages"))

    class Meta:
        verbose_name = _("message frequency")
        verbose_name_plural = _("message frequencies")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="pace_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class AccountLinkCode(models.Model):
    """A code that a phone scans to link its account, once and within minutes; `mark` is its keyed hash."""

    class End(TextChoices):
        BOUND = "bound", _("linked")
        TAKEN = "taken", _("already linked to another patron")

    person = models.ForeignKey(Person, models.CASCADE, related_name="bindings", verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    mark = models.CharField(_("keyed hash"), max_length=64, unique=True)
    url = EncryptedTextField(_("QR code content"))
    until = models.DateTimeField(_("until"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    end = models.CharField(_("result"), max_length=6, choices=End.choices, blank=True)

    class Meta:
        verbose_name = _("account linking code")
        verbose_name_plural = _("account linking codes")
        ordering = ("-until", "-id")

    def __str__(self) -> str:
        return f"{self.channel} {self.until:%Y-%m-%d %H:%M}"
