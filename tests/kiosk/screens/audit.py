"""Audit a sheet of marks for visible defects: cut, covered, crowded, too small or low contrast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from fontTools.ttLib import TTCollection, TTFont

from kiosk.screens.rendering.display_list import Box, Cover, Fill, Icon, Line, Mark, Outline, Shape, Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import ICON_FONT, ICONS, TEXT_FONT
from kiosk.screens.rendering.theme import MIN_CONTRAST, MIN_TOUCH_MM, Theme
from kiosk.views import Action
from lending.colours import ratio

KEY_MM, SMALL_KEY_MM = 12.0, 9.0
"""Minimum height of a key, on 10 inch screens and larger, and on smaller ones."""
KEYS = ("key", "turn", "erase", "enter", "pick")
RISE, FALL = 0.74, 0.12
"""Extent of a letter above and below its baseline, in em; descenders may approach the next line."""


ROWS = (
    "title", "change", "mark", "pick", "right", "wrong", "no_news", "news", "first", "send_test", "quiet", "why",
    "withdraw", "add", "remove", "restore", "infer", "seen", "speak", "open", "forget_visit", "export", "recommend",
    "drop", "keep_look", "events", "had", "ask_librarian", "contrast", "voice", "say_again", "hide_titles", "still",
    "lower", "upright", "text_size", "language_en", "language_zh", "language_mn", "language_zh_TW",
)  # fmt: skip
"""Actions of rows that a long list may have out of sight."""


def faults(sheet: Sheet, theme: Theme, actions: Iterable[Action], data: str) -> list[str]:
    """Return every defect as a text. `data` holds the texts that may be cut: titles, authors, names."""
    window = Box(0, 0, theme.width, theme.height)
    return [
        *outside(sheet, window),
        *missing_glyphs(sheet),
        *cut_words(sheet, data),
        *spilled(sheet),
        *overlaps(sheet),
        *covered(sheet),
        *small_targets(sheet, theme),
        *crowded_targets(sheet),
        *pale(sheet, theme),
        *undrawn_actions(sheet, actions),
    ]


def ink(text: Text) -> Box:
    """Return the box of the ink, which is smaller than the box of the line."""
    middle = text.box.y + text.box.h / 2
    baseline = middle + 0.357 * text.size
    return Box(text.box.x, baseline - RISE * text.size, text.box.w, (RISE + FALL) * text.size)


def outside(sheet: Sheet, window: Box) -> Iterator[str]:
    for mark in sheet:
        box = ink(mark) if isinstance(mark, Text) else mark.box
        if isinstance(mark, Text | Touch | Icon | Shape | Cover) and not window.holds(box):
            yield f"outside the window: {named(mark)}"


@cache
def text_glyphs() -> frozenset[int]:
    return frozenset(TTCollection(str(TEXT_FONT)).fonts[0].getBestCmap())


@cache
def icon_glyphs() -> frozenset[int]:
    return frozenset(TTFont(str(ICON_FONT)).getBestCmap())


def missing_glyphs(sheet: Sheet) -> Iterator[str]:
    for mark in sheet:
        if isinstance(mark, Text | Cover):
            words = mark.text if isinstance(mark, Text) else mark.title
            tofu = [char for char in words if ord(char) not in text_glyphs()]
            if tofu:
                yield f"no glyph for {tofu} in {words!r}"
        elif isinstance(mark, Icon) and ord(ICONS[mark.name]) not in icon_glyphs():
            yield f"no glyph for the icon {mark.name}"


def cut_words(sheet: Sheet, data: str) -> Iterator[str]:
    """Find texts that lost their end; only data may."""
    for mark in sheet:
        if isinstance(mark, Text) and mark.cut and mark.text.rstrip("…") not in data:
            yield f"cut: {mark.text!r}"
        if isinstance(mark, Text) and mark.cut and mark.text.endswith("…") and len(mark.text) < 5:
            yield f"cut to nothing: {mark.text!r}"


def spilled(sheet: Sheet) -> Iterator[str]:
    """Find texts that begin on a button, panel or field and do not end on it."""
    holders = [mark for mark in sheet if isinstance(mark, Fill | Outline | Touch)]
    for mark in sheet:
        if not isinstance(mark, Text):
            continue
        box = ink(mark)
        middle = box.centre
        for holder in holders:
            crossed = isinstance(holder, Outline) and holder.box.meets(box, 1.0)
            if (crossed or holder.box.contains(*middle)) and not holder.box.holds(box, 1.0):
                yield f"{mark.text!r} does not fit its {type(holder).__name__.lower()} {holder.box}"


def overlaps(sheet: Sheet) -> Iterator[str]:
    """Find texts on other texts, icons, figures, covers or the shelf line."""
    texts = [(mark, ink(mark)) for mark in sheet if isinstance(mark, Text)]
    for number, (one, inked) in enumerate(texts):
        for other, others in texts[number + 1 :]:
            if inked.meets(others, 1.0):
                yield f"{one.text!r} overlaps {other.text!r}"
    solid = [mark for mark in sheet if isinstance(mark, Icon | Cover | Line)]
    rings = [mark for mark in sheet if isinstance(mark, Shape) and mark.width == 0]
    for text, inked in texts:
        for thing in (*solid, *rings):
            if inked.meets(thing.box, 1.0):
                yield f"{text.text!r} overlaps {named(thing)}"


def covered(sheet: Sheet) -> Iterator[str]:
    """Find texts, icons and touch targets covered by a later mark."""
    for number, mark in enumerate(sheet):
        if not isinstance(mark, Text | Icon | Touch):
            continue
        box = ink(mark) if isinstance(mark, Text) else mark.box
        for later in sheet[number + 1 :]:
            if isinstance(later, Fill | Cover) and later.box.meets(box, 1.0):
                yield f"{named(mark)} is covered by {named(later)}"


def small_targets(sheet: Sheet, theme: Theme) -> Iterator[str]:
    strips = {(mark.box.y, mark.box.h) for mark in sheet if isinstance(mark, Touch) and mark.name == "pick"}
    for mark in sheet:
        if isinstance(mark, Touch):
            key = KEY_MM if theme.diagonal >= 10 else SMALL_KEY_MM
            is_key = mark.name in KEYS or (mark.box.y, mark.box.h) in strips
            least = key if is_key else MIN_TOUCH_MM
            if mark.box.h < least * theme.px_per_mm - 0.5 or mark.box.w < 9 * theme.px_per_mm:
                yield f"{mark.name} is {mark.box.w / theme.px_per_mm:.1f} x {mark.box.h / theme.px_per_mm:.1f} mm"


def crowded_targets(sheet: Sheet) -> Iterator[str]:
    touches = [mark for mark in sheet if isinstance(mark, Touch)]
    for number, one in enumerate(touches):
        for other in touches[number + 1 :]:
            if one.box.meets(other.box):
                yield f"{one.name} overlaps {other.name}"


def pale(sheet: Sheet, theme: Theme) -> Iterator[str]:
    """Find texts with a contrast below 7:1 to their background; disabled actions are pale on purpose."""
    off = [mark.box for mark in sheet if isinstance(mark, Touch) and not mark.enabled]
    for number, mark in enumerate(sheet):
        if not isinstance(mark, Text) or any(box.contains(*mark.box.centre) for box in off):
            continue
        ground = theme.colours.paper
        for below in sheet[:number]:
            if isinstance(below, Fill) and below.box.contains(*mark.box.centre):
                ground = below.colour
        if ratio(mark.colour, ground) < MIN_CONTRAST:
            yield f"{mark.text!r} has {ratio(mark.colour, ground):.1f}:1 on {ground}"


def undrawn_actions(sheet: Sheet, actions: Iterable[Action]) -> Iterator[str]:
    """Check that the screen draws all actions of the view, once, and no others; a long list may be paged."""
    drawn = [
        (mark.name, mark.item, mark.choice, mark.enabled)
        for mark in sheet
        if isinstance(mark, Touch) and mark.turn is None
    ]
    turned = any(isinstance(mark, Touch) and mark.turn is not None for mark in sheet)
    wanted: list[tuple[str, str | None, str | None, bool]] = [
        (each.name, each.item, each.choice, each.enabled) for each in actions
    ]
    for each in wanted:
        if each not in drawn and not (turned and (each[1] is not None or each[0] in ROWS)):
            yield f"the action {each} is not drawn"
    for each in drawn:
        if each not in wanted or drawn.count(each) != 1:
            yield f"{each} is drawn {drawn.count(each)} times and is {wanted.count(each)} times an action"


def named(mark: Mark) -> str:
    match mark:
        case Text():
            return repr(mark.text)
        case Icon():
            return f"icon {mark.name} at {mark.box}"
        case Touch():
            return f"touch {mark.name} at {mark.box}"
        case _:
            return f"{type(mark).__name__} at {mark.box}"
