"""Ids, boot ids and secrets that are drawn from the seed."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from random import Random
from unittest import mock

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""A Monday, eight in the morning in Shanghai."""
BOOT: ContextVar[str] = ContextVar("boot")
"""Boot of the machine whose code runs now: every task of a kiosk carries its own."""


class Ids:
    """UUIDs in the order of the requests."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0

    def uuid7(self) -> uuid.UUID:
        self._count += 1
        stamp = int(START.timestamp() * 1000) + self._count
        tail = 2 << 62 | self._random.getrandbits(62)
        return uuid.UUID(int=stamp << 80 | 7 << 76 | self._random.getrandbits(12) << 64 | tail)

    def token_hex(self, size: int = 32) -> str:
        return self._random.randbytes(size).hex()

    def uuid4(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)


@contextlib.contextmanager
def seeded(ids: Ids) -> Iterator[None]:
    """Take everything random in the product from the seed."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch("uuid6.uuid7", ids.uuid7))
        stack.enter_context(mock.patch("secrets.token_hex", ids.token_hex))
        stack.enter_context(mock.patch("kiosk.sync.transaction_queue.boot_id", BOOT.get))
        yield
