"""Seeded leaks, each of which the search must find."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from kiosk.sync.lookup import PatronItemLookup
from kiosk.system.health import Condition, Health, PartName, PartState
from lending.model import CardRef
from lending.redacted_log import SHAPE, RedactingFormatter
from tests.proofs.privacy.canaries import Canaries


@contextlib.contextmanager
def nothing(marked: Canaries) -> Iterator[None]:
    yield


@contextlib.contextmanager
def a_card_in_the_log(marked: Canaries) -> Iterator[None]:
    """Log the card as its keyed hash."""
    real = PatronItemLookup.account

    async def account(self: PatronItemLookup, card: CardRef) -> Any:
        logging.getLogger("kiosk.sync.lookup").info("card %s is asked about", card)
        return await real(self, card)

    with mock.patch.object(PatronItemLookup, "account", account):
        yield


@contextlib.contextmanager
def a_name_in_a_temporary_file(marked: Canaries) -> Iterator[None]:
    real = PatronItemLookup.account

    async def account(self: PatronItemLookup, card: CardRef) -> Any:
        with tempfile.NamedTemporaryFile("w", delete=False, encoding="utf-8") as file:
            file.write(marked.patrons[0].name)
        return await real(self, card)

    with mock.patch.object(PatronItemLookup, "account", account):
        yield


@contextlib.contextmanager
def a_title_in_the_health(marked: Canaries) -> Iterator[None]:
    states = Health.states

    def leaking_states(self: Health) -> Any:
        return {**states.fget(self), PartName.LIGHTS: PartState(Condition.FAULTY, marked.books[0].title)}  # type: ignore[attr-defined]

    with mock.patch.object(Health, "states", property(leaking_states)):
        yield


@dataclass(frozen=True, slots=True)
class Leak:
    name: str
    planted: Callable[[Canaries], contextlib.AbstractContextManager[None]]
    formatter: Callable[[], logging.Formatter] = RedactingFormatter
    must: bool = True
    """It must be found: it is a control."""


def usual_formatter() -> logging.Formatter:
    """Return a formatter whose tracebacks contain the exception's message."""
    return logging.Formatter(SHAPE)


LEAKS = (
    Leak("visits that left nothing behind", nothing, must=False),
    Leak("control: a card in the log", a_card_in_the_log),
    Leak("control: a traceback with its words", nothing, usual_formatter),
    Leak("control: a name in a temporary file", a_name_in_a_temporary_file),
    Leak("control: a title in the health report", a_title_in_the_health),
)
