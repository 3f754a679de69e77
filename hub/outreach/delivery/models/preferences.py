"""Store patrons' ratings of messages, their minimum intervals, and the codes that link accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.encrypted_fields import EncryptedTextField
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models.messages import Message
from hub.outreach.profiles.channels import Channel
from hub.outreach.profiles.models import Person
from hub.outreach.typed_choices import TextChoices


class Rating(models.Model):
    """A patron's rating of one message; the last one counts."""

    class Says(TextChoices):
        USEFUL = "useful", pgettext_lazy("rating", "useful")
        LESS = "less", pgettext_lazy("rating", "less often")
        STOP = "stop", pgettext_lazy("rating", "no more")

    message = models.OneToOneField(Message, models.CASCADE, related_name="rating", verbose_name=_("message"))
    says = models.CharField(_("says"), max_length=6, choices=Says.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("rating of a message")
        verbose_name_plural = _("ratings of messages")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return str(self.says)


class FrequencyPreference(models.Model):
    """The patron asked for fewer messages of this kind: at most one in so many days."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="paces", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    days = models.PositiveSmallIntegerField(_("days between two"))

    class Meta:
        verbose_name = _("pace of a kind")
        verbose_name_plural = _("paces of kinds")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="pace_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class AccountLinkCode(models.Model):
    """A code that a phone scans to link its account, once and within minutes; `mark` is its keyed hash."""

    class End(TextChoices):
        BOUND = "bound", _("bound")
        TAKEN = "taken", _("another patron's already")

    person = models.ForeignKey(Person, models.CASCADE, related_name="bindings", verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    mark = models.CharField(_("keyed hash"), max_length=64, unique=True)
    url = EncryptedTextField(_("what the code holds"))
    until = models.DateTimeField(_("until"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    end = models.CharField(_("what became of it"), max_length=6, choices=End.choices, blank=True)

    class Meta:
        verbose_name = _("code to bind an account")
        verbose_name_plural = _("codes to bind an account")
        ordering = ("-until", "-id")

    def __str__(self) -> str:
        return f"{self.channel} {self.until:%Y-%m-%d %H:%M}"
