"""Define the actions of the registration, question by question."""

from __future__ import annotations

from kiosk.views.action import Action
from kiosk.views.common import LineState
from kiosk.views.registration import TYPED, WRITTEN, Registering, RegistrationStep
from kiosk.views.text_entry_actions import keys_for_answers
from lending.model import Reason

YES, NO = "yes", "no"


def registering_actions(view: Registering) -> tuple[Action, ...]:
    back = Action("back")
    match view.step:
        case RegistrationStep.WAY:
            return (Action("by_phone"), back, Action("here", primary=True))
        case RegistrationStep.PHONE:
            return (Action("back", primary=True),)
        case step if step in TYPED:
            return (*keys_for_answers(view), back, Action("continue", primary=True, enabled=view.may_go_on))
        case RegistrationStep.GROUP:
            return (*(Action("mark", choice=each) for each in (view.form.groups if view.form else ())), back)
        case RegistrationStep.LANGUAGE:
            return (*(Action("mark", choice=each) for each in WRITTEN), back)
        case RegistrationStep.CONSENT:
            return (*(Action("mark", choice=each) for each in (YES, NO)), back)
        case RegistrationStep.CHECK:
            changes = (Action("change", choice=each) for each in changeable(view))
            return (*changes, back, Action("all_right", primary=True))
        case RegistrationStep.CARD:
            return (back, Action("no_card", primary=True))
        case _:
            return _result_actions(view)


def changeable(view: Registering) -> tuple[str, ...]:
    """Return the pages that the check page can go back to: the step's name, or the purpose's code."""
    purposes = view.form.purposes if view.form else ()
    return tuple(purposes[n].code if step is RegistrationStep.CONSENT else step.value for step, n in view.pages[:-1])


def _result_actions(view: Registering) -> tuple[Action, ...]:
    match view.state:
        case LineState.CHECKING:
            return ()
        case LineState.REFUSED if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            return (Action("back"), Action("no_card", primary=True))
        case LineState.REFUSED:
            return (Action("call_staff"), Action("back"), Action("home", primary=True))
        case _:
            return (Action("home", primary=True),)
