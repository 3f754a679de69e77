"""The view of what can be learnt at the kiosk: lessons with their quiz, what is online, courses. Knows no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, CurrentPatron, LineState, Signal, VisitLine, Wanted
from kiosk.views.find import Find
from kiosk.views.patron_input import ForYou
from lending.model import Block, Reason
from lending.showcase import Course, Resource

LENDING = "lending"
LESSONS = ("search", "call_number", "ebooks", LENDING)
RESOURCES, COURSES = "resources", "courses"
PAGES = 4
"""Of a lesson; its quiz comes after them."""
ANSWERS = ("a", "b", "c")
RIGHT = {"search": "b", "call_number": "c", "ebooks": "a", "lending": "b"}


@dataclass(frozen=True, slots=True)
class Place:
    """What became of a place that she took in this visit, or gave back."""

    state: LineState
    gives: bool = False
    """She gives it back."""
    became: str = ""
    """`lending.event_booking` has the words; empty where nobody has said yet."""
    block: Block | None = None

    @property
    def is_hers(self) -> bool:
        """She has it, waits for it or has asked for it: also where it could not be given back."""
        return self.gives == (self.state is LineState.REFUSED)

    @property
    def is_over(self) -> bool:
        """It has begun, or is cancelled: nobody takes or gives a place any more."""
        return self.block is not None and self.block.reason is Reason.DATE_OVER


NO_PLACES: Mapping[int, Place] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Learn:
    wants: ClassVar[Wanted] = LABELS
    about: str = ""
    """A lesson, RESOURCES or COURSES; empty while there is a choice."""
    page: int = 0
    marked: str = ""
    """Her answer to the quiz."""
    opened: int | None = None
    """The resource whose code is shown, or the course that is looked at."""
    resources: tuple[Resource, ...] = ()
    courses: tuple[Course, ...] = ()
    places: Mapping[int, Place] = field(default_factory=lambda: NO_PLACES)
    """By the number of the course's date."""
    under: Find | ForYou | None = None
    """Where she came from, if not from the first screen."""
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    """What was done in this visit; newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def quiz(self) -> bool:
        return self.about in LESSONS and self.page >= PAGES

    @property
    def course(self) -> Course | None:
        """The one that is looked at."""
        return self.courses[self.opened] if self.about == COURSES and self.opened is not None else None

    @property
    def place(self) -> Place | None:
        """Hers in it."""
        return self.places.get(self.course.date) if self.course else None

    @property
    def dated(self) -> bool:
        """Places are taken here, by touch, in all that can be gone to."""
        return all(each.date for each in self.courses)

    @property
    def signal(self) -> Signal:
        if self.place is not None:
            return _signal(self.place)
        return Signal.DONE if self.marked and self.marked == RIGHT.get(self.about) else Signal.SCAN


def _signal(place: Place) -> Signal:
    match place.state:
        case LineState.CHECKING:
            return Signal.BUSY
        case LineState.REFUSED:
            return Signal.REFUSED
        case _:
            return Signal.DONE


def rooms(view: Learn) -> tuple[str, ...]:
    """What can be chosen: what the library has nothing of is not offered."""
    online = (RESOURCES,) if view.resources else ()
    return (*LESSONS, *online, *((COURSES,) if view.courses else ()))
