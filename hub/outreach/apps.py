"""Tells Django of outreach and keeps the way to the system of the loans; knows no table."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from hub.outreach.central import Central


class OutreachConfig(AppConfig):
    name = "hub.outreach"
    label = "outreach"
    verbose_name = _("Outreach")

    central: Central
    """Set by whoever knows both sides."""
