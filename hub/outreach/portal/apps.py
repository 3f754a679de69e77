"""Configure the app of the patron portal, the catalogue there, and My details at kiosks."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "hub.outreach.portal"
    label = "portal"
    verbose_name = _("Patron portal")

    def ready(self) -> None:
        from hub.outreach.portal import message_links

        apps.get_app_config("messaging").portal_links = message_links
