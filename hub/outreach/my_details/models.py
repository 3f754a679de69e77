"""How a patron likes a kiosk's screen, where she wished it remembered; it tells how she reads, so it rests sealed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.outreach.profiles.models import Person


class DisplayPreferences(models.Model):
    """As lending.display_preferences writes it. Whoever wishes it no more has no row."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="look", verbose_name=_("person"))
    text = EncryptedTextField(_("how she likes the screen"))

    class Meta:
        verbose_name = _("look of the screen")
        verbose_name_plural = _("looks of the screen")

    def __str__(self) -> str:
        return str(self.person_id)
