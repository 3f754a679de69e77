"""Store display preferences for kiosks, encrypted because they disclose how the patron reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.outreach.patrons.models import Person


class DisplayPreferences(models.Model):
    """Display preferences in the format of lending.display_preferences; no row if none are remembered."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="look", verbose_name=_("person"))
    text = EncryptedTextField(_("screen settings"))

    class Meta:
        verbose_name = _("screen settings")
        verbose_name_plural = _("screen settings")

    def __str__(self) -> str:
        return str(self.person_id)
