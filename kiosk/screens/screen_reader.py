"""Read the screen aloud: its text without personal data, a new screen completely, then only changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kiosk.hardware.voice import Voice
from kiosk.screens.layout import focus_of, panel_of, sheet_of
from kiosk.screens.rendering.display_list import Box, Cover, Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.text_layout import Ruler
from kiosk.screens.rendering.theme import Theme
from kiosk.views import (
    FAREWELL_SECONDS,
    WARNING_SECONDS,
    Borrowing,
    Details,
    Farewell,
    Focus,
    Identify,
    IdleWarning,
    OutOfOrder,
    RecordPage,
    Registering,
    Returning,
    SignIn,
    Status,
    TouchTest,
    View,
    Welcome,
)
from kiosk.words import Words
from kiosk.words.hidden_titles import without_titles
from lending.languages import kin

Numbered = Identify | SignIn | Borrowing | Returning
"""Views in which a number or a PIN is typed."""
SHEET = Theme(1080, 1920, 21.5)
"""Largest layout: longest lists, one column, no shortened text."""
BAR = 15
"""Height of the status bar in units; it is read only by focus."""
LINE = 4
"""Maximum distance in units of texts on one line."""
ABOVE, BELOW = 0.05, 0.35
"""Shares of a cover's height above and below it, within which text belongs to the cover."""
HIDDEN = re.compile(r"[!-~]*[•*]+\s*[!-~]*|…\s*[0-9]{2,}|\b[0-9]{8,}\b")
"""Rest of a masked number or address, and numbers too long to follow by ear."""
FIGURE = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class SpokenScreen:
    """Spoken sentences of a screen in order, and the name of each action."""

    sentences: tuple[str, ...]
    labels: dict[Focus, str]
    typed: int = 0
    """Number of typed characters of a number or PIN; the characters are not available here."""


def spoken_text(view: View, status: Status, words: Words, ruler: Ruler) -> SpokenScreen:
    """Return the spoken text, with long lists to their end."""
    if status.hidden:
        view = without_titles(view, words)
    anonymous = _without_names(view)
    in_panel = status.panel is not None and not isinstance(view, TouchTest)
    plain = replace(status, focus=None)
    if not in_panel:
        plain = replace(plain, large_text=False, low=None, upright=False)
    sentences: dict[str, None] = {}
    labels: dict[Focus, str] = {}
    first, turned = 0, set[int]()
    while first not in turned:
        turned.add(first)
        lay_out = panel_of if in_panel else sheet_of
        sheet = lay_out(anonymous, plain, SHEET, words, ruler, first)
        sentences |= dict.fromkeys(_sentences(sheet))
        for mark in sheet:
            if isinstance(mark, Touch) and mark.turn is None:
                labels.setdefault(focus_of(mark), mark.label or _icon_name(mark, words))
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
    return SpokenScreen(
        tuple(sentences),
        {each: _speakable(_with_row_title(view, each, label)) for each, label in labels.items()},
        _typed_length(view),
    )


def _without_names(view: Any) -> Any:
    """Return the view without names, numbers and countdown, so that none can be read aloud."""
    changes: dict[str, Any] = {}
    if getattr(view, "guest", None) is not None:
        changes["guest"] = replace(view.guest, name="", last4="")
    if isinstance(view, Numbered) and view.typed:
        changes["typed"] = ""
    if isinstance(view, Borrowing):
        changes["other_cards"] = ()
    if isinstance(view, Registering):
        waits = "•" * len(view.spelling.letters)
        changes["entered"] = replace(view.entered, name="", guardian="", contact="")
        changes["spelling"] = replace(view.spelling, letters=waits, asked=waits)
    if isinstance(view, Farewell):
        changes["seconds"] = FAREWELL_SECONDS
    if isinstance(view, IdleWarning):
        changes["seconds"] = WARNING_SECONDS
    if getattr(view, "under", None) is not None:
        changes["under"] = _without_names(view.under)
    return replace(view, **changes)


def _typed_length(view: View) -> int:
    return len(view.typed or "") if isinstance(view, Numbered) else 0


def _icon_name(mark: Touch, words: Words) -> str:
    """Return the spoken name of a key that shows only an icon."""
    match mark.name:
        case "erase":
            return (
                words.say("Delete all characters") if mark.choice == "all" else words.say("Delete the last character")
            )
        case "enter":
            return words.say("Confirm number")
        case _:
            return ""


def _with_row_title(view: Any, focus: Focus, label: str) -> str:
    """Return the label with the title of its row, because each row may have the same action."""
    if focus.item is None:
        return label
    lines = (*(getattr(view, "lines", None) or ()), *(getattr(view, "loans", None) or ()))
    lines += tuple(getattr(view, "picks", None) or ())
    title = next((each.title for each in lines if each.item == focus.item), "")
    return f"{label}: {title}" if title else label


def _sentences(sheet: Sheet) -> Iterator[str]:
    """Yield sentences from the top, row by row where there are covers; a bare number joins the following text."""
    covers = [mark for mark in sheet if isinstance(mark, Cover)]
    rows: dict[int, list[Text]] = {}
    placed: list[tuple[float, float, str]] = []
    carried: list[Text] = []
    for text in _texts(sheet):
        row = next((number for number, cover in enumerate(covers) if _belongs_to(text.box, cover.box)), None)
        if row is not None:
            rows.setdefault(row, []).append(text)
            continue
        carried.append(text)
        if not FIGURE.fullmatch(_speakable_text(text)):
            placed.append((*_place(carried[0]), " ".join(_speakable_text(each) for each in carried)))
            carried = []
    for row, texts in rows.items():
        ordered = sorted(texts, key=_place)
        placed.append((covers[row].box.y, 0, ", ".join(filter(None, map(_speakable_text, ordered)))))
    yield from (said for _, _, said in sorted(placed) if said)


def _texts(sheet: Sheet) -> Iterator[Text]:
    """Yield texts outside the status bar, buttons and pictures."""
    touches = [mark.box for mark in sheet if isinstance(mark, Touch)]
    for mark in sheet:
        if not isinstance(mark, Text) or mark.box.y < SHEET.u(BAR) or mark.whole is None:
            continue
        if not any(box.contains(*mark.box.centre) for box in touches):
            yield mark


def _belongs_to(text: Box, cover: Box) -> bool:
    middle = text.y + text.h / 2
    return text.x >= cover.right and cover.y - ABOVE * cover.h <= middle <= cover.bottom + BELOW * cover.h


def _place(text: Text) -> tuple[float, float]:
    """Return a sort key: from the top, and from the left within one line."""
    line = SHEET.u(LINE)
    return round((text.box.y + text.box.h / 2) / line) * line, text.box.x


def _speakable_text(text: Text) -> str:
    return _speakable(text.whole or "")


def _speakable(words: str) -> str:
    return HIDDEN.sub("", words).strip()


PRIVATE_PAGES = (
    RecordPage.CONTACTS,
    RecordPage.WAYS,
    RecordPage.CONSENTS,
    RecordPage.WHY,
    RecordPage.INTERESTS,
    RecordPage.LETTERS,
    RecordPage.HAD,
    RecordPage.FRIEND,
)


def private_key(view: View) -> str:
    """Return a key of the private content on the screen; "" if there is none."""
    ground: Any = view
    while hasattr(ground, "under"):
        ground = ground.under
    match ground:
        case Details(room=room, record=record) if record is not None and room in PRIVATE_PAGES:
            return f"details {room}"
        case Farewell(ask=ask, answered="") if ask is not None and ask.kind == "message" and "words" in ask.facts:
            return "message"
        case _:
            return ""


def without_words(view: View, words: Words) -> View:
    """Return the farewell without the message: that a librarian replied, and how to hear it."""
    if isinstance(view, Farewell) and view.ask is not None and private_key(view):
        return replace(view, ask=replace(view.ask, facts={**view.ask.facts, "words": privacy_hint(words)}))
    return view


def without_record(view: View, spoken: SpokenScreen, words: Words) -> SpokenScreen:
    """Replace the content of the patron's record by the hint how to hear it."""
    return replace(spoken, sentences=(privacy_hint(words),)) if isinstance(view, Details) else spoken


def privacy_hint(words: Words) -> str:
    """Return the hint how to hear private content."""
    return words.say("This is private and not read aloud automatically. To hear it, choose Display, then Repeat.")


STATUS_BAR = frozenset({"help", "large_text", "display", "languages"})
"""Actions of the status bar, which are not listed for each screen."""
MANY = 6
"""Maximum number of actions that are listed; more are found with the keys only."""


class Reader:
    """Speaks what the presenter shows. Names, numbers and PINs are not spoken."""

    def __init__(self, words: Callable[[str], Words], glyphs: Glyphs, voice: Voice, *, headphones: bool) -> None:
        """Create a silent reader.

        `headphones`: no one else can hear; private content is read aloud and keys of a PIN are named.
        """
        self._words = words
        self._glyphs = glyphs
        self._voice = voice
        self._headphones = headphones
        self._before: tuple[View, Status, SpokenScreen] | None = None
        self._asked = ""
        """Private content that the patron asked to hear while it is on the screen."""

    def show(self, view: View, status: Status) -> None:
        """Speak what is new since the last view; silent if the voice is off."""
        if isinstance(view, Welcome | OutOfOrder) or not status.voice:
            self._glyphs.forget()
        if not status.voice or status.mute:
            if self._before is not None:
                self._voice.hush()
            self._before, self._asked = None, ""
            return
        language = kin(status.language)
        words = self._words(language)
        spoken_now = self._speakable(view, status, words)
        if phrases := tuple(self._phrases(view, status, spoken_now, words)):
            self._voice.say(language, phrases)
        self._before = (view, status, spoken_now)

    def _speakable(self, view: View, status: Status, words: Words) -> SpokenScreen:
        """Return what to speak.

        Without headphones, private content is included only after the patron asked for it on the same screen. A panel
        covers it, and afterwards it is read only if the patron asks again.
        """
        private = "" if status.panel else private_key(view)
        if self._before is not None and private and private == private_key(self._before[0]):
            self._asked = private if status.again != self._before[1].again else self._asked
        else:
            self._asked = ""
        if self._headphones or not private or self._asked == private:
            return spoken_text(view, status, words, self._glyphs)
        return without_record(view, spoken_text(without_words(view, words), status, words, self._glyphs), words)

    def _phrases(self, view: View, status: Status, now: SpokenScreen, words: Words) -> Iterator[str]:
        if self._before is None:
            yield from self._welcome(status, words)
        if self._before is None or _starts_over(view, status, *self._before):
            yield from now.sentences
            yield from self._choices(view, status, now, words)
            return
        _, was, said = self._before
        yield from (each for each in now.sentences if each not in said.sentences)
        if now.typed != said.typed:
            yield words.say_n("{n} character entered", "{n} characters entered", now.typed)
        elif status.focus is not None and status.focus != was.focus:
            yield self._label(view, status.focus, now, words)

    def _welcome(self, status: Status, words: Words) -> Iterator[str]:
        yield words.say("The voice is on.")
        if self._headphones:
            yield words.say("You can plug in headphones next to the keys.")
        if status.focus is not None:
            yield words.say("The four keys: previous, next, select, back.")

    def _choices(self, view: View, status: Status, now: SpokenScreen, words: Words) -> Iterator[str]:
        """Yield the focused action, or the touchable actions if the keys are not used."""
        if status.focus is not None:
            yield words.say("Selected: {action}", action=self._label(view, status.focus, now, words))
            return
        own = [label for focus, label in now.labels.items() if label and _is_of_view(focus)]
        if own and len(own) <= MANY:
            yield words.say("You can touch: {actions}", actions=words.say(", ").join(own))

    def _label(self, view: View, focus: Focus, now: SpokenScreen, words: Words) -> str:
        if focus.name == "key" and _secret(view) and not self._headphones:
            return words.say("A character key, not read aloud for privacy")
        return now.labels.get(focus) or words.say("Button without a label")


def _secret(view: View) -> bool:
    """Return True if input on this view is private; an item number is not."""
    return isinstance(view, Identify | SignIn)


def _is_of_view(focus: Focus) -> bool:
    return focus.name not in STATUS_BAR and focus.name not in ("key", "turn") and not focus.name.startswith("language_")


def _starts_over(view: View, status: Status, before: View, was: Status, _: SpokenScreen) -> bool:
    """Return True for another screen or panel, another language, or a request to repeat."""
    if (status.language, status.again, status.panel) != (was.language, was.again, was.panel):
        return True
    if type(view) is not type(before):
        return True
    return isinstance(view, Identify) and isinstance(before, Identify) and view.pin != before.pin
