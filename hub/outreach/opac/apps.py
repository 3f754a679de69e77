"""Configure the Django app of the catalogue and saved searches."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FindingConfig(AppConfig):
    name = "hub.outreach.opac"
    label = "finding"
    verbose_name = _("Saved searches")
