"""Configure the app and its process-wide state: cached policy, extension points."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from lending.model import Block
from lending.policy import Policy


def no_obstacle() -> Block | None:
    """Refuse nothing; the loan rules decide."""
    return None


class CirculationConfig(AppConfig):
    name = "hub.circulation"
    label = "circulation"
    verbose_name = _("Circulation")

    law: tuple[str, Policy] | None
    """The cached policy with the database's mark under which it was read."""
    obstacle: Callable[[], Block | None]
    """Called before the loan rules for each transaction that may still be refused; returns a block or None."""
    registrar: Callable[..., Any]
    """Registers a new patron from the details entered at a kiosk; set by the app that also keeps patron records."""
    booker: Callable[..., Any]
    """Books or cancels a patron's place at an event; set by the app that keeps events."""

    def ready(self) -> None:
        from hub.circulation.loan_rules import drafts
        from hub.circulation.snapshot import changes

        for part in (changes.TRIGGERS, drafts.TRIGGERS):
            pre_migrate.connect(part.before_migrating, sender=self)
            post_migrate.connect(part.after_migrating, sender=self)
        self.obstacle, self.law = no_obstacle, None
