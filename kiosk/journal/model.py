"""Data types of the journal: row states, counts, moments and reports."""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from lending.transactions import ClockTrust, TransactionId


class State(StrEnum):
    """State of a row."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The central refused it, and it had not been promised."""
    SET_ASIDE = "set_aside"
    """It is at the central's exception desk."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Time of a transaction: wall clock with its trust, boot id, and monotonic nanoseconds."""

    at: datetime
    trust: ClockTrust
    boot: str
    mono_ns: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The central's response to a row, and when it arrived."""

    of: TransactionId
    state: State
    answer: str
    reason: str
    at: datetime

    @property
    def said(self) -> tuple[str, str, str]:
        """State, answer and reason, as stored."""
        return self.state.value, self.answer, self.reason


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of rows by outcome."""

    queued: int
    acknowledged: int
    """Accepted, or refused without having been promised."""
    exceptions: int
    oldest: datetime | None = field(default=None, compare=False)
    """Time of the oldest queued transaction."""


HEARD = "heard"
"""Reason of a row that is sent again although the patron saw its result: it needs no confirmation."""
UNSENDABLE = "it can never be handed over"
"""Prefix of the reason of a row that this kiosk set aside itself: no central has received it."""


@dataclass(frozen=True, slots=True)
class SealedTo:
    """Number of rows encrypted to one key: queued, and all whose bodies are kept."""

    key: str
    queued: int
    kept: int


@dataclass(frozen=True, slots=True)
class UploadWatermark:
    """Upload progress: every row up to `through` is closed."""

    journal: str
    through: int
    sealed: Sequence[SealedTo] | None = field(default=None, compare=False)
    """Keys to which the kept bodies are encrypted; None if unknown."""


@dataclass(frozen=True, slots=True)
class UnsendableRow:
    """What is known of a row that cannot be sent again; `last` ends a run of rows of which nothing is known."""

    seq: int
    why: str
    id: TransactionId | None = None
    kind: str = ""
    at: datetime | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A closed row, which the central must have; `gone` is reported instead if it cannot be sent again."""

    seq: int
    id: TransactionId
    gone: UnsendableRow | None
    erased: bool = False
    """Its body is erased, and so are those of all older rows."""


def free_space(directory: Path) -> int:
    """Return the bytes that an unprivileged process may still write there."""
    space = os.statvfs(directory)
    return space.f_bavail * space.f_frsize


@functools.cache
def boot_id() -> str:
    """Return the kernel's id of this boot; if unavailable, one generated for this process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
