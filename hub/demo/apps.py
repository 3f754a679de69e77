"""Switch on the demo mode of the server, in which a transaction can be refused on request."""

from django.apps import AppConfig, apps
from django.conf import settings

from hub.core.shared_memory import InterProcessLock, SharedNumber
from lending.model import Block, Reason


class DemoConfig(AppConfig):
    """Django app of the demo mode. The number of pending refusals is shared by all processes."""

    name = "hub.demo"
    label = "demo"

    def ready(self) -> None:
        self._refusals, self._turn = SharedNumber(), InterProcessLock()
        apps.get_app_config("circulation").obstacle = self.obstacle
        if settings.DEMO_OUTBOX:
            from hub.demo import outbox

            apps.get_app_config("delivery").stand_in = (outbox.every_channel(), outbox.Transport)

    @property
    def refuses_next(self) -> bool:
        return self._refusals.value > 0

    def refuse_next(self) -> None:
        """Let whichever hub process takes the next transaction refuse it."""
        self._refusals.value = 1

    def obstacle(self) -> Block | None:
        """Refuse one transaction after a request to do so."""
        if not self.refuses_next:
            return None
        with self._turn:
            refused, self._refusals.value = self.refuses_next, 0
        return Block(Reason.CENTRAL_REFUSED) if refused else None
