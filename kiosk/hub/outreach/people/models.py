"""The people's tables; a person is known by the pseudonym that the feed uses."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Person(models.Model):
    """A patron as outreach knows her: nothing but the pseudonym until she tells more."""

    ref = models.CharField(_("reference"), max_length=64, unique=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    since = models.DateTimeField(_("known since"))

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.ref)
