"""Lay out a view as a sheet of marks; dispatches to one function per view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from kiosk.screens import (
    account,
    ask_librarian,
    borrowing,
    dialogs,
    farewell,
    feedback,
    find,
    identify,
    learn,
    my_details,
    panel,
    recommendations,
    refusals,
    registration,
    returning,
    survey,
    technician,
    text_entry,
    title_page,
    vertical_mongolian,
    welcome,
)
from kiosk.screens.draw_context import DrawContext, frame_for
from kiosk.screens.overflow import FOLLOWING, draw_following, draw_way, list_positions, texts_left_out
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Live, Mark, Sheet, Touch
from kiosk.screens.rendering.text_layout import Ruler
from kiosk.screens.rendering.theme import Theme
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    Details,
    Farewell,
    Feedback,
    Find,
    Focus,
    ForYou,
    Help,
    Identify,
    IdleWarning,
    Learn,
    OutOfOrder,
    Refused,
    Registering,
    Returning,
    SignIn,
    Status,
    Survey,
    Technician,
    TitlePage,
    TouchTest,
    View,
    Welcome,
    Writing,
    actions,
)
from kiosk.words import Words
from kiosk.words.hidden_titles import without_titles
from lending.model import ItemId


def sheet_of(
    view: View, status: Status, theme: Theme, words: Words, ruler: Ruler, first: int = 0, live: bool = False
) -> Sheet:
    """Lay out the whole screen.

    Args:
        view: View to draw.
        status: Status bar and display settings.
        theme: Size and colours of the screen.
        words: Texts in the status' language.
        ruler: Measures text.
        first: Row to which a long list is turned; from FOLLOWING on, an overflow page.
        live: True if a camera picture can be shown.
    """
    if status.low and theme.portrait and not isinstance(view, TouchTest):  # The touch test uses the whole screen.
        return move_down(sheet_of(view, status, theme.lowered, words, ruler, first, live), theme)
    if status.hidden:
        view = without_titles(view, words)
    scene = DrawContext(Canvas(theme, ruler, live), frame_for(theme), status, words, actions(view, status))
    if status.panel is not None and not isinstance(view, TouchTest):
        ground = sheet_of(view, replace(status, panel=None, focus=None), theme, words, ruler, 0, live)
        sheet = _panel(scene, first, ground)
        return sheet + _ring(status, sheet, theme, ruler)
    whole = not theme.large or isinstance(view, TouchTest)
    sheet = _sheet(view, replace(scene, first=_of_list(first))) if whole else _lay_out_large(view, scene, first)
    return sheet + _ring(status, sheet, theme, ruler)


def panel_of(view: View, status: Status, theme: Theme, words: Words, ruler: Ruler, first: int = 0) -> Sheet:
    """Lay out the open panel of the status bar without the view under it."""
    scene = DrawContext(Canvas(theme, ruler), frame_for(theme), status, words, actions(view, status))
    return _panel(scene, first)


def _panel(scene: DrawContext, first: int, ground: Sheet = ()) -> Sheet:
    panel.draw(replace(scene, first=_of_list(first)), ground)
    return scene.page.sheet()


def _ring(status: Status, sheet: Sheet, theme: Theme, ruler: Ruler) -> Sheet:
    """Return the focus ring of the hardware keys."""
    ringed = Canvas(theme, ruler)
    for mark in sheet:
        if isinstance(mark, Touch) and status.focus == focus_of(mark):
            ringed.ring(mark.box)
    return ringed.sheet()


def _sheet(view: View, scene: DrawContext) -> Sheet:
    """Lay out the view on a page of its own."""
    page = Canvas(scene.page.theme, scene.page.ruler, scene.page.live)
    scene = replace(scene, page=page)
    if not (scene.status.upright and vertical_mongolian.draw(view, scene)):
        _draw(view, scene)
    if scene.following:
        draw_way(scene)
    return page.sheet()


def _lay_out_large(view: View, scene: DrawContext, first: int) -> Sheet:
    """Lay out in large text; content without room goes to overflow pages."""
    theme = replace(scene.page.theme, large=False)
    status = replace(scene.status, upright=False)  # Vertical columns have no room for large text.
    plain = replace(scene, page=Canvas(theme, scene.page.ruler), frame=frame_for(theme), status=status)
    ordinary = list(list_positions(lambda at: _sheet(_without_decoration(view), replace(plain, first=at))))
    if not texts_left_out(ordinary, _pages(view, scene), theme):
        return _sheet(view, replace(scene, first=_of_list(first)))
    scene = replace(scene, following=FOLLOWING)
    if first < FOLLOWING:
        return _sheet(view, replace(scene, first=first))
    draw_following(scene, _sheet(view, scene), texts_left_out(ordinary, _pages(view, scene), theme), first - FOLLOWING)
    return scene.page.sheet()


def _pages(view: View, scene: DrawContext) -> Iterator[Sheet]:
    return list_positions(lambda at: _sheet(view, replace(scene, first=at)))


def _of_list(first: int) -> int:
    """Return the list position; 0 if it pointed to an overflow page that no longer exists."""
    return first if first < FOLLOWING else 0


def _without_decoration(view: View) -> View:
    """Return the view without decoration: the attract loop needs no overflow page."""
    return replace(view, slides=()) if isinstance(view, Welcome) else view


def is_drawn(focus: Focus, sheet: Sheet) -> bool:
    """Return True if the selected action is on the sheet."""
    return any(isinstance(mark, Touch) and focus_of(mark) == focus for mark in sheet)


def focus_of(mark: Touch) -> Focus:
    """Return the key of a touch target for the hardware keys."""
    return Focus(mark.name, ItemId(mark.item) if mark.item is not None else None, mark.choice)


def _draw(view: View, scene: DrawContext) -> None:
    match view:
        case Welcome():
            welcome.draw(view, scene)
        case Identify():
            identify.draw(view, scene)
        case Borrowing():
            borrowing.draw(view, scene)
        case Returning():
            returning.draw(view, scene)
        case Account():
            account.draw(view, scene)
        case Find():
            find.draw(view, scene)
        case TitlePage():
            title_page.draw(view, scene)
        case ForYou():
            recommendations.draw(view, scene)
        case Details():
            my_details.draw(view, scene)
        case AskLibrarian():
            ask_librarian.draw(view, scene)
        case Feedback():
            feedback.draw(view, scene)
        case Survey():
            survey.draw(view, scene)
        case Registering():
            registration.draw(view, scene)
        case Writing():
            text_entry.draw_free_text(view, scene)
        case Learn():
            learn.draw(view, scene)
        case Farewell():
            farewell.draw(view, scene)
        case Blocked():
            refusals.draw_blocked(view, scene)
        case Refused():
            refusals.draw_refused(view, scene)
        case Asking():
            dialogs.draw_question(view, scene)
        case OutOfOrder():
            refusals.draw_out_of_order(view, scene)
        case Help():
            dialogs.draw_help(view, scene)
        case SignIn():
            technician.draw_sign_in(view, scene)
        case Technician():
            technician.draw(view, scene)
        case TouchTest():
            technician.draw_touch_test(view, scene)
        case IdleWarning():
            dialogs.draw_idle_warning(view, scene)
        case _:
            assert_never(view)


def move_down(sheet: Sheet, theme: Theme) -> Sheet:
    """Return the sheet moved down. `sheet` was laid out for the lower half; `theme` is that of the whole screen."""
    by = theme.height - theme.lowered.height
    return tuple(_move_mark(mark, by) for mark in sheet)


def _move_mark(mark: Mark, by: int) -> Mark:
    moved = replace(mark, box=_down(mark.box, by))
    return replace(moved, aim=tuple(_down(each, by) for each in moved.aim)) if isinstance(moved, Live) else moved


def _down(box: Box, by: int) -> Box:
    return replace(box, y=box.y + by)
