"""The views of what is laid over a visit, or bars it: help, the technician, a machine out of order. Knows no Kivy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from kiosk.central import OutOfService
from kiosk.system.health import Device, PartName, PartState
from kiosk.views.common import (
    IDLE_SECONDS,
    LABELS,
    LONGEST_PIN,
    NOTHING,
    TECHNICIAN_SECONDS,
    WARNING_SECONDS,
    Signal,
    Wanted,
)
from kiosk.views.find import Find, TitlePage
from kiosk.views.free_text import Writing
from kiosk.views.learn import Learn
from kiosk.views.my_details import Details
from kiosk.views.patron_input import AskLibrarian, Feedback, ForYou
from kiosk.views.registration import Registering
from kiosk.views.survey import Survey
from kiosk.views.visit import Account, Asking, Blocked, Borrowing, Farewell, Identify, Refused, Returning, Welcome


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Nothing can be promised. `command` is what the technician types to mend it."""

    wants: ClassVar[Wanted] = NOTHING
    why: str
    command: str = ""
    message: OutOfService | None = None
    """Staff keep it closed, and say why themselves; `why` is `out_of_service` then."""
    here: str = ""
    """The machine's name and address, for whoever types that command from elsewhere."""
    refused: OutOfService | None = None
    """What became of the kiosk.toml that was put on its boot partition, where it was refused."""
    linger: float | None = None
    signal: Signal = Signal.OUT_OF_ORDER


NOT_SET_UP = ("no_config", "bad_config", "not_enrolled")
"""Why a machine is no kiosk yet: nobody can sign in there."""
At = Identify | Borrowing | Returning | Account | ForYou | Details | AskLibrarian
Visiting = At | Farewell | Blocked | Refused | Asking
Under = Welcome | Visiting | Feedback | Find | TitlePage | Learn | Survey | Writing | Registering | OutOfOrder


@dataclass(frozen=True, slots=True)
class Help:
    """Staff were called, or will be; the visit waits under it."""

    under: Under
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.HELP

    @property
    def wants(self) -> Wanted:
        return self.under.wants


@dataclass(frozen=True, slots=True)
class SignIn:
    """A technician types the code that is hers alone; the visit waits under it."""

    wants: ClassVar[Wanted] = NOTHING
    under: Under
    typed: str = ""
    """Only bullets."""
    checking: bool = False
    problem: str = ""
    """`wrong_code`, `codes_paused` or `no_technician`; or nothing."""
    minutes: int = 0
    """Until a code is asked about again, with `codes_paused`."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def is_full(self) -> bool:
        return len(self.typed) >= LONGEST_PIN


class Trial(StrEnum):
    """What became of the test of a part."""

    RUNNING = "running"
    DONE = "done"
    SEEN = "seen"
    """It told of something: a card, a label, a key, a book that fell."""
    FAILED = "failed"


TRIED = (PartName.RECEIPT_PRINTER, PartName.LIGHTS, PartName.SECURITY_GATE)
"""Parts that do something when they are tested; the others are tested by showing them something."""


@dataclass(frozen=True, slots=True)
class Technician:
    """Health of every part, for the person with the screwdriver. Names no patron."""

    wants: ClassVar[Wanted] = LABELS
    under: Under
    parts: Mapping[PartName, PartState] = field(default_factory=dict)
    queued: int = 0
    exceptions: int = 0
    waited: float | None = None
    """Seconds since the oldest of the queued was agreed."""
    delay: float | None = None
    """Seconds that the central took for its last answer; None before the first."""
    kiosk: str = ""
    by: str = ""
    """The technician who is signed in."""
    trials: Mapping[PartName | Device, Trial] = field(default_factory=dict)
    speaker: bool = False
    """There is one to be tried."""
    told: int = 0
    """How many of the exceptions a hub beside the system has."""
    linger: float | None = TECHNICIAN_SECONDS
    signal: Signal = Signal.ATTENTION


SPOTS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.5))
"""Where the test of touch wants fingers, in this order: the corners, and the middle of the screen."""
FARTHEST_OFF = 6.0
"""Millimetres: less is a finger that aims, more is a panel that is turned, mirrored or stretched."""


@dataclass(frozen=True, slots=True)
class TouchTest:
    """One spot after the other is to be touched; shows how far off each touch landed."""

    wants: ClassVar[Wanted] = NOTHING
    under: Technician
    landed: tuple[float, ...] = ()
    """Millimetres beside each spot that was touched."""
    linger: float | None = TECHNICIAN_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def trial(self) -> Trial | None:
        """What became of it; None before the last spot."""
        if len(self.landed) < len(SPOTS):
            return None
        return Trial.FAILED if max(self.landed) > FARTHEST_OFF else Trial.DONE


@dataclass(frozen=True, slots=True)
class IdleWarning:
    under: Under | Help | SignIn | Technician | TouchTest
    seconds: int = WARNING_SECONDS
    linger: float | None = 1.0
    signal: Signal = Signal.ATTENTION

    @property
    def wants(self) -> Wanted:
        return self.under.wants
