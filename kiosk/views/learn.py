"""Define the views of the learning section: lessons with a quiz, online resources, courses and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, CurrentPatron, LineState, Signal, VisitLine
from kiosk.views.find import Find
from kiosk.views.patron_input import ForYou
from lending.model import Block, Reason
from lending.showcase import Course, Resource

LENDING = "lending"
LESSONS = ("search", "call_number", "ebooks", LENDING)
RESOURCES, COURSES = "resources", "courses"
PAGES = 4
"""Pages of a lesson; the quiz follows them."""
ANSWERS = ("a", "b", "c")
RIGHT = {"search": "b", "call_number": "c", "ebooks": "a", "lending": "b"}


@dataclass(frozen=True, slots=True)
class BookedPlace:
    """Outcome of booking or cancelling a place in this visit."""

    state: LineState
    gives: bool = False
    """True if the patron cancels the place."""
    became: str = ""
    """Outcome code, see `lending.showcase`; empty until the central has answered."""
    block: Block | None = None

    @property
    def is_hers(self) -> bool:
        """Return True if the patron has, requested or waits for the place, also after a failed cancellation."""
        return self.gives == (self.state is LineState.REFUSED)

    @property
    def is_over(self) -> bool:
        """Return True if the event has begun or is cancelled, so that places can no longer be booked or cancelled."""
        return self.block is not None and self.block.reason is Reason.DATE_OVER


NO_PLACES: Mapping[int, BookedPlace] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Learn:
    """Learning section: the choice, a lesson page, a quiz, resources or courses."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    about: str = ""
    """A lesson, RESOURCES or COURSES; empty while the choice is shown."""
    page: int = 0
    marked: str = ""
    """Answer to the quiz; empty until one is chosen."""
    opened: int | None = None
    """Index of the resource whose QR code is shown, or of the open course; None: the list is shown."""
    resources: tuple[Resource, ...] = ()
    courses: tuple[Course, ...] = ()
    places: Mapping[int, BookedPlace] = field(default_factory=lambda: NO_PLACES)
    """Places of this visit, by the id of the course's date."""
    under: Find | ForYou | None = None
    """View to return to; None: the first screen."""
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    """Lines of this visit, newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def quiz(self) -> bool:
        """Return True if the quiz of a lesson is shown."""
        return self.about in LESSONS and self.page >= PAGES

    @property
    def course(self) -> Course | None:
        """Return the open course, or None."""
        return self.courses[self.opened] if self.about == COURSES and self.opened is not None else None

    @property
    def place(self) -> BookedPlace | None:
        """Return the patron's place in the open course, or None."""
        return self.places.get(self.course.date) if self.course else None

    @property
    def dated(self) -> bool:
        """Return True if places can be booked here in every listed course."""
        return all(each.date for each in self.courses)

    @property
    def signal(self) -> Signal:
        if self.place is not None:
            return _signal(self.place)
        return Signal.DONE if self.marked and self.marked == RIGHT.get(self.about) else Signal.SCAN


def _signal(place: BookedPlace) -> Signal:
    match place.state:
        case LineState.CHECKING:
            return Signal.BUSY
        case LineState.REFUSED:
            return Signal.REFUSED
        case _:
            return Signal.DONE


def rooms(view: Learn) -> tuple[str, ...]:
    """Return the choices; a section without content is left out."""
    online = (RESOURCES,) if view.resources else ()
    return (*LESSONS, *online, *((COURSES,) if view.courses else ()))
