"""Store the versions of the library's data protection policy, and which staff have read them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Policy(models.Model):
    """One version; the newest is in force. A version that was read stays unchanged: a new one follows it."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    words = models.TextField(_("Chinese"))
    words_en = models.TextField(_("English"), blank=True)
    at = models.DateTimeField(_("effective from"))
    by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ("-version",)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.version)


class Acknowledgement(models.Model):
    """A member of staff has read a version and agrees to follow it."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="acknowledged", verbose_name=_("policy"))
    staff = models.CharField(_("staff"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("at", "id")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("policy", "staff"), name="acknowledged_once"),)

    def __str__(self) -> str:
        return f"{self.staff} {self.policy_id}"
