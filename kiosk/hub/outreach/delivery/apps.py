"""Tells Django of the delivery's tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "kiosk.hub.outreach.delivery"
    label = "delivery"
    verbose_name = _("Delivery")
