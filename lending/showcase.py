"""What a library shows to anybody who passes: posters, new titles, what is online, courses; knows no patron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from lending.questionnaires.offered import Offered
from lending.registration import Form

Words = Mapping[str, str]
"""The same in each language."""
NO_WORDS: Words = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Poster:
    """`picture` is a file of the kiosk's own; empty where the words are the picture. An event has `begins`, `place`."""

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
    """The hub's number of the event's next date, by which a place is asked for; 0 where none can be."""
    full: bool = False


@dataclass(frozen=True, slots=True)
class NewTitle:
    """A new title, and what staff say of it."""

    title: str
    author: str = ""
    subject: str = ""
    call_number: str = ""
    line: Words = field(default_factory=lambda: NO_WORDS)
    link: str = ""


class Access(StrEnum):
    ALL = "all"
    CARD = "card"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Resource:
    """A database, or another thing to use online."""

    name: Words
    about: Words
    link: str
    access: Access = Access.ALL


@dataclass(frozen=True, slots=True)
class Course:
    """One date of a course, and where a place in it is taken."""

    name: Words
    begins: datetime
    place: Words
    link: str
    full: bool = False
    date: int = 0
    """The hub's number of it, by which a place is asked for; 0 where none can be."""


Slide = Poster | NewTitle


@dataclass(frozen=True, slots=True)
class Showcase:
    posters: tuple[Poster, ...] = ()
    news: tuple[NewTitle, ...] = ()
    resources: tuple[Resource, ...] = ()
    courses: tuple[Course, ...] = ()
    survey: Offered | None = None
    """A questionnaire that anybody may answer."""
    registers: Form | None = None
    """What somebody without a card is asked; None where nobody can register here."""
    face: bool = True
    """A visit without a card is asked for a face."""

    def slides(self, today: date, now: datetime) -> tuple[Slide, ...]:
        """What turns while nobody is there: a poster and a new title by turns; what is over is not shown."""
        posters = [each for each in self.posters if each.first <= today <= each.last and _is_to_come(each, now)]
        most = max(len(posters), len(self.news))
        pairs = zip(_padded(posters, most), _padded(self.news, most), strict=True)
        return tuple(each for pair in pairs for each in pair if each is not None)

    def dates(self, now: datetime) -> tuple[Course, ...]:
        """What somebody can go to: courses, and the events in which a place can be asked for; the next one first."""
        events = [_as_course(each, each.begins) for each in self.posters if each.begins is not None and each.date]
        return tuple(
            sorted((each for each in (*self.courses, *events) if each.begins > now), key=lambda each: each.begins)
        )


def _is_to_come(poster: Poster, now: datetime) -> bool:
    return poster.begins is None or poster.begins > now


def _as_course(poster: Poster, begins: datetime) -> Course:
    return Course(poster.title, begins, poster.place, poster.link, poster.full, poster.date)


def _padded(some: Sequence[Slide], most: int) -> list[Slide | None]:
    return [*some, *(None for _ in range(most - len(some)))]


EMPTY = Showcase()
