"""When each copy was last known to be in the library, for rows that come late; never tells where it stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.hub.catalogue.models import Item


class Sighting(models.Model):
    """The last time that a copy was there: `seen` by staff or taken in by a bin, or else only scanned at a kiosk."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="sightings", verbose_name=_("item"))
    seen = models.BooleanField(_("seen, not only scanned"))
    at = models.DateTimeField(_("at"))
    kiosk = models.ForeignKey(
        "circulation.Kiosk", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("kiosk")
    )

    class Meta:
        verbose_name = _("sighting of a copy")
        verbose_name_plural = _("sightings of copies")
        ordering = ("-at", "id")
        constraints = (models.UniqueConstraint(fields=("item", "seen"), name="last_sighting_of_its_kind"),)

    def __str__(self) -> str:
        return f"{self.item} {self.at:%Y-%m-%d %H:%M}"
