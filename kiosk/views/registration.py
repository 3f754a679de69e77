"""Define the view in which a person without a card registers, one question per page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, LineState, Signal
from kiosk.views.text_entry import FOR_ADDRESSES, FOR_NUMBERS, FOR_WORDS, NOTHING_SPELT, Board, Spelling
from kiosk.views.visit import Identify
from lending.model import Block, CardRef
from lending.registration import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    InputFault,
    Registration,
    RegistrationForm,
    RegistrationPurpose,
    is_child,
)

DIGITS_OF_A_YEAR = 4
NO_ANSWERS: Mapping[str, bool] = MappingProxyType({})
YES, NO = "yes", "no"
"""Answers to a purpose."""


class RegistrationStep(StrEnum):
    """Page of the registration."""

    WAY = "way"
    """Choice between registration here and by phone."""
    PHONE = "phone"
    NAME = "name"
    BORN = "born"
    GUARDIAN = "guardian"
    """Asked for children only."""
    CONTACT = "contact"
    """Address of the person, or of the guardian of a child."""
    GROUP = "group"
    LANGUAGE = "language"
    CONSENT = "consent"
    """One page per purpose; none for a child, because staff ask the guardian."""
    CHECK = "check"
    CARD = "card"
    """A blank card is held to the reader, or the person registers without a card."""
    SENT = "sent"


TYPED = {
    RegistrationStep.NAME: FOR_WORDS,
    RegistrationStep.BORN: FOR_NUMBERS,
    RegistrationStep.GUARDIAN: FOR_WORDS,
    RegistrationStep.CONTACT: FOR_ADDRESSES,
}
"""Steps with typed answers, and their keyboards."""


@dataclass(frozen=True, slots=True)
class Registering:
    """Registration in progress. All answers stay in memory until they are sent."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    under: Identify
    form: RegistrationForm | None
    """Questions of this library; None if registration is possible by phone only."""
    link: str = ""
    """Registration link for a phone; empty if there is none."""
    year: int = 0
    """Current year, to tell a child by the year of birth."""
    reads: bool = False
    """True if a card reader is fitted."""
    step: RegistrationStep = RegistrationStep.WAY
    purpose: int = 0
    """Index of the purpose that is asked about."""
    entered: Registration = field(default=Registration(), repr=False)
    answers: Mapping[str, bool] = field(default_factory=lambda: NO_ANSWERS)
    """Consent by purpose; a purpose is missing until it is answered."""
    board: Board = Board.LATIN
    spelling: Spelling = NOTHING_SPELT
    fault: InputFault | None = None
    """What is wrong with the current answer; None: nothing found."""
    looked: bool = False
    """True if the person came back from the check page to change an answer."""
    state: LineState | None = None
    """Outcome after sending: CHECKING, DONE, SAVED or REFUSED; None before."""
    block: Block | None = None
    """Reason of a refusal; None if the registration could not even be stored."""
    number: str = ""
    """Registration number to show at the service desk."""
    child: bool = False
    """True if a child was registered; kept when the answers are deleted."""
    card: CardRef | None = field(default=None, repr=False)
    """Card that was held to the reader; None: without a card."""
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
                return Signal.CARD if self.step is RegistrationStep.CARD else Signal.ATTENTION

    @property
    def is_child(self) -> bool:
        return self.form is not None and is_child(self.entered.born, self.year, self.form.guardian_age)

    @property
    def pages(self) -> tuple[tuple[RegistrationStep, int], ...]:
        """Return the pages that follow from the answers so far, each with the index of its purpose."""
        form = self.form or RegistrationForm({})
        born = (RegistrationStep.BORN,) if form.guardian_age else ()
        guardian = (RegistrationStep.GUARDIAN,) if self.is_child else ()
        group = (RegistrationStep.GROUP,) if len(form.groups) > 1 else ()
        language = (RegistrationStep.LANGUAGE,) if len(form.languages) > 1 else ()
        asked = (
            RegistrationStep.NAME,
            *born,
            *guardian,
            RegistrationStep.CONTACT,
            *group,
            *language,
        )
        purposes = () if self.is_child else form.purposes
        return (
            *((each, 0) for each in asked),
            *((RegistrationStep.CONSENT, n) for n in range(len(purposes))),
            (RegistrationStep.CHECK, 0),
        )

    @property
    def place(self) -> int:
        """Return the position of the current page from 0; 0 if it is not among `pages`."""
        return next((n for n, each in enumerate(self.pages) if each == (self.step, self.purpose)), 0)

    @property
    def asked_for(self) -> RegistrationPurpose | None:
        """Return the purpose of the current consent page; None on other pages."""
        purposes = self.form.purposes if self.form and self.step is RegistrationStep.CONSENT else ()
        return purposes[self.purpose] if self.purpose < len(purposes) else None

    @property
    def typed(self) -> str:
        """Return the typed answer of the current step; empty for steps without input."""
        match self.step:
            case RegistrationStep.NAME:
                return self.entered.name
            case RegistrationStep.BORN:
                return self.entered.born
            case RegistrationStep.GUARDIAN:
                return self.entered.guardian
            case RegistrationStep.CONTACT:
                return self.entered.contact
            case _:
                return ""

    def with_text(self, typed: str) -> Registering:
        """Return a copy with another answer to the current question, without the fault of the last answer."""
        match self.step:
            case RegistrationStep.NAME:
                answers = replace(self.entered, name=typed)
            case RegistrationStep.BORN:
                answers = replace(self.entered, born=typed)
            case RegistrationStep.GUARDIAN:
                answers = replace(self.entered, guardian=typed)
            case RegistrationStep.CONTACT:
                answers = replace(self.entered, contact=typed)
            case _:
                return self
        return replace(self, entered=answers, fault=None)

    @property
    def needs_address(self) -> bool:
        """Return True if an address is required; a child's guardian must always be reachable."""
        return self.is_child or (self.form is not None and self.form.reached)

    @property
    def most(self) -> int:
        """Maximum length of the answer in characters."""
        match self.step:
            case RegistrationStep.BORN:
                return DIGITS_OF_A_YEAR
            case RegistrationStep.CONTACT:
                return LONGEST_ADDRESS
            case _:
                return LONGEST_NAME

    @property
    def may_go_on(self) -> bool:
        """Return True if the question is answered or optional."""
        return bool(self.typed.strip() or self.spelling.letters) or (
            self.step is RegistrationStep.CONTACT and not self.needs_address
        )


def changeable(view: Registering) -> tuple[str, ...]:
    """Return the pages that the check page can go back to: the step's name, or the purpose's code."""
    purposes = view.form.purposes if view.form else ()
    return tuple(purposes[n].code if step is RegistrationStep.CONSENT else step.value for step, n in view.pages[:-1])
