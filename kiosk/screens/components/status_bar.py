"""Draw the status bar: library, time, offline state, language, text size, display settings and help."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Fill
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action, Panel

CELL = 12
NARROW_CELL = 10.5
CHIP = 8
ICON = 6
GAP = 3
NARROW, NARROW_GAP = 200, 2
"""Maximum width in units of a screen with narrow cells, and their gap."""
PAD = 3
"""Space in units at both sides of a button with a word."""


@dataclass(frozen=True, slots=True)
class StatusWords:
    """Texts of the status bar. `offline` is empty while the central is reachable."""

    library: str
    time: str
    draft: str
    """"Draft" while the translation is not reviewed; else empty."""
    offline: str
    says: str
    """Message in place of the library's name, such as a missing voice for the language."""
    language: tuple[Action, str, str] | None
    """Action, text and short text of the language button."""
    size: tuple[Action, str]
    display: tuple[Action, str]
    help: tuple[Action, str] | None
    open: Panel | None
    """Panel that is open: its button is inverted and reaches down to it."""
    large: bool
    """True while the text is large: its button is underlined."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """Elements that are shown, from a roomy bar to a crowded one.

    Without `says` only the panel shows the message.
    """

    library: bool = True
    help_word: bool = True
    display_word: bool = True
    full_language: bool = True
    language_word: bool = True
    chip_word: bool = True
    draft: bool = True
    time: bool = True
    says: bool = True


FITS = (
    _Fit(),
    _Fit(library=False),
    _Fit(library=False, full_language=False),
    _Fit(library=False, full_language=False, display_word=False),
    _Fit(library=False, full_language=False, display_word=False, help_word=False),
    _Fit(library=False, full_language=False, display_word=False, help_word=False, language_word=False),
    _Fit(False, False, False, False, False, chip_word=False),
    _Fit(False, False, False, False, False, chip_word=False, draft=False),
    _Fit(False, False, False, False, False, chip_word=False, draft=False, time=False),
    _Fit(False, False, False, False, False, chip_word=False, draft=False, time=False, says=False),
)


def draw_status_bar(page: Canvas, box: Box, words: StatusWords) -> None:
    """Draw the bar; drop texts until both sides fit, never an action."""
    fit = next((each for each in FITS if _width(page, words, each) <= box.w), FITS[-1])
    _draw_left(page, box, words, fit)
    _draw_right(page, box, words, fit)


def _width(page: Canvas, words: StatusWords, fit: _Fit) -> float:
    left: float = page.u(4) * len(_left_texts(words, fit)) + sum(
        page.width(each, Type.CAP) for each, _ in _left_texts(words, fit)
    )
    if words.offline:
        left += _chip_width(page, words, fit) + page.u(4)
    return left + sum(each.width for each in _buttons(page, words, fit)) + page.u(_gap(page)) * 3


def _left_texts(words: StatusWords, fit: _Fit) -> list[tuple[str, bool]]:
    """Return the texts at the left, each with True for grey. A message has priority over the time."""
    draft = [(words.draft, True)] if words.draft and fit.draft else []
    if fit.library:
        return [(words.says or words.library, False), (words.time, True), *draft]
    if words.says and fit.says:
        return [(words.says, False)]
    return draft or [(words.time, True)] if fit.time else []


def _cell(page: Canvas) -> float:
    return NARROW_CELL if page.theme.compact or (page.theme.large and page.theme.portrait) else CELL


def _gap(page: Canvas) -> float:
    return NARROW_GAP if page.theme.width < NARROW * page.theme.unit else GAP


def _chip_width(page: Canvas, words: StatusWords, fit: _Fit) -> float:
    return page.u(page.theme.icon(ICON - 1) + 4) + (
        page.width(words.offline, Type.CAP) + page.u(2) if fit.chip_word else 0
    )


@dataclass(frozen=True, slots=True)
class _Button:
    """One control of the bar. Without `word` only the icon is shown."""

    action: Action
    label: str
    icon: str
    word: str
    width: float
    panel: Panel | None = None
    framed: bool = False


def _buttons(page: Canvas, words: StatusWords, fit: _Fit) -> list[_Button]:
    """Return the controls from the left."""
    buttons = []
    if words.language:
        action, name, short = words.language
        word = (name if fit.full_language else short) if fit.language_word else ""
        buttons.append(_button(page, action, name, "globe", word, Panel.LANGUAGES))
    buttons.append(_button(page, *words.size, "a-large-small", ""))
    action, name = words.display
    buttons.append(_button(page, action, name, "sliders-horizontal", name if fit.display_word else "", Panel.DISPLAY))
    if words.help:
        action, name = words.help
        help_ = _button(page, action, name, "hand", name if fit.help_word else "")
        buttons.append(replace(help_, framed=bool(help_.word)))
    return buttons


def _button(page: Canvas, action: Action, label: str, icon: str, word: str, panel: Panel | None = None) -> _Button:
    cell = float(page.u(_cell(page)))
    width = page.u(page.theme.icon(ICON) + 2 + 2 * PAD) + page.width(word, Type.CAP) if word else cell
    return _Button(action, label, icon, word, max(width, cell), panel)


def _draw_left(page: Canvas, box: Box, words: StatusWords, fit: _Fit) -> None:
    x = box.x
    for said, quiet in _left_texts(words, fit):
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
    for button in reversed(_buttons(page, words, fit)):
        x -= button.width
        is_open = button.panel is not None and words.open == button.panel
        is_underlined = words.large and button.action == words.size[0]
        _draw_button(page, Box(x, box.y, button.width, box.h), button, is_open, is_underlined)
        x -= page.u(_gap(page))


def _draw_button(page: Canvas, box: Box, button: _Button, is_open: bool, is_underlined: bool) -> None:
    colour = page.colours.paper if is_open else page.colours.ink
    shown = box.inset(0, page.u(1 if page.theme.large else 2))
    if is_open:
        page.add(Fill(Box(shown.x, shown.y, shown.w, box.bottom - shown.y), page.colours.ink, page.u(1), Corners.TOP))
    elif button.framed:
        page.frame(shown)
    middle = box.y + box.h / 2
    if button.word:
        right = page.icon(box.x + page.u(PAD), middle, button.icon, page.theme.icon(ICON), colour)
        room = Box(right + page.u(2), box.y, page.width(button.word, Type.CAP), box.h)
        page.word(room, button.word, Type.CAP, colour)
    else:
        side = page.theme.icon(6.5)
        left = box.x + (box.w - page.u(side)) / 2
        page.icon(left, middle, button.icon, side, colour)
        if is_underlined:
            under = middle + page.u(side) / 2 + page.u(1)
            page.add(Fill(Box(round(left), round(under), page.u(side), page.u(0.7)), page.colours.ink))
    page.touch(box, button.action, button.label)
