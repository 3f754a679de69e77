"""The view in which somebody without a card registers: one question after the other. Knows no Kivy and no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, LineState, Signal, Wanted
from kiosk.views.text_entry import FOR_ADDRESSES, FOR_NUMBERS, FOR_WORDS, NOTHING_SPELT, Board, Spelling
from kiosk.views.visit import Identify
from lending.model import Block, CardRef
from lending.registration import LONGEST_ADDRESS, LONGEST_NAME, Fault, Form, Purpose, Registration, is_child

DIGITS_OF_A_YEAR = 4
NO_ANSWERS: Mapping[str, bool] = MappingProxyType({})
WRITTEN = ("zh", "en")
"""The languages in which the library writes to her."""


class Step(StrEnum):
    WAY = "way"
    """Here, or by phone."""
    PHONE = "phone"
    NAME = "name"
    BORN = "born"
    GUARDIAN = "guardian"
    """Of a child alone."""
    CONTACT = "contact"
    """Of the guardian, where she is a child."""
    GROUP = "group"
    LANGUAGE = "language"
    CONSENT = "consent"
    """A page for each purpose; none for a child, whose guardian is asked by staff."""
    CHECK = "check"
    CARD = "card"
    """A blank one is held to the reader, or she goes without."""
    SENT = "sent"


TYPED = {
    Step.NAME: FOR_WORDS,
    Step.BORN: FOR_NUMBERS,
    Step.GUARDIAN: FOR_WORDS,
    Step.CONTACT: FOR_ADDRESSES,
}
"""What is typed, and on which boards."""


@dataclass(frozen=True, slots=True)
class Registering:
    """All that she has told is here, and nowhere else until she sends it."""

    wants: ClassVar[Wanted] = LABELS
    under: Identify
    form: Form | None
    """What this library asks; None where she can register by phone alone."""
    link: str = ""
    """Where her phone registers; empty where it cannot."""
    year: int = 0
    """That is now."""
    reads: bool = False
    """There is a reader to which a card can be held."""
    step: Step = Step.WAY
    purpose: int = 0
    """Which of the purposes is asked for."""
    told: Registration = field(default=Registration(), repr=False)
    answers: Mapping[str, bool] = field(default_factory=lambda: NO_ANSWERS)
    """Her yes or no, by purpose; nothing stands there before she has touched one."""
    board: Board = Board.LATIN
    spelling: Spelling = NOTHING_SPELT
    fault: Fault | None = None
    """What is wrong with the answer that stands there."""
    looked: bool = False
    """She has looked it over, and changes something."""
    state: LineState | None = None
    """What became of it, once it was sent: CHECKING, DONE, SAVED, REFUSED."""
    block: Block | None = None
    """Why it was refused; None where it could not even be written down."""
    number: str = ""
    """That she shows at the desk."""
    child: bool = False
    """Of whom it was: known when nothing else of it is here any more."""
    card: CardRef | None = field(default=None, repr=False)
    """The card that goes with it."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        match self.state:
            case LineState.CHECKING:
                return Signal.BUSY
            case LineState.REFUSED:
                return Signal.REFUSED
            case LineState.DONE | LineState.SAVED:
                return Signal.DONE
            case _:
                return Signal.CARD if self.step is Step.CARD else Signal.ATTENTION

    @property
    def is_child(self) -> bool:
        return is_child(self.told.born, self.year)

    @property
    def pages(self) -> tuple[tuple[Step, int], ...]:
        """The questions that are asked after these answers, with the number of the purpose."""
        form = self.form or Form({})
        guardian = (Step.GUARDIAN,) if self.is_child else ()
        group = (Step.GROUP,) if len(form.groups) > 1 else ()
        asked = (Step.NAME, Step.BORN, *guardian, Step.CONTACT, *group, Step.LANGUAGE)
        purposes = () if self.is_child else form.purposes
        return (*((each, 0) for each in asked), *((Step.CONSENT, n) for n in range(len(purposes))), (Step.CHECK, 0))

    @property
    def place(self) -> int:
        """Which of them stands there, from 0; 0 too where none does."""
        return next((n for n, each in enumerate(self.pages) if each == (self.step, self.purpose)), 0)

    @property
    def asked_for(self) -> Purpose | None:
        purposes = self.form.purposes if self.form and self.step is Step.CONSENT else ()
        return purposes[self.purpose] if self.purpose < len(purposes) else None

    @property
    def typed(self) -> str:
        match self.step:
            case Step.NAME:
                return self.told.name
            case Step.BORN:
                return self.told.born
            case Step.GUARDIAN:
                return self.told.guardian
            case Step.CONTACT:
                return self.told.contact
            case _:
                return ""

    def put(self, typed: str) -> Registering:
        """The same with another answer where one is typed; whatever was wrong with the last is said no more."""
        match self.step:
            case Step.NAME:
                told = replace(self.told, name=typed)
            case Step.BORN:
                told = replace(self.told, born=typed)
            case Step.GUARDIAN:
                told = replace(self.told, guardian=typed)
            case Step.CONTACT:
                told = replace(self.told, contact=typed)
            case _:
                return self
        return replace(self, told=told, fault=None)

    @property
    def needs_address(self) -> bool:
        """A child's guardian is always to be reached."""
        return self.is_child or (self.form is not None and self.form.reached)

    @property
    def most(self) -> int:
        """Signs that the answer may have."""
        match self.step:
            case Step.BORN:
                return DIGITS_OF_A_YEAR
            case Step.CONTACT:
                return LONGEST_ADDRESS
            case _:
                return LONGEST_NAME

    @property
    def may_go_on(self) -> bool:
        """Something stands there, or nothing need."""
        return bool(self.typed.strip() or self.spelling.letters) or (
            self.step is Step.CONTACT and not self.needs_address
        )
