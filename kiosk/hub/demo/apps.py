"""Switches the demo mode on in the server: a transaction can be told to be refused; knows no rule."""

import threading

from django.apps import AppConfig, apps

from kiosk.domain.model import Block, Reason


class DemoConfig(AppConfig):
    name = "kiosk.hub.demo"
    label = "demo"

    def ready(self) -> None:
        self.refuse_next = threading.Event()
        apps.get_app_config("circulation").obstacle = self.obstacle

    def obstacle(self) -> Block | None:
        """Refuses one transaction after it was told to."""
        if not self.refuse_next.is_set():
            return None
        self.refuse_next.clear()
        return Block(Reason.CENTRAL_REFUSED)
