"""Seeded faults of the product, each of which the monkey must find."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from kiosk.desk.desk import Desk
from kiosk.events import CardRemoved, Event
from kiosk.sync.courier import Courier
from kiosk.views import Help
from lending.model import CardRef
from lending.transactions import Checkout

Planted = Callable[[], AbstractContextManager[Any]]


def a_dead_end() -> AbstractContextManager[Any]:
    """Keep the help view until it is touched."""
    left: Callable[[Desk], float | None] = Desk._seconds_left
    return mock.patch.object(Desk, "_seconds_left", lambda self: None if isinstance(self.view, Help) else left(self))


def an_unrequested_loan() -> AbstractContextManager[Any]:
    """Make every other loan on the previous patron's card."""
    real, cards = Courier.deliver, list[CardRef]()

    async def deliver(self: Courier, act: Any, unless: Any = None) -> Any:
        if not isinstance(act, Checkout):
            return await real(self, act, unless)
        cards.append(act.card)
        card = cards[-2] if len(cards) % 2 == 0 else act.card
        return await real(self, replace(act, card=card), unless)

    return mock.patch.object(Courier, "deliver", deliver)


def a_crash() -> AbstractContextManager[Any]:
    """Crash if a card is removed while the help view is shown."""
    real = Desk._take

    def take(self: Desk, tasks: Any, event: Event) -> None:
        if isinstance(event, CardRemoved) and isinstance(self.view, Help):
            raise LookupError("no card lies there")
        real(self, tasks, event)

    return mock.patch.object(Desk, "_take", take)


def a_memory() -> AbstractContextManager[Any]:
    """Keep what happened in memory."""
    real, kept = Desk._take, list[Event]()

    def take(self: Desk, tasks: Any, event: Event) -> None:
        kept.append(event)
        real(self, tasks, event)

    return mock.patch.object(Desk, "_take", take)


@dataclass(frozen=True, slots=True)
class Fault:
    plant: Planted
    deeds: int
    """Actions that a monkey has to find it: nineteen of twenty find it within them."""


PLANTED = {
    "a dead end": Fault(a_dead_end, 2_000),
    "an unrequested loan": Fault(an_unrequested_loan, 500),
    "a crash": Fault(a_crash, 700),
    "a memory": Fault(a_memory, 150),
}
