"""Define the views over or instead of a visit: help, technician, tests, out of order, idle warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from kiosk.central import OutOfService
from kiosk.system.health import ABSENT, Condition, Device, PartName, PartState
from kiosk.views.common import (
    IDLE_SECONDS,
    LABELS,
    LONGEST_PIN,
    NOTHING,
    TECHNICIAN_SECONDS,
    WARNING_SECONDS,
    AcceptedNumbers,
    Signal,
)
from kiosk.views.find import Find, TitlePage
from kiosk.views.learn import Learn
from kiosk.views.my_details import Details
from kiosk.views.patron_input import AskLibrarian, Feedback, ForYou, Writing
from kiosk.views.registration import Registering
from kiosk.views.survey import Survey
from kiosk.views.visit import Account, Asking, Blocked, Borrowing, Farewell, Identify, Refused, Returning, Welcome


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """The kiosk cannot be used. `command` is what the technician types to repair it."""

    wants: ClassVar[AcceptedNumbers] = NOTHING
    why: str
    command: str = ""
    message: OutOfService | None = None
    """Closure by staff with its reason; `why` is then `out_of_service`."""
    here: str = ""
    """Host name and address, to type that command from another machine."""
    refused: OutOfService | None = None
    """Result for the kiosk.toml on the boot partition, if it was refused."""
    link: str = ""
    """Page of the hub that makes a kiosk.toml; empty if no hub is known."""
    linger: float | None = None
    signal: Signal = Signal.OUT_OF_ORDER


NOT_SET_UP = ("no_config", "bad_config", "not_enrolled", "no_card_file", "bad_card_file", "card_not_enrolled")
"""Reasons why a machine is not set up yet; signing in is impossible then. Those of the card are an image's."""
VisitView = Identify | Borrowing | Returning | Account | ForYou | Details | AskLibrarian
Visiting = VisitView | Farewell | Blocked | Refused | Asking
UnderlyingView = Welcome | Visiting | Feedback | Find | TitlePage | Learn | Survey | Writing | Registering | OutOfOrder


@dataclass(frozen=True, slots=True)
class Help:
    """Staff were called or can be called; the visit continues under it."""

    under: UnderlyingView
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.HELP

    @property
    def wants(self) -> AcceptedNumbers:
        return self.under.wants


@dataclass(frozen=True, slots=True)
class SignIn:
    """A technician types a personal code; the visit continues under it."""

    wants: ClassVar[AcceptedNumbers] = NOTHING
    under: UnderlyingView
    typed: str = ""
    """Bullets only."""
    checking: bool = False
    problem: str = ""
    """`wrong_code`, `codes_paused` or `no_technician`; empty: none."""
    minutes: int = 0
    """Minutes until codes are accepted again, with `codes_paused`."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def is_full(self) -> bool:
        return len(self.typed) >= LONGEST_PIN


class Trial(StrEnum):
    """Outcome of the test of a part."""

    RUNNING = "running"
    DONE = "done"
    SEEN = "seen"
    """The part reported an event: a card, a label, a key, or an item in the drop box."""
    FAILED = "failed"


TRIED = (PartName.RECEIPT_PRINTER, PartName.LIGHTS, PartName.SECURITY_GATE)
"""Parts that act when tested; the others are tested by presenting a card, a label or an item."""


@dataclass(frozen=True, slots=True)
class Release:
    """Installed version of the program. Without a version nothing is shown; `installed` is None if that is unknown."""

    version: str = ""
    installed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Technician:
    """Health of every part, for the technician. Contains no patron data."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    under: UnderlyingView
    parts: Mapping[PartName, PartState] = field(default_factory=dict)
    queued: int = 0
    exceptions: int = 0
    queue_age: float | None = None
    """Age in seconds of the oldest transaction waiting to upload; None: none waits."""
    delay: float | None = None
    """Response time in seconds of the central's last answer; None before the first."""
    kiosk: str = ""
    by: str = ""
    """Name of the technician who is signed in."""
    trials: Mapping[PartName | Device, Trial] = field(default_factory=dict)
    speaker: bool = False
    """True if a speaker is fitted and can be tested."""
    reported_exceptions: int = 0
    """Number of exceptions that were reported to the companion hub."""
    release: Release = Release()
    place: str = ""
    """Where the kiosk stands; empty if that is not known."""
    untested: tuple[PartName | Device, ...] = ()
    """Parts still to be tested, after the one that is being tested."""
    linger: float | None = TECHNICIAN_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def testable(self) -> tuple[PartName | Device, ...]:
        """Fitted parts that act when tested."""
        fitted = [each for each in TRIED if self.parts.get(each, ABSENT).condition is not Condition.ABSENT]
        return (*fitted, Device.SPEAKER) if self.speaker else (*fitted,)

    @property
    def tests(self) -> bool:
        """Return True while a part is being tested."""
        return bool(self.untested) or Trial.RUNNING in self.trials.values()


SPOTS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.5))
"""Touch targets in order, as fractions of width and height: the corners, then the centre."""
FARTHEST_OFF = 6.0
"""Tolerance in millimetres. A larger error means a rotated, mirrored or stretched panel instead of imprecise aim."""


@dataclass(frozen=True, slots=True)
class TouchTest:
    """Touch test: one target after the other; shows the error of each touch."""

    wants: ClassVar[AcceptedNumbers] = NOTHING
    under: Technician
    landed: tuple[float, ...] = ()
    """Distance in millimetres between each touch and its target."""
    linger: float | None = TECHNICIAN_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def trial(self) -> Trial | None:
        """Outcome of the test; None before the last target."""
        if len(self.landed) < len(SPOTS):
            return None
        return Trial.FAILED if max(self.landed) > FARTHEST_OFF else Trial.DONE


@dataclass(frozen=True, slots=True)
class IdleWarning:
    """Countdown before the visit ends for lack of input."""

    under: UnderlyingView | Help | SignIn | Technician | TouchTest
    seconds: int = WARNING_SECONDS
    linger: float | None = 1.0
    signal: Signal = Signal.ATTENTION

    @property
    def wants(self) -> AcceptedNumbers:
        return self.under.wants
