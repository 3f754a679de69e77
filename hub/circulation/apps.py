"""Keeps what circulation has once: clock, the law as it was last read, the demo's obstacle."""

import threading
from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from hub.core.clock import Clock
from lending.model import Block
from lending.policy import Policy


def no_obstacle() -> Block | None:
    """Lets every transaction pass to its judgement."""
    return None


class CirculationConfig(AppConfig):
    name = "hub.circulation"
    label = "circulation"
    verbose_name = _("Circulation")

    clock: Clock
    turn: threading.Lock
    """Whose turn it is to write, where the database lets one write at a time."""
    law: tuple[str, Policy] | None
    """The policy as it was last read, under the mark by which the database then called it."""
    obstacle: Callable[[], Block | None]
    """Asked before a transaction that may be refused is judged."""
    registrar: Callable[..., Any]
    """Makes a patron of what somebody told at a kiosk; set by whoever knows her record too."""
    booker: Callable[..., Any]
    """Gives a patron a place where something is taught or to be seen, or takes it back; set by whoever has places."""

    def ready(self) -> None:
        from hub.circulation import change_triggers, published_rule_triggers

        for part in (change_triggers, published_rule_triggers):
            pre_migrate.connect(part.before_migrating, sender=self)
            post_migrate.connect(part.after_migrating, sender=self)
        self.clock, self.obstacle, self.turn, self.law = Clock(), no_obstacle, threading.Lock(), None
