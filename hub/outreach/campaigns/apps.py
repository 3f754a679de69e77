"""Configure the campaigns app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "hub.outreach.campaigns"
    label = "campaigns"
    verbose_name = _("Posters and campaigns")
