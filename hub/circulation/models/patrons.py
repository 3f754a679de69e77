"""Store patrons and their cards, with card numbers and PINs as hashes only."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.bilingual_name import BilingualName
from hub.core.encrypted_fields import EncryptedTextField


def new_ref() -> str:
    """Return a new opaque reference, by which kiosks identify a patron."""
    return uuid.uuid4().hex


class PatronCategory(BilingualName):
    """A group of patrons to whom the same loan rules apply."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("patron category")
        verbose_name_plural = _("patron categories")
        ordering = ("code",)


class Patron(models.Model):
    """A person who may borrow."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")
        PROVISIONAL = "provisional", _("provisional")

    identifier = models.CharField(_("patron identifier"), max_length=32, unique=True)
    ref = models.CharField(_("reference"), max_length=32, unique=True, default=new_ref, editable=False)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        PatronCategory, models.PROTECT, related_name="patrons", verbose_name=_("patron category")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    expires = models.DateField(_("expires"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    pin = models.CharField(_("PIN hash"), max_length=200, blank=True, editable=False)
    past = models.PositiveIntegerField(_("closed loans without title or patron"), default=0, editable=False)

    class Meta:
        verbose_name = _("patron")
        verbose_name_plural = _("patrons")
        ordering = ("identifier",)
        indexes = (models.Index(fields=("name",)),)

    def __str__(self) -> str:
        return str(self.name)


class CardRecommendations(models.Model):
    """Recommendations sent to kiosks with each of the patron's cards, encrypted for the card.

    They are written by `hub.ils.bridge` and opaque to circulation.
    """

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="carried", verbose_name=_("patron"))
    picks = models.TextField()

    def __str__(self) -> str:
        return str(self.patron_id)


class CardDisplayPreferences(models.Model):
    """Kiosk display preferences sent with each of the patron's cards; encrypted at rest.

    They are written by `hub.ils.bridge`.
    """

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="look", verbose_name=_("patron"))
    text = EncryptedTextField()

    def __str__(self) -> str:
        return str(self.patron_id)


class Card(models.Model):
    """A card, identified by the keyed hash of its number.

    Old cards are kept, so that a lost card is recognised when it is used.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")
        LOST = "lost", _("lost")

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="cards", verbose_name=_("patron"))
    hash = models.CharField(_("keyed hash"), max_length=64, unique=True)
    last4 = models.CharField(_("last four"), max_length=4)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")

    def __str__(self) -> str:
        return f"…{self.last4}"
