"""Configure the messaging app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import AppConfig, apps
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hub.outreach.messaging.channels.base import Transport
    from hub.outreach.messaging.services import MessageRatings, PortalLinks
    from hub.outreach.messaging.settings import Channels


class MessagingConfig(AppConfig):
    name = "hub.outreach.messaging"
    label = "messaging"
    verbose_name = _("Messages")
    stand_in: tuple[Channels, type[Transport]] | None = None
    """The demo's channels, used if the library has set up none, and the transport for all of them."""

    ratings: MessageRatings
    portal_links: PortalLinks
    open_loans: Callable[[], QuerySet]
    kiosk_asks: Callable[[Iterable[int], datetime], Iterable[tuple[int, datetime]]]
    """Return which of these people a kiosk has asked since a time, and when, with questions that count in the limit.

    Provided by engagement.
    """

    def ready(self) -> None:
        from hub.outreach.messaging import enqueue, settings

        patrons = apps.get_app_config("patrons")
        patrons.outbox, patrons.text_limits = enqueue, lambda: settings.channels_or_none().texts
