"""Tells Django of the staff pages; knows no page."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "kiosk.hub.staff"
    label = "staff"
    verbose_name = _("Staff pages")
