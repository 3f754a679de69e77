"""Tells Django of the catalogue on the phone and of saved searches."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FindingConfig(AppConfig):
    name = "hub.outreach.opac"
    label = "finding"
    verbose_name = _("Saved searches")
