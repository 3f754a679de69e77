"""The way of a copy from one branch to another; never tells where a copy belongs, which its own row does."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch, Item
from hub.circulation.models.loans import Hold


class Transit(models.Model):
    """Noted where the copy came back, then sent, then arrived. A copy that is lent or lost meanwhile is on no way."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="transits", verbose_name=_("item"))
    origin = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("from branch"))
    target = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("to branch"))
    hold = models.ForeignKey(
        Hold, models.SET_NULL, null=True, blank=True, related_name="transits", verbose_name=_("for the hold")
    )
    noted_at = models.DateTimeField(_("noted"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("transit")
        verbose_name_plural = _("transits")
        ordering = ("noted_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("item",), condition=Q(arrived_at=None), name="one_way_per_item"),
        )

    def __str__(self) -> str:
        return f"{self.item} → {self.target}"
