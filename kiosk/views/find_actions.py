"""What can be pressed while a book is looked for, and on a title's page. Knows no words and no place on the glass."""

from __future__ import annotations

from kiosk.views.action import Action
from kiosk.views.common import LineState
from kiosk.views.find import Find, TitlePage
from kiosk.views.text_entry_actions import keys_for_titles


def find_actions(view: Find) -> tuple[Action, ...]:
    """A key for each letter, what answers, and the ways out where nothing does."""
    titles = tuple(Action("title", choice=str(each.id)) for each in view.found.works) if view.found else ()
    if view.agreeing:
        return _agreeing(view, "tell_me")
    last = (Action("finish", primary=True),) if view.guest else ()
    online = (Action("online"),) if view.online and not view.typed else ()
    return (*titles, *online, *_ways_out(view), *keys_for_titles(view), Action("back"), *last)


def _ways_out(view: Find) -> tuple[Action, ...]:
    if not view.missed:
        return ()
    fewer = (Action("fewer"),) if len(view.typed.split()) > 1 else ()
    tell = () if view.told else (Action("tell_me"),)
    return (*fewer, Action("call_staff"), *tell)


def title_actions(view: TitlePage) -> tuple[Action, ...]:
    """How it is read, kept for her, or told of; whoever waits for a copy is told anyway."""
    if view.agreeing:
        return _agreeing(view, "tell_back")
    read = (Action("read", primary=not view.work.copies),) if view.work.link and not view.on_phone else ()
    can_hold = view.work.copies and view.hold is None and view.told is not LineState.CHECKING
    can_tell = view.is_out and view.told is None and view.hold in (None, LineState.REFUSED)
    hold = (Action("hold", primary=True),) if view.keeps and can_hold else ()
    tell = (Action("tell_back"),) if view.keeps and can_tell else ()
    finish = (Action("finish", primary=not hold and bool(view.work.copies)),) if view.guest else ()
    return (Action("back"), *read, *tell, *finish, *hold)


def _agreeing(view: Find | TitlePage, tell: str) -> tuple[Action, ...]:
    return (Action("back"), *((Action("finish"),) if view.guest else ()), Action(tell, primary=True))
