"""Define the input of the renderer: one view, and the status bar above it with the display preferences."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kiosk.views.common import Focus, VisitLine
from kiosk.views.find import Find, TitlePage
from kiosk.views.learn import Learn
from kiosk.views.my_details import Details
from kiosk.views.patron_input import AskLibrarian, Feedback, ForYou, Writing
from kiosk.views.registration import Registering
from kiosk.views.service import Help, IdleWarning, OutOfOrder, SignIn, Technician, TouchTest
from kiosk.views.survey import Survey
from kiosk.views.visit import Account, Asking, Blocked, Borrowing, Farewell, Identify, Refused, Returning, Welcome
from lending.display_preferences import DisplayPreferences
from lending.languages import usual

Finding = Find | TitlePage | Learn
Listing = Identify | Borrowing | Returning | Account | ForYou | Details | AskLibrarian | Finding | Blocked
"""Views of an errand in progress; each keeps the lines of the visit."""
Ground = Welcome | Listing | Feedback | Farewell | OutOfOrder
"""Views that cover no other view."""
Cover = Help | SignIn | Technician | TouchTest | IdleWarning
"""Views that may cover any other; what they cover continues under them."""
Overlay = Refused | Asking | Survey | Writing | Registering | Cover
View = Ground | Overlay


def ground_of(view: View) -> Ground:
    """Return the view below all overlays."""
    while isinstance(view, Overlay):
        view = view.under
    return view


def with_ground(view: View, ground: Ground) -> Any:
    """Return the same overlays on another ground. Any: the types cannot express which view may cover which."""
    return replace(view, under=with_ground(view.under, ground)) if isinstance(view, Overlay) else ground


def lines_of(view: View) -> tuple[VisitLine, ...]:
    """Return the lines of the visit; none on a ground that keeps none."""
    ground = ground_of(view)
    return ground.lines if isinstance(ground, Listing | Farewell) else ()


def without_covers(view: View) -> View:
    """Return the view below all covers."""
    while isinstance(view, Cover):
        view = view.under
    return view


def with_uncovered(view: View, changed: View) -> Any:
    """Return the same covers over another view. Any: the types cannot express which view may cover which."""
    return replace(view, under=with_uncovered(view.under, changed)) if isinstance(view, Cover) else changed


class Panel(StrEnum):
    """A sheet over the screen that the status bar opens; also the name of the action that opens and closes it."""

    LANGUAGES = "languages"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Status:
    """State of the status bar on every screen. At the end of a visit the desk restores the library's defaults."""

    library: str
    now: datetime
    """Aware, in the library's time zone; drawn to the minute."""
    language: str = "zh"
    """Code of one of `lending.languages`."""
    online: bool = True
    large_text: bool = False
    contrast: bool = False
    low: bool | None = None
    """True: content is drawn in the lower half; None: this screen is low enough and has no such mode."""
    focus: Focus | None = None
    """Selection drawn as a ring; None until a hardware key is pressed, and after a touch."""
    still: bool = False
    """True: no animations."""
    voice: bool | None = None
    """True: the screen is read aloud; None: the kiosk has no voice."""
    mute: bool = False
    """True if the voice does not speak the current language."""
    again: int = 0
    """Number of times the patron asked for a repetition."""
    hidden: bool = False
    """True: titles are not shown, spoken or printed."""
    upright: bool = False
    """True: use vertical script, on the screens that support it."""
    languages: tuple[str, ...] = field(default_factory=usual)
    """Languages offered by the kiosk, in the order of the switch."""
    panel: Panel | None = None
    """Sheet that covers the view."""


def setting(status: Status, name: str, choice: str | None = None) -> Status:
    """Return the status after an action of the status bar or of its panels; unchanged for other actions."""
    match name.split("_"):
        case ["language", *language]:
            return replace(status, language="_".join(language), panel=None)
        case [Panel.LANGUAGES | Panel.DISPLAY as panel]:
            return replace(status, panel=None if status.panel == panel else Panel(panel))
        case ["close", "panel"]:
            return replace(status, panel=None)
        case ["reset", "display"]:
            low = None if status.low is None else False
            voice = None if status.voice is None else False
            plain = replace(status, large_text=False, contrast=False, still=False, hidden=False, upright=False)
            return replace(plain, low=low, voice=voice)
        case ["text", "size"]:
            return replace(status, large_text=choice == "large")
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
            return replace(status, again=status.again + 1, panel=None)
        case _:
            return status


def preferences_of(status: Status) -> DisplayPreferences:
    """Return the language and the settings that are switched on."""
    on = {
        "large_text": status.large_text,
        "contrast": status.contrast,
        "lower": bool(status.low),
        "still": status.still,
        "voice": bool(status.voice),
        "hide_titles": status.hidden,
        "upright": status.upright,
    }
    return DisplayPreferences(status.language, frozenset(name for name, chosen in on.items() if chosen))


def apply_preferences(status: Status, look: DisplayPreferences, ordinary: Status) -> Status:
    """Apply a patron's preferences to the status, as far as this kiosk supports them.

    A setting that the patron changed by hand, so that it differs from `ordinary`, stays.
    """
    mine, plain = preferences_of(status), preferences_of(ordinary)
    language = mine.language if mine.language != plain.language else look.language
    on = look.on | mine.on
    return replace(
        status,
        language=language,
        large_text="large_text" in on,
        contrast="contrast" in on,
        low=None if status.low is None else "lower" in on,
        still="still" in on,
        voice=None if status.voice is None else "voice" in on,
        hidden="hide_titles" in on,
        upright="upright" in on,
    )
