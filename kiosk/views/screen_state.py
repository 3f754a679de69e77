"""All that a screen is given: one view, and the status at its head. Knows no Kivy and no words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from kiosk.views.find import Find, TitlePage
from kiosk.views.free_text import Writing
from kiosk.views.learn import Learn
from kiosk.views.my_details import Details
from kiosk.views.patron_input import AskLibrarian, Feedback, ForYou
from kiosk.views.registration import Registering
from kiosk.views.service import Help, IdleWarning, OutOfOrder, SignIn, Technician, TouchTest
from kiosk.views.survey import Survey
from kiosk.views.visit import Account, Asking, Blocked, Borrowing, Farewell, Identify, Refused, Returning, Welcome
from lending.languages import usual
from lending.model import ItemId

View = (
    Welcome
    | Identify
    | Borrowing
    | Returning
    | Account
    | ForYou
    | Details
    | AskLibrarian
    | Writing
    | Feedback
    | Find
    | TitlePage
    | Learn
    | Survey
    | Registering
    | Farewell
    | Blocked
    | Refused
    | Asking
    | OutOfOrder
    | Help
    | SignIn
    | Technician
    | TouchTest
    | IdleWarning
)


@dataclass(frozen=True, slots=True)
class Focus:
    """The action on which the hardware keys stand, by what tells it from others."""

    name: str
    item: ItemId | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What every screen carries at its head; the desk changes it, and home brings the library's defaults back."""

    library: str
    now: datetime
    """Aware, in the library's time zone; drawn to the minute."""
    language: str = "zh"
    """One of `lending.languages`."""
    online: bool = True
    large_text: bool = False
    contrast: bool = False
    low: bool | None = None
    """Everything stands in the lower half; None where the whole screen is within reach."""
    focus: Focus | None = None
    """Drawn as a ring; None until a hardware key is pressed, and after a touch."""
    still: bool = False
    """Nothing moves by itself."""
    voice: bool | None = None
    """What is shown is said too; None where the kiosk has no voice."""
    mute: bool = False
    """The kiosk's voice does not speak this language."""
    again: int = 0
    """How often she has asked to hear it once more."""
    hidden: bool = False
    """No title is shown, said or printed."""
    upright: bool = False
    """In the script that is read from the top down, where a screen has it."""
    languages: tuple[str, ...] = field(default_factory=usual)
    """Those that the kiosk offers, in the order of the switch."""
    choosing: bool = False
    """The head of the screen lists the languages."""


def setting(status: Status, name: str) -> Status:
    """The head of the screen after an action of the status bar; the same after any other."""
    match name.split("_"):
        case ["language", *language]:
            return replace(status, language="_".join(language), choosing=False)
        case ["languages"]:
            return replace(status, choosing=not status.choosing)
        case ["large", "text"]:
            return replace(status, large_text=not status.large_text)
        case ["contrast"]:
            return replace(status, contrast=not status.contrast)
        case ["lower"] if status.low is not None:
            return replace(status, low=not status.low)
        case ["still"]:
            return replace(status, still=not status.still)
        case ["voice"] if status.voice is not None:
            return replace(status, voice=not status.voice)
        case ["upright"]:
            return replace(status, upright=not status.upright)
        case ["hide", "titles"]:
            return replace(status, hidden=not status.hidden)
        case ["say", "again"]:
            return replace(status, again=status.again + 1)
        case _:
            return status
