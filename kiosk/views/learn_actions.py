"""What can be pressed where something is learnt, and on the poster of an event; knows no words."""

from __future__ import annotations

from kiosk.domain.showcase import Poster
from kiosk.views.action import Action
from kiosk.views.facts import LineState
from kiosk.views.learn import ANSWERS, COURSES, PAGES, RESOURCES, RIGHT, Learn, rooms
from kiosk.views.visit import Welcome


def event_action(view: Welcome) -> tuple[Action, ...]:
    """A place in what the poster on the glass is of."""
    dated = isinstance(view.slide, Poster) and view.slide.date and view.hears
    return (Action("event"),) if dated else ()


def learn_actions(view: Learn) -> tuple[Action, ...]:
    """What there is; page after page of it; and what a phone may take along."""
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
    return (*marks, Action("back", primary=bool(view.marked) and not last), *last, *onwards)


def _place(view: Learn) -> tuple[Action, ...]:
    """What she can do about a place in the course that is looked at; nothing while it is on its way, or over."""
    course, place = view.course, view.place
    if course is None or (place is not None and (place.state is LineState.CHECKING or place.is_over)):
        return ()
    if place is not None and place.is_hers:
        return (Action("give_place_back"),)
    if place is not None and place.gives and place.state is LineState.SAVED:
        return ()
    return (Action("queue" if course.full else "take_place", primary=True),)
