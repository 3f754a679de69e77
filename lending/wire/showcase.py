"""Public content that a kiosk shows without a card, in one response of the hub."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from lending import registration, showcase
from lending.questionnaires import parse_offered
from lending.wire.base import CoverMark, Lenient


class WirePicture(Lenient):
    """A JPEG of at most 1600 x 1600 pixels at `GET posters/{id}/picture`; `sha256` is the hash of the file."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    width: int
    height: int


class WirePoster(Lenient):
    """Texts are by language code. `link` is the content of the QR code.

    `begins` and `place` are set for an event. `session` is the id of its date, for booking; 0 if it cannot be booked.
    """

    id: int
    title: dict[str, str]
    words: dict[str, str]
    link: str
    first: date
    last: date
    begins: AwareDatetime | None = None
    place: dict[str, str] = Field(default_factory=dict)
    session: int = 0
    full: bool = False
    picture: WirePicture | None = None


class PostersAnswer(Lenient):
    """GET posters: what this kiosk shows today, in order."""

    posters: list[WirePoster]


class WireNew(Lenient):
    """A new title; `line` is a comment from staff by language code, `link` the content of the QR code."""

    title: str
    author: str = ""
    subject: str = ""
    call_number: str = ""
    line: dict[str, str] = Field(default_factory=dict)
    link: str
    cover: CoverMark = ""
    id: int = 0


class WireResource(Lenient):
    """A database or other online resource; `access` is `all`, `card` or `house`."""

    name: dict[str, str]
    about: dict[str, str]
    link: str
    access: str = "all"


class WireCourse(Lenient):
    """One date of a course; `link` is its booking page, `session` its id for booking at the kiosk."""

    name: dict[str, str]
    begins: AwareDatetime
    place: dict[str, str]
    link: str
    full: bool = False
    session: int = 0


class WireSheet(Lenient):
    """A questionnaire open to the public: `about` is sent back with the answers, `form` is its JSON."""

    about: str
    form: str


class WireGroup(Lenient):
    """A patron group: code, and name by language code."""

    code: str
    name: dict[str, str]


class WirePurpose(Lenient):
    """A consent purpose with its wording by language code; `version` identifies the wording."""

    code: str
    name: dict[str, str]
    words: dict[str, str]
    version: str


class WireForm(Lenient):
    """Self-registration form; `reached` means that an address is required.

    `mobile` matches a mobile number as it is dialled in the library's country. `languages` are those of messages.
    Below `guardian_age`, in years, a guardian is required.
    """

    groups: list[WireGroup] = Field(default_factory=list)
    purposes: list[WirePurpose] = Field(default_factory=list)
    reached: bool = False
    mobile: re.Pattern[str] = registration.NO_NUMBER
    languages: list[str] = Field(default_factory=list)
    guardian_age: int = Field(default=registration.GUARDIAN_AGE, ge=0)


class ShowcaseAnswer(Lenient):
    """GET showcase: all content that this kiosk shows without a card."""

    posters: list[WirePoster] = Field(default_factory=list)
    news: list[WireNew] = Field(default_factory=list)
    resources: list[WireResource] = Field(default_factory=list)
    courses: list[WireCourse] = Field(default_factory=list)
    sheet: WireSheet | None = None
    registers: WireForm | None = None
    face: bool = True
    week: list[str] = Field(default_factory=list)
    """Opening hours such as `09:00-18:00`, from Monday on, empty on a closed day; no entries if unknown."""
    closed: list[date] = Field(default_factory=list)
    """Further days on which the branch is closed."""


def showcase_from(wire: ShowcaseAnswer, picture: Callable[[WirePoster], str]) -> showcase.Showcase:
    """Convert the response; `picture` returns the local file of a poster's picture, empty if there is none."""
    sheet = wire.sheet
    return showcase.Showcase(
        tuple(_poster(each, picture(each)) for each in wire.posters),
        tuple(showcase.NewTitle(**each.model_dump()) for each in wire.news),
        tuple(_resource(each) for each in wire.resources),
        tuple(map(_course, wire.courses)),
        parse_offered(sheet.about, sheet.form, anonymous=True) if sheet else None,
        _form(wire.registers) if wire.registers else None,
        wire.face,
        showcase.parse_week(wire.week),
        frozenset(wire.closed),
    )


def _form(each: WireForm) -> registration.RegistrationForm:
    groups = {group.code: group.name for group in each.groups}
    purposes = tuple(registration.RegistrationPurpose(**purpose.model_dump()) for purpose in each.purposes)
    return registration.RegistrationForm(
        groups, purposes, each.reached, each.mobile, tuple(each.languages), each.guardian_age
    )


def _poster(each: WirePoster, picture: str) -> showcase.Poster:
    shape = (each.picture.width, each.picture.height) if each.picture else (4, 3)
    words = (each.title, each.words, each.link, each.first, each.last, each.begins, each.place)
    return showcase.Poster(*words, picture, shape, each.session, each.full)


def _course(each: WireCourse) -> showcase.Course:
    return showcase.Course(each.name, each.begins, each.place, each.link, each.full, each.session)


def _resource(each: WireResource) -> showcase.Resource:
    known = each.access in showcase.Access.__members__.values()
    return showcase.Resource(
        each.name, each.about, each.link, showcase.Access(each.access) if known else showcase.Access.ALL
    )
