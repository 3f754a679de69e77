"""Configure the Django app of patrons' own data and display preferences at kiosks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DetailsConfig(AppConfig):
    name = "hub.outreach.my_details"
    label = "details"
    verbose_name = _("My details at kiosks")
