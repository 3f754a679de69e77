"""Configure the outreach Django app and hold the adapter to the system that keeps the loans."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from hub.outreach.central import Central


class OutreachConfig(AppConfig):
    name = "hub.outreach"
    label = "outreach"
    verbose_name = _("Outreach")

    central: Central
    """Adapter to the system that keeps the loans; hub.outreach_bridge, which imports both sides, sets it."""
