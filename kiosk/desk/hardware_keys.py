"""The hardware keys: a focus that moves over what the view offers, and presses it; knows no errand."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import touch
from kiosk.desk.session import Context, Session
from kiosk.events import Key, Pressed
from kiosk.views import Action, Focus, Welcome, actions

BACKWARD = ("back", "stay", "help")
"""What the key `back` presses: the first of these that the view offers."""


def pressed(session: Session, ctx: Context, key: Key) -> Session:
    """The first press shows where the focus is: on what the view is for. So nothing is chosen unseen.

    At home it is the voice's switch too: whoever begins with these keys may not see the one on the glass.
    """
    if isinstance(session.view, Welcome) and session.status.focus is None and session.status.voice is False:
        session = replace(session, status=replace(session.status, voice=True))
    offered = _offered(session)
    focus = session.status.focus
    match key:
        case Key.BACK:
            name = next((name for name in BACKWARD if any(each.name == name for each in offered)), None)
            return session if name is None else touch.pressed(session, ctx, Pressed(name))
        case _ if focus is None:
            return _focused(session, _begin(offered))
        case Key.CHOOSE:
            return touch.pressed(session, ctx, Pressed(focus.name, focus.item, focus.choice))
        case Key.NEXT:
            return _moved(session, offered, focus, 1)
        case Key.PREVIOUS:
            return _moved(session, offered, focus, -1)


def kept(session: Session, before: Session) -> Session:
    """After each step: a new view begins anew, and what is gone gives the focus to one of its kind in its place.

    Where there is none it begins anew too: nothing else is chosen by whoever presses twice.
    """
    focus = session.status.focus
    offered = _offered(session)
    if focus is None:
        return session
    if type(session.view) is not type(before.view):
        return _focused(session, _begin(offered))
    if any(each.focus == focus for each in offered):
        return session
    place = next((n for n, each in enumerate(_offered(before)) if each.focus == focus), 0)
    there = offered[min(place, len(offered) - 1)] if offered else None
    return _focused(session, there.focus if there and there.name == focus.name else _begin(offered))


def _offered(session: Session) -> tuple[Action, ...]:
    return tuple(each for each in actions(session.view, session.status) if each.enabled)


def _begin(offered: tuple[Action, ...]) -> Focus | None:
    return next((each.focus for each in (*(each for each in offered if each.primary), *offered)), None)


def _moved(session: Session, offered: tuple[Action, ...], focus: Focus, by: int) -> Session:
    """Round and round: after the last comes the first."""
    at = next((n for n, each in enumerate(offered) if each.focus == focus), 0)
    return _focused(session, offered[(at + by) % len(offered)].focus)


def _focused(session: Session, focus: Focus | None) -> Session:
    return replace(session, status=replace(session.status, focus=focus))
