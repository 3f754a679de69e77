"""Configure the Django app of the patron profiles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "hub.outreach.profiles"
    label = "people"
    verbose_name = _("People")
