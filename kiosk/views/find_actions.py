"""Define the actions of the catalogue search and of a title's page."""

from __future__ import annotations

from kiosk.views.action import Action
from kiosk.views.common import LineState
from kiosk.views.find import Find, TitlePage
from kiosk.views.text_entry_actions import keys_for_titles


def find_actions(view: Find) -> tuple[Action, ...]:
    """Return the keys, the results, and the alternatives if the search found nothing."""
    titles = tuple(Action("title", choice=str(each.id)) for each in view.found.works) if view.found else ()
    if view.agreeing:
        return _agreeing(view, "tell_me")
    last = (Action("finish", primary=True),) if view.guest else ()
    online = (Action("online"),) if view.online and not view.typed else ()
    return (*titles, *online, *_ways_out(view), *keys_for_titles(view), Action("back"), *last)


def _ways_out(view: Find) -> tuple[Action, ...]:
    if not view.has_no_result:
        return ()
    fewer = (Action("fewer"),) if len(view.typed.split()) > 1 else ()
    tell = () if view.alert else (Action("tell_me"),)
    return (*fewer, Action("call_staff"), *tell)


def title_actions(view: TitlePage) -> tuple[Action, ...]:
    """Offer to read the e-edition, place a hold, or request an availability alert.

    A patron who has placed a hold is notified anyway, so no alert is offered then.
    """
    if view.agreeing:
        return _agreeing(view, "tell_back")
    read = (Action("read", primary=not view.work.copies),) if view.work.link and not view.on_phone else ()
    can_hold = view.work.copies and view.hold is None and view.alert is not LineState.CHECKING
    can_tell = view.is_out and view.alert is None and view.hold in (None, LineState.REFUSED)
    hold = (Action("hold", primary=True),) if view.keeps and can_hold else ()
    tell = (Action("tell_back"),) if view.keeps and can_tell else ()
    finish = (Action("finish", primary=not hold and bool(view.work.copies)),) if view.guest else ()
    return (Action("back"), *read, *tell, *finish, *hold)


def _agreeing(view: Find | TitlePage, tell: str) -> tuple[Action, ...]:
    return (Action("back"), *((Action("finish"),) if view.guest else ()), Action(tell, primary=True))
