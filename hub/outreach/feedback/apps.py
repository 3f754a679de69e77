"""Configure the feedback app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoiceConfig(AppConfig):
    name = "hub.outreach.feedback"
    label = "voice"
    verbose_name = _("What patrons say")
