"""Public content of the idle screen: posters, titles, online resources, courses, survey, registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from lending.questionnaires import OfferedQuestionnaire
from lending.registration import RegistrationForm

TAKE, GIVE_BACK = "take", "give_back"
BOOKED, QUEUED = "booked", "queue"
"""The patron has a place, or is on the waiting list."""


Words = Mapping[str, str]
"""A text by language code."""
Hours = tuple[time, time]
"""Opening and closing time of a day, in the library's zone."""
Slides = Literal["all", "posters", "new_titles", "none"]
"""What an idle first screen shows in turn."""
NO_WORDS: Words = MappingProxyType({})


def parse_week(texts: Sequence[str]) -> tuple[Hours | None, ...]:
    """Parse opening hours such as `09:00-18:00`, from Monday on; an empty text is a closed day.

    Raises:
        ValueError: A text is no such time range, or ends before it begins.
    """
    return tuple(_hours(text) if text else None for text in texts)


def _hours(text: str) -> Hours:
    begin, end = map(time.fromisoformat, text.split("-"))
    if not begin < end:
        raise ValueError(f"{text} ends before it begins")
    return begin, end


@dataclass(frozen=True, slots=True)
class Poster:
    """`picture` is a local file; empty if the text is shown instead. Only an event has `begins` and `place`."""

    title: Words
    words: Words
    link: str
    first: date
    last: date
    begins: datetime | None = None
    place: Words = field(default_factory=lambda: NO_WORDS)
    picture: str = ""
    shape: tuple[int, int] = (4, 3)
    """Width and height of the picture."""
    date: int = 0
    """The hub's id of the next event date, for booking; 0 if it cannot be booked."""
    full: bool = False


@dataclass(frozen=True, slots=True)
class NewTitle:
    """A new title, with a line from staff."""

    title: str
    author: str = ""
    subject: str = ""
    call_number: str = ""
    line: Words = field(default_factory=lambda: NO_WORDS)
    link: str = ""
    cover: str = ""
    """Name of its picture (`lending.cover_store`); empty if there is none."""
    id: int = 0
    """The central's id of the title; 0 from a hub that does not send it."""


class Access(StrEnum):
    """Who may use an online resource: everyone, card holders, visitors in the building."""

    ALL = "all"
    CARD = "card"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Resource:
    """A database or other online resource."""

    name: Words
    about: Words
    link: str
    access: Access = Access.ALL


@dataclass(frozen=True, slots=True)
class Course:
    """One date of a course, with its booking link."""

    name: Words
    begins: datetime
    place: Words
    link: str
    full: bool = False
    date: int = 0
    """The hub's id of the date, for booking; 0 if it cannot be booked."""


Slide = Poster | NewTitle


@dataclass(frozen=True, slots=True)
class Showcase:
    """Public content of one kiosk."""

    posters: tuple[Poster, ...] = ()
    news: tuple[NewTitle, ...] = ()
    resources: tuple[Resource, ...] = ()
    courses: tuple[Course, ...] = ()
    survey: OfferedQuestionnaire | None = None
    """A questionnaire open to the public."""
    registers: RegistrationForm | None = None
    """Registration form; None if self-registration is disabled here."""
    face: bool = True
    """Ask for a satisfaction rating (smiley) after a visit without a card."""
    week: tuple[Hours | None, ...] = ()
    """Opening hours from Monday on, None on a closed day; empty if the library publishes none."""
    closed: frozenset[date] = frozenset()
    """Days on which the library is closed in spite of `week`."""

    def hours(self, day: date) -> Hours | None:
        """Return the opening hours of a day; None if the library is closed or publishes none."""
        return self.week[day.weekday()] if self.week and day not in self.closed else None

    def is_open(self, moment: datetime) -> bool:
        """Return whether the branch is open at a local time; True if the library publishes no opening hours."""
        hours = self.hours(moment.date())
        return not self.week or (hours is not None and hours[0] <= moment.time() < hours[1])

    def slides(self, today: date, now: datetime, wanted: Slides = "all") -> tuple[Slide, ...]:
        """Return the current slides of the idle screen, alternating posters and new titles."""
        posters = [each for each in self.posters if each.first <= today <= each.last and _is_to_come(each, now)]
        posters = posters if wanted in ("all", "posters") else []
        news = self.news if wanted in ("all", "new_titles") else ()
        most = max(len(posters), len(news))
        pairs = zip(_pad(posters, most), _pad(news, most), strict=True)
        return tuple(each for pair in pairs for each in pair if each is not None)

    def dates(self, now: datetime) -> tuple[Course, ...]:
        """Return future courses and bookable events, the next one first."""
        events = [_as_course(each, each.begins) for each in self.posters if each.begins is not None and each.date]
        return tuple(
            sorted((each for each in (*self.courses, *events) if each.begins > now), key=lambda each: each.begins)
        )


def _is_to_come(poster: Poster, now: datetime) -> bool:
    return poster.begins is None or poster.begins > now


def _as_course(poster: Poster, begins: datetime) -> Course:
    return Course(poster.title, begins, poster.place, poster.link, poster.full, poster.date)


def _pad(some: Sequence[Slide], most: int) -> list[Slide | None]:
    return [*some, *(None for _ in range(most - len(some)))]


EMPTY = Showcase()
