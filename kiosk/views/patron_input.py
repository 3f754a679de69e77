"""Define the views in which a patron gives voluntary input: feedback, recommendations, questions, free text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, CurrentPatron, Signal, VisitLine
from kiosk.views.text_entry import NOTHING_SPELT, Board, Spelling
from lending.model import ItemId
from lending.number_patterns import NumberKind
from lending.questionnaires import OfferedQuestionnaire
from lending.questions import PublishedReply
from lending.shelves import Stand

FACES = ("1", "2", "3", "4", "5")
"""Ratings from very unhappy to very happy."""
TOPICS = ("books", "rooms", "staff", "machines", "hours", "rules")
"""Topics of a rating."""


ABOUT = ("find", "study", "card", "digital", "visit", "other")
"""Subjects of a question to a librarian, by the hub's names."""


class Thanks(StrEnum):
    """Kind of input that the thank-you text is for."""

    FACE = "face"
    WISH = "wish"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback without a card: a rating with a topic, or a title to buy."""

    wants: ClassVar[AcceptedNumbers] = LABELS | {NumberKind.ISBN}
    face: str = ""
    """Chosen rating; sent when the patron chooses a topic or leaves."""
    isbn: str = ""
    """Scanned ISBN that is not requested yet."""
    rated: bool = False
    """True if a rating was sent: one per visit."""
    thanks: Thanks | None = None
    """Kind of the last input, for the thank-you text; None: nothing was sent."""
    published: tuple[PublishedReply, ...] = ()
    survey: OfferedQuestionnaire | None = None
    """Anonymous questionnaire; None: none is offered."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return Signal.DONE if self.thanks else Signal.ATTENTION if self.face or self.isbn else Signal.SCAN


class PickKind(StrEnum):
    """Reason why a title is recommended."""

    LIKE = "like"
    """Similar to titles the patron has read."""
    NEW = "new"
    AGAIN = "again"
    """A title the patron has borrowed before."""


@dataclass(frozen=True, slots=True)
class PickLine:
    """A recommended title that is on the shelf now."""

    item: ItemId
    """Barcode of one copy."""
    kind: PickKind
    title: str
    author: str = ""
    subject: str = ""
    call_number: str = ""
    why: Mapping[str, str] | None = None
    """Reason for the recommendation by language code; None: no reason."""
    about: str = ""
    feedback: str = ""
    """Patron's reaction: `like` or `not`; empty before."""
    stand: Stand | None = None
    """Shelf bays of its call number in this branch; None if no floor plan has them."""
    cover: str = ""
    """Name of its cover picture; empty if there is none."""
    id: int = 0
    """The central's id of the title; 0 if only the copy identifies it."""


@dataclass(frozen=True, slots=True)
class ForYou:
    """Recommended titles with reactions."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    guest: CurrentPatron
    picks: tuple[PickLine, ...] | None = None
    """Recommendations; None while they are looked up.

    If there is none for this patron, the library's new titles are shown.
    """
    record: bool = True
    """True if the central provides the reading history."""
    events: bool = False
    """True if there are events."""
    finds: bool = False
    """True if a catalogue is available, so that a cover opens the page of its title."""
    lines: tuple[VisitLine, ...] = ()
    """Lines of this visit, newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def for_everyone(self) -> bool:
        """Return True if every pick is the same for all patrons."""
        return not any(each.about or each.kind is PickKind.AGAIN for each in self.picks or ())

    @property
    def signal(self) -> Signal:
        return Signal.BUSY if self.picks is None else Signal.SCAN


@dataclass(frozen=True, slots=True)
class AskLibrarian:
    """Choice of a subject, after which a librarian writes to the patron."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    guest: CurrentPatron
    about: str = ""
    """Chosen subject; empty before."""
    lines: tuple[VisitLine, ...] = ()
    """Lines of this visit, newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return Signal.DONE if self.about else Signal.SCAN


MOST_WRITTEN = 120
"""Maximum length in characters: patrons type standing at the kiosk."""


class TextKind(StrEnum):
    """Purpose of the text."""

    OPINION = "opinion"
    """Comment on the smiley that was touched."""
    WISH = "wish"
    """Title that the library should buy."""
    QUESTION = "question"
    """Question to a librarian, who replies by message."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Free-text input; the keyboard and the waiting pinyin are part of the view."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    letter: TextKind
    under: Feedback | AskLibrarian
    typed: str = ""
    board: Board = Board.LATIN
    spelling: Spelling = NOTHING_SPELT
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def most(self) -> int:
        """Maximum length of the text in characters."""
        return MOST_WRITTEN
