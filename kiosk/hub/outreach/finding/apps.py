"""Tells Django of the catalogue on the phone and of saved searches."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FindingConfig(AppConfig):
    name = "kiosk.hub.outreach.finding"
    label = "finding"
    verbose_name = _("Saved searches")
