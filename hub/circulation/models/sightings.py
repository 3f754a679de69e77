"""Record when copies were last seen in the library, and their in-house use, without a patron.

The last sighting orders transactions that are uploaded late.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch, Item


class Sighting(models.Model):
    """The last time a copy was present: `seen` by staff or a bin's sensor, or else only scanned."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="sightings", verbose_name=_("item"))
    seen = models.BooleanField(_("checked by staff"))
    at = models.DateTimeField(_("at"))
    kiosk = models.ForeignKey(
        "circulation.Kiosk", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("kiosk")
    )

    class Meta:
        verbose_name = _("last seen record of a copy")
        verbose_name_plural = _("last seen records of copies")
        ordering = ("-at", "id")
        constraints = (models.UniqueConstraint(fields=("item", "seen"), name="last_sighting_of_its_kind"),)

    def __str__(self) -> str:
        return f"{self.item} {self.at:%Y-%m-%d %H:%M}"


class InHouseUse(models.Model):
    """A copy was read in the library without a loan: found on a table, or returned without being on loan."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="used", verbose_name=_("item"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("in-house use")
        verbose_name_plural = _("in-house uses")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.item} {self.at:%Y-%m-%d %H:%M}"
