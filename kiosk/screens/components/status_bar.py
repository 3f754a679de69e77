"""Draw the status bar: library, time, offline state, language, display settings and help."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.screens.canvas import Canvas
from kiosk.screens.display_list import Fill
from kiosk.screens.geometry import Box
from kiosk.screens.theme import Type
from kiosk.views import Action

CELL = 12
NARROW_CELL = 10.5
CHIP = 8
ICON = 6
GAP = 3
NARROW, NARROW_GAP = 200, 2
"""Maximum width in units of a screen with narrow cells, and their gap."""
LISTED_GAP = 8
"""Gap in units between listed languages."""


@dataclass(frozen=True, slots=True)
class StatusWords:
    """Texts of the status bar. `offline` is empty while the central is reachable."""

    library: str
    time: str
    draft: str
    """"Draft" while the translation is not reviewed; else empty."""
    offline: str
    languages: tuple[tuple[Action, str, str], ...]
    """Action, the language's own name, and its short name."""
    listed: bool
    """True while the list of languages is open; their names are then the main content."""
    cells: tuple[tuple[str, tuple[Action, str]], ...]
    """Icon buttons, from the right."""
    on: frozenset[str]
    """Names of the actions that are switched on: underlined."""
    says: str
    """Message in place of the library's name, such as a missing voice for the language."""
    help: tuple[Action, str] | None


@dataclass(frozen=True, slots=True)
class _Fit:
    """Elements that are shown, from a roomy bar to a crowded one.

    Without `says` only the voice icon shows the message.
    """

    library: bool = True
    help_word: bool = True
    full_language: bool = True
    chip_word: bool = True
    draft: bool = True
    time: bool = True
    says: bool = True


FITS = (
    _Fit(),
    _Fit(help_word=False),
    _Fit(help_word=False, full_language=False),
    _Fit(library=False),
    _Fit(library=False, help_word=False),
    _Fit(library=False, help_word=False, full_language=False),
    _Fit(library=False, help_word=False, full_language=False, chip_word=False),
    _Fit(library=False, help_word=False, full_language=False, chip_word=False, draft=False),
    _Fit(library=False, help_word=False, full_language=False, chip_word=False, draft=False, time=False),
    _Fit(library=False, help_word=False, full_language=False, chip_word=False, draft=False, time=False, says=False),
)


def draw_status_bar(page: Canvas, box: Box, words: StatusWords) -> None:
    """Draw the bar; drop texts until both sides fit, never an action. Large text drops the library's name first."""
    order: tuple[_Fit, ...] = (*FITS[3:], *FITS[:3]) if page.theme.large else FITS
    if words.listed:
        order = (*(replace(each, full_language=True) for each in order), *order)
    fit = next((each for each in order if _width(page, words, each) <= box.w), FITS[-1])
    _draw_left(page, box, words, fit)
    _draw_right(page, box, words, fit)


def _width(page: Canvas, words: StatusWords, fit: _Fit) -> float:
    left: float = page.u(4) * len(_left(words, fit)) + sum(page.width(each, Type.CAP) for each, _ in _left(words, fit))
    if words.offline:
        left += _chip_width(page, words, fit) + page.u(4)
    cells = len(words.cells)
    right = sum(_language_width(page, each, fit) for each in words.languages) + cells * page.u(_cell(page))
    right += page.u(_gap(page, words)) * (len(words.languages) + cells - 1)
    if words.help:
        right += page.u(_gap(page, words)) + _help_width(page, words.help[1], fit)
    return left + right


def _left(words: StatusWords, fit: _Fit) -> list[tuple[str, bool]]:
    """Return the texts at the left, each with True for grey. A message has priority over the time."""
    draft = [(words.draft, True)] if words.draft and fit.draft else []
    if fit.library:
        return [(words.says or words.library, False), (words.time, True), *draft]
    if words.says and fit.says:
        return [(words.says, False)]
    return draft or [(words.time, True)] if fit.time else []


def _cell(page: Canvas) -> float:
    return NARROW_CELL if page.theme.compact or (page.theme.large and page.theme.portrait) else CELL


def _gap(page: Canvas, words: StatusWords) -> float:
    if words.listed:
        return LISTED_GAP
    return NARROW_GAP if page.theme.width < NARROW * page.theme.unit else GAP


def _chip_width(page: Canvas, words: StatusWords, fit: _Fit) -> float:
    return page.u(page.theme.icon(ICON - 1) + 4) + (
        page.width(words.offline, Type.CAP) + page.u(2) if fit.chip_word else 0
    )


def _language_width(page: Canvas, language: tuple[Action, str, str], fit: _Fit) -> float:
    return max(page.width(language[1] if fit.full_language else language[2], Type.CAP), page.u(_cell(page)))


def _help_width(page: Canvas, word: str, fit: _Fit) -> float:
    return page.u(page.theme.icon(ICON) + 8) + page.width(word, Type.CAP) if fit.help_word else page.u(_cell(page))


def _draw_left(page: Canvas, box: Box, words: StatusWords, fit: _Fit) -> None:
    x = box.x
    for said, quiet in _left(words, fit):
        width = page.width(said, Type.CAP)
        page.word(Box(x, box.y, width, box.h), said, Type.CAP, page.colours.ink2 if quiet else "")
        x += width + page.u(4)
    if not words.offline:
        return
    height = max(page.u(CHIP), page.leading(Type.CAP))
    chip = Box(x, box.y + (box.h - height) / 2, _chip_width(page, words, fit), height)
    page.frame(chip)
    right = page.icon(chip.x + page.u(1.5), chip.y + chip.h / 2, "cloud-off", page.theme.icon(ICON - 1))
    if fit.chip_word:
        page.word(
            Box(right + page.u(1.5), chip.y, page.width(words.offline, Type.CAP), chip.h), words.offline, Type.CAP
        )


def _draw_right(page: Canvas, box: Box, words: StatusWords, fit: _Fit) -> None:
    x = box.right
    if words.help:
        x -= _help_width(page, words.help[1], fit)
        _draw_help(page, Box(x, box.y, _help_width(page, words.help[1], fit), box.h), words.help, fit)
        x -= page.u(_gap(page, words))
    for icon, (action, label) in words.cells:
        x -= page.u(_cell(page))
        cell = Box(x, box.y, page.u(_cell(page)), box.h)
        side = page.u(page.theme.icon(6.5))
        page.icon(cell.x + (cell.w - side) / 2, cell.y + cell.h / 2, icon, page.theme.icon(6.5))
        if action.name in words.on:
            under = cell.y + (cell.h + side) / 2 + page.u(1)
            page.add(Fill(Box(round(cell.x + (cell.w - side) / 2), round(under), side, page.u(0.7)), page.colours.ink))
        page.touch(cell, action, label)
        x -= page.u(_gap(page, words))
    for language in reversed(words.languages):
        width = _language_width(page, language, fit)
        x -= width
        name = language[1] if fit.full_language else language[2]
        page.word(Box(x, box.y, width, box.h), name, Type.CAP, align="centre")
        page.touch(Box(x, box.y, width, box.h), language[0], language[1])
        x -= page.u(_gap(page, words))


def _draw_help(page: Canvas, box: Box, help_: tuple[Action, str], fit: _Fit) -> None:
    action, word = help_
    shown = box.inset(0, page.u(2)) if not page.theme.large else box.inset(0, page.u(1))
    middle = box.y + box.h / 2
    if fit.help_word:
        page.frame(shown)
        right = page.icon(box.x + page.u(3), middle, "hand", page.theme.icon(ICON))
        page.word(Box(right + page.u(2), box.y, page.width(word, Type.CAP), box.h), word, Type.CAP)
    else:
        page.icon(box.x + (box.w - page.u(page.theme.icon(6.5))) / 2, middle, "hand", page.theme.icon(6.5))
    page.touch(box, action, word)
