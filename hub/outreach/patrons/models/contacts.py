"""Store encrypted contacts, the preferred order of channels, and hashes of verification codes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models.person import Person, Source


class Contact(models.Model):
    """Address of a person, encrypted.

    `bound_at`: time at which a code sent there was entered. `verified_at`: time at which it was last known to be
    right.

    An address entered by the patron is used once it is verified by code or confirmed by staff; one entered by staff
    is used at once. A replaced address is kept for some days so that its owner can be notified.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts", verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    address = EncryptedTextField(_("address"))
    hash = models.CharField(_("keyed hash"), max_length=64, db_index=True)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    told_at = models.DateTimeField(_("notified at"))
    verified_at = models.DateTimeField(_("last confirmed"), null=True, blank=True)
    bound_at = models.DateTimeField(_("linked"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("sent back"), null=True, blank=True)
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)
    asked_at = models.DateTimeField(_("confirmation requested"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "channel", "hash"), name="contact_once"),)

    def __str__(self) -> str:
        return str(self.get_channel_display())


class Order(models.Model):
    """Channels for one kind of message, in order of preference; an empty kind means all others."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="orders", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    channels = models.JSONField(_("channels"), default=list)

    class Meta:
        verbose_name = _("order of channels")
        verbose_name_plural = _("orders of channels")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="order_once"),)

    def __str__(self) -> str:
        return self.kind or "*"


class Code(models.Model):
    """Verification code sent to a contact, stored as a keyed hash."""

    class Aim(TextChoices):
        """What the code is for."""

        BIND = "bind", _("link contact")
        PIN = "pin", _("new PIN")
        SIGN = "sign", _("phone sign-in")

    person = models.ForeignKey(Person, models.CASCADE, related_name="codes", verbose_name=_("person"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="codes", verbose_name=_("contact"))
    aim = models.CharField(_("aim"), max_length=4, choices=Aim.choices)
    hash = models.CharField(_("keyed hash"), max_length=64)
    sent_at = models.DateTimeField(_("sent"))
    until = models.DateTimeField(_("until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ("-sent_at", "-id")

    def __str__(self) -> str:
        return str(self.get_aim_display())
