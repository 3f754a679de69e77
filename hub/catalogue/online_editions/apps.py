"""Configure the app of online editions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditionsConfig(AppConfig):
    name = "hub.catalogue.online_editions"
    label = "editions"
    verbose_name = _("E-editions")
