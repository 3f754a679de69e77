"""Tells Django of what patrons see of themselves at kiosks, and of how they like the screen there."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DetailsConfig(AppConfig):
    name = "hub.outreach.my_details"
    label = "details"
    verbose_name = _("My details at kiosks")
