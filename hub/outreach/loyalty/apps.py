"""Tells Django of reading records and recommendations to friends."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "hub.outreach.loyalty"
    label = "loyalty"
    verbose_name = _("Loyalty")
