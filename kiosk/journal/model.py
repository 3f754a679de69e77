"""What the journal tells: how a row stands, how many there are, when and on which machine; opens no file of rows."""

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
    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The central said no, and nobody had been told yes."""
    SET_ASIDE = "set_aside"
    """It is in the central's exception desk."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was agreed, as far as the kiosk can tell."""

    at: datetime
    trust: ClockTrust
    boot: str
    mono_ns: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What the central said of a row, and when that was heard."""

    of: TransactionId
    state: State
    answer: str
    reason: str
    at: datetime

    @property
    def said(self) -> tuple[str, str, str]:
        """State, answer and reason as the file has them."""
        return self.state.value, self.answer, self.reason


@dataclass(frozen=True, slots=True)
class Counts:
    queued: int
    acknowledged: int
    """Accepted, or refused before anybody was told yes."""
    exceptions: int
    oldest: datetime | None = field(default=None, compare=False)
    """When the first of the queued was agreed."""


HEARD = "heard"
"""Reason of a row that is sent again after the patron saw the answer: it needs no confirmation."""
UNSENDABLE = "it can never be handed over"
"""How the reason begins of a row that this kiosk set aside by itself: no central has ever had it."""


@dataclass(frozen=True, slots=True)
class SealedTo:
    """How many rows are sealed to the key of that name: of the queued, and of all whose bodies are still kept."""

    key: str
    queued: int
    kept: int


@dataclass(frozen=True, slots=True)
class Carried:
    """How far the central was told: every row up to `through` is closed."""

    journal: str
    through: int
    sealed: Sequence[SealedTo] | None = field(default=None, compare=False)
    """To which keys of the hub's all is sealed that is still kept; None where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What is still known of a row that cannot be handed over again; `last` ends a run of which nothing is known."""

    seq: int
    why: str
    id: TransactionId | None = None
    kind: str = ""
    at: datetime | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A closed row, which the central must hold; `gone` is what to report once it cannot be sent again."""

    seq: int
    id: TransactionId
    gone: Gone | None
    erased: bool = False
    """Its body is not kept any more; then neither are those of older rows."""


def free_space(directory: Path) -> int:
    """Bytes that an ordinary process may still write there."""
    space = os.statvfs(directory)
    return space.f_bavail * space.f_frsize


@functools.cache
def boot_id() -> str:
    """The kernel's name for this boot; where it has none, a name made for this process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
