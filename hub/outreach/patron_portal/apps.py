"""Configure the Django app of the patron portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PhoneConfig(AppConfig):
    name = "hub.outreach.patron_portal"
    label = "phone"
    verbose_name = _("Patrons' phones")
