"""Configure the shelves app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShelvesConfig(AppConfig):
    name = "hub.catalogue.shelves"
    label = "shelves"
    verbose_name = _("Shelves")
