"""The views in which a patron is asked nothing and may say something; knows no Kivy, no words and no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, CurrentPatron, Signal, VisitLine, Wanted
from lending.model import ItemId
from lending.number_patterns import NumberKind
from lending.published_feedback import Published
from lending.questionnaires.offered import Offered

FACES = ("1", "2", "3", "4", "5")
"""From very unhappy to very happy."""
TOPICS = ("books", "rooms", "staff", "machines", "hours", "rules")
"""What a face may be about."""


ABOUT = ("find", "study", "card", "digital", "visit", "other")
"""What a librarian can be asked about, by the hub's names."""


class Thanks(StrEnum):
    FACE = "face"
    WISH = "wish"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What anybody has to say, without a card: a face and what it is about, or a title to buy."""

    wants: ClassVar[Wanted] = LABELS | {NumberKind.ISBN}
    face: str = ""
    """Touched, and kept back until she has said what it is about, or goes."""
    isbn: str = ""
    """Shown, and not yet wished for."""
    rated: bool = False
    """Her face has gone to the library: one a visit."""
    thanks: Thanks | None = None
    """For what she said last."""
    published: tuple[Published, ...] = ()
    survey: Offered | None = None
    """A questionnaire that anybody may answer, and nobody's name is on."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return Signal.DONE if self.thanks else Signal.ATTENTION if self.face or self.isbn else Signal.SCAN


class PickKind(StrEnum):
    LIKE = "like"
    """It is like what she reads."""
    NEW = "new"
    AGAIN = "again"
    """She has had it."""


@dataclass(frozen=True, slots=True)
class PickLine:
    """A title for her that stands on the shelf now."""

    item: ItemId
    """A copy."""
    kind: PickKind
    title: str
    author: str = ""
    subject: str = ""
    call_number: str = ""
    why: Mapping[str, str] | None = None
    """The reason, by language."""
    about: str = ""
    said: str = ""
    """`like`, `not`, or nothing yet."""


@dataclass(frozen=True, slots=True)
class ForYou:
    wants: ClassVar[Wanted] = LABELS
    guest: CurrentPatron
    picks: tuple[PickLine, ...] | None = None
    """None while they are looked up. Without a pick of the patron's own they are the library's new titles."""
    record: bool = True
    """The central tells what she has read."""
    events: bool = False
    """There is something to go to."""
    lines: tuple[VisitLine, ...] = ()
    """What was done in this visit; newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def for_everyone(self) -> bool:
        """No pick is the patron's own."""
        return not any(each.about or each.kind is PickKind.AGAIN for each in self.picks or ())

    @property
    def signal(self) -> Signal:
        return Signal.BUSY if self.picks is None else Signal.SCAN


@dataclass(frozen=True, slots=True)
class AskLibrarian:
    """She chooses what it is about, and a librarian writes to her."""

    wants: ClassVar[Wanted] = LABELS
    guest: CurrentPatron
    about: str = ""
    """What she has asked about; empty before."""
    lines: tuple[VisitLine, ...] = ()
    """What was done in this visit; newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return Signal.DONE if self.about else Signal.SCAN
