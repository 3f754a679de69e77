"""Store transfers of copies between branches."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch, Item
from hub.circulation.models.loans import Hold


class Transit(models.Model):
    """A transfer: noted where the copy was returned, then sent, then arrived.

    The transfer of a copy that is checked out or lost meanwhile counts as ended.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="transits", verbose_name=_("item"))
    origin = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("from branch"))
    target = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("to branch"))
    hold = models.ForeignKey(
        Hold, models.SET_NULL, null=True, blank=True, related_name="transits", verbose_name=_("for hold")
    )
    noted_at = models.DateTimeField(_("recorded at"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ("noted_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("item",), condition=Q(arrived_at=None), name="one_way_per_item"),
        )

    def __str__(self) -> str:
        return f"{self.item} → {self.target}"
