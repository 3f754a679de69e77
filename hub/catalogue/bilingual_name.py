"""Provide a base model for names in two languages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.language import is_english


class BilingualName(models.Model):
    """Has a `name`, and another one for pages in English."""

    name_en = models.CharField(
        _("name in English"), max_length=200, blank=True, help_text=_("If empty, English pages show the name.")
    )

    class Meta:
        abstract = True

    @property
    def names(self) -> dict[str, str]:
        """Return the name by language, for a reader whose language is not known here."""
        return {"zh": str(self.name), "en": str(self.name_en or self.name)}

    def __str__(self) -> str:
        return str(self.name_en if is_english() and self.name_en else self.name)
