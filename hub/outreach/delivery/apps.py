"""Configure the delivery app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hub.outreach.delivery.channels.base import Transport
    from hub.outreach.delivery.settings import Channels


class DeliveryConfig(AppConfig):
    name = "hub.outreach.delivery"
    label = "delivery"
    verbose_name = _("Delivery")
    stand_in: tuple[Channels, type[Transport]] | None = None
    """The demo's channels, used if the library has set up none, and the transport for all of them."""
