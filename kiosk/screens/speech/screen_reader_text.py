"""Convert a screen to spoken text, from a sheet that is laid out without personal data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kiosk.screens.layout import focus_of, panel_of, sheet_of
from kiosk.screens.rendering.display_list import Cover, Sheet, Text, Touch
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.text_layout import Ruler
from kiosk.screens.rendering.theme import Theme
from kiosk.views import (
    FAREWELL_SECONDS,
    WARNING_SECONDS,
    Borrowing,
    Farewell,
    Focus,
    Identify,
    IdleWarning,
    Registering,
    Returning,
    SignIn,
    Status,
    TouchTest,
    View,
)
from kiosk.words import Words
from kiosk.words.hidden_titles import without_titles

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
