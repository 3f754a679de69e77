"""Define the actions at the end of a visit: receipt, due-date reminder, answers to the question."""

from __future__ import annotations

from kiosk.views.action import Action
from kiosk.views.common import ReceiptState
from kiosk.views.patron_input import FACES
from kiosk.views.visit import Farewell
from lending.post_visit import PostVisitQuestion

CHANNELS = ("wechat", "wecom", "sms", "mail")
"""Message channels in the order in which they are offered."""


def farewell_actions(view: Farewell, hidden: bool) -> tuple[Action, ...]:
    """Return the actions of the farewell view. `hidden`: titles are hidden."""
    return (*_after(view), *_receipt(view, hidden))


def _receipt(view: Farewell, hidden: bool) -> tuple[Action, ...]:
    """Return the receipt choices.

    A message contains titles, so it is not offered while titles are hidden, nor if it is sent anyway.
    """
    sends = view.message is not None and not view.message.goes and not hidden
    message = (Action("receipt_message"),) if sends else ()
    match view.receipt:
        case ReceiptState.OFFERED | ReceiptState.FAILED:
            return (
                *message,
                Action("receipt_none"),
                Action("receipt_phone"),
                Action("receipt_paper", primary=True),
            )
        case ReceiptState.NO_PRINTER if view.lines:
            return (*message, Action("receipt_phone"), Action("home", primary=True))
        case _:
            return (Action("home", primary=True),)


def _after(view: Farewell) -> tuple[Action, ...]:
    """Return the actions of the one open subject; none while the receipt is shown for a phone."""
    if view.receipt is ReceiptState.ON_PHONE:
        return ()
    if view.days:
        return tuple(Action("remind", choice=each.isoformat()) for each in view.days)
    if view.ask and not view.answered:
        return tuple(Action("answer", choice=each) for each in choices(view.ask))
    return (Action("change_reminder"),) if view.reminder else ()


def choices(ask: PostVisitQuestion) -> tuple[str, ...]:
    """Return the answers that can be touched; none for a kind of question that this kiosk does not support."""
    match ask.kind:
        case "face":
            return FACES
        case "questionnaire" if ask.facts.get("form"):
            return ("start", "later")
        case "contact" if ask.facts.get("shown"):
            return ("right", "wrong", "later")
        case "channel":
            return tuple(each for each in CHANNELS if each in ask.facts)
        case "pick" if ask.facts.get("title"):
            return ("like", "not")
        case "message":
            return ("read",) if ask.facts.get("words") or ask.facts.get("state") else ("later",)
        case _:
            return ()
