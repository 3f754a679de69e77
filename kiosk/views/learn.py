"""The view of what can be learnt at the kiosk: lessons with their quiz, what is online, courses. Knows no words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kiosk.domain.showcase import Course, Resource
from kiosk.views.facts import IDLE_SECONDS, LABELS, Guest, Line, Signal, Wanted
from kiosk.views.find import Find

LESSONS = ("search", "call_number", "ebooks", "lending")
RESOURCES, COURSES = "resources", "courses"
PAGES = 4
"""Of a lesson; its quiz comes after them."""
ANSWERS = ("a", "b", "c")
RIGHT = {"search": "b", "call_number": "c", "ebooks": "a", "lending": "b"}


@dataclass(frozen=True, slots=True)
class Learn:
    wants: ClassVar[Wanted] = LABELS
    about: str = ""
    """A lesson, RESOURCES or COURSES; empty while there is a choice."""
    page: int = 0
    marked: str = ""
    """Her answer to the quiz."""
    opened: int | None = None
    """The resource whose code is shown."""
    resources: tuple[Resource, ...] = ()
    courses: tuple[Course, ...] = ()
    under: Find | None = None
    """Where she was looking for a book."""
    guest: Guest | None = None
    lines: tuple[Line, ...] = ()
    """What was done in this visit; newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def quiz(self) -> bool:
        return self.about in LESSONS and self.page >= PAGES

    @property
    def signal(self) -> Signal:
        return Signal.DONE if self.marked and self.marked == RIGHT.get(self.about) else Signal.SCAN


def rooms(view: Learn) -> tuple[str, ...]:
    """What can be chosen: what the library has nothing of is not offered."""
    online = (RESOURCES,) if view.resources else ()
    return (*LESSONS, *online, *((COURSES,) if view.courses else ()))
