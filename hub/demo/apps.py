"""Switch on the demo mode of the server, in which a transaction can be refused on request."""

import threading

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.signals import request_started

from lending.model import Block, Reason


class DemoConfig(AppConfig):
    """Django app of the demo mode."""

    name = "hub.demo"
    label = "demo"

    def ready(self) -> None:
        from hub.demo import shared_state

        self.this_request = threading.local()
        request_started.connect(shared_state.refresh)
        apps.get_app_config("circulation").obstacle = self.obstacle
        if settings.DEMO_OUTBOX:
            from hub.demo import outbox

            apps.get_app_config("messaging").stand_in = (outbox.every_channel(), outbox.OutboxTransport)

    def obstacle(self) -> Block | None:
        """Refuse one transaction after a request to do so."""
        from hub.demo import shared_state

        return Block(Reason.CENTRAL_REFUSED) if shared_state.take_refusal() else None
