"""Define the actions of the learning section, of an event poster, and of the guide."""

from __future__ import annotations

from kiosk.views.action import Action
from kiosk.views.common import LineState
from kiosk.views.greeting import Guide
from kiosk.views.learn import ANSWERS, COURSES, PAGES, RESOURCES, RIGHT, Learn, rooms
from kiosk.views.screen_state import View
from kiosk.views.visit import Borrowing, Welcome
from lending.showcase import Poster


def panel_actions(view: View) -> tuple[Action, ...]:
    """Return the action of the event poster on the screen, or of the guide for new patrons."""
    match view:
        case Welcome(slide=Poster() as poster, hears=True) if poster.date:
            return (Action("event"),)
        case Borrowing(greets=Guide(), notice=""):
            return (Action("guide"),)
        case _:
            return ()


def learn_actions(view: Learn) -> tuple[Action, ...]:
    """Return the choices, the page keys, and the actions of a course."""
    takes = _place(view)
    primary = not any(each.primary for each in takes) and (view.page >= PAGES or not view.about or bool(takes))
    last = (Action("finish", primary=primary),) if view.guest else ()
    if not view.about:
        return (*(Action("learn", choice=each) for each in rooms(view)), Action("back"), *last)
    if view.about == RESOURCES and view.opened is None:
        return (*(Action("open", choice=str(n)) for n in range(len(view.resources))), Action("back"), *last)
    if view.about == COURSES and view.opened is None and view.dated:
        return (*(Action("open", choice=str(n)) for n in range(len(view.courses))), Action("back"), *last)
    if view.about == COURSES:
        return (Action("back"), *last, *takes)
    marks = tuple(Action("mark", choice=each) for each in ANSWERS) if view.quiz and not view.marked else ()
    onwards = (Action("next_page", primary=True),) if view.about in RIGHT and not view.quiz else ()
    others = (Action("lessons", primary=not last),) if view.marked else ()
    return (*marks, Action("back"), *others, *last, *onwards)


def _place(view: Learn) -> tuple[Action, ...]:
    """Return what the patron can do about a place in the open course; none while a request is pending or it is over."""
    course, place = view.course, view.place
    if course is None or (place is not None and (place.state is LineState.CHECKING or place.is_over)):
        return ()
    if place is not None and place.is_hers:
        return (Action("give_place_back"),)
    if place is not None and place.gives and place.state is LineState.SAVED:
        return ()
    return (Action("queue" if course.full else "take_place", primary=True),)
