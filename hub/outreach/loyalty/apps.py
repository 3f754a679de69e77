"""Configure the Django app of reading counts and referrals."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "hub.outreach.loyalty"
    label = "loyalty"
    verbose_name = _("Loyalty")
