"""Operate the screen with hardware keys: move a focus over the offered actions and activate one."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import touch
from kiosk.desk.session import Context, Session
from kiosk.events import Key, Pressed
from kiosk.views import Action, Focus, Welcome, actions

BACKWARD = ("close_panel", "back", "stay", "help")
"""Actions of the key `back`: the first of these that the view offers."""


def on_key(session: Session, ctx: Context, key: Key) -> Session:
    """Handle a key. The first press only shows the focus, on the view's main action: nothing is chosen unseen.

    On the first screen it also switches the voice on: users of these keys may not see the button on the screen.
    """
    if isinstance(session.view, Welcome) and session.status.focus is None and session.status.voice is False:
        session = replace(session, status=replace(session.status, voice=True))
    offered = _offered_actions(session)
    focus = session.status.focus
    match key:
        case Key.BACK:
            name = next((name for name in BACKWARD if any(each.name == name for each in offered)), None)
            return session if name is None else touch.on_press(session, ctx, Pressed(name))
        case _ if focus is None:
            return _set_focus(session, _begin(offered))
        case Key.CHOOSE:
            return touch.on_press(session, ctx, Pressed(focus.name, focus.item, focus.choice))
        case Key.NEXT:
            return _move_focus(session, offered, focus, 1)
        case Key.PREVIOUS:
            return _move_focus(session, offered, focus, -1)


def keep_focus(session: Session, before: Session) -> Session:
    """Keep the focus valid after a step: reset it on a new view; if its action is gone, move to one of the same kind.

    If there is none of the kind, reset it, so that a double press does not activate something else.
    """
    focus = session.status.focus
    offered = _offered_actions(session)
    if focus is None:
        return session
    if type(session.view) is not type(before.view):
        return _set_focus(session, _begin(offered))
    if any(each.focus == focus for each in offered):
        return session
    place = next((n for n, each in enumerate(_offered_actions(before)) if each.focus == focus), 0)
    there = offered[min(place, len(offered) - 1)] if offered else None
    return _set_focus(session, there.focus if there and there.name == focus.name else _begin(offered))


def _offered_actions(session: Session) -> tuple[Action, ...]:
    return tuple(each for each in actions(session.view, session.status) if each.enabled)


def _begin(offered: tuple[Action, ...]) -> Focus | None:
    """Return the main action; for a question that costs something, the answer that does not."""
    free = [each for each in offered if each.name == "next"]
    return next((each.focus for each in (*free, *(each for each in offered if each.primary), *offered)), None)


def _move_focus(session: Session, offered: tuple[Action, ...], focus: Focus, by: int) -> Session:
    """Move the focus, wrapping around at both ends."""
    at = next((n for n, each in enumerate(offered) if each.focus == focus), 0)
    return _set_focus(session, offered[(at + by) % len(offered)].focus)


def _set_focus(session: Session, focus: Focus | None) -> Session:
    return replace(session, status=replace(session.status, focus=focus))
