"""Dispatch a touch to its errand, if the view offers that action now."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import (
    account,
    ask_librarian,
    checkin,
    checkout,
    display_preferences,
    farewell,
    feedback,
    find,
    free_text,
    identification,
    identity_proof,
    input_fallbacks,
    learn,
    my_details,
    post_visit,
    receipt_message,
    recommendations,
    registration,
    scan_item,
    shared_visit,
    staff_calls,
    survey,
    technician,
    title_rating,
    visit_lines,
)
from kiosk.desk.effects import Deliver
from kiosk.desk.home import SLIDE_SECONDS, first_new, start_again, welcome
from kiosk.desk.session import Context, Session, on_visit, without_notices
from kiosk.desk.view_timeouts import farewell_seconds
from kiosk.events import Pressed
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
    ForYou,
    Help,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    Panel,
    Question,
    RecordPage,
    Refused,
    Registering,
    Returning,
    SignIn,
    Survey,
    Technician,
    TitlePage,
    TouchTest,
    VisitTask,
    Welcome,
    Writing,
    actions,
    setting,
    undoable,
)
from kiosk.views.learn import COURSES, LENDING, RESOURCES
from lending.display_preferences import SETTINGS as LOOKS
from lending.model import ItemId
from lending.showcase import Poster
from lending.transactions import Undo

SETTINGS = (*LOOKS, *Panel, "text_size", "say_again", "reset_display", "close_panel")
"""Actions of the status bar and its panels, available in every view; reset on the first screen."""
HABIT_SECONDS = 1.0
"""Time in seconds after a fee question appears during which its answer is ignored.

The answer stands where Finish or Next book stood a moment ago, and a hand may be on its way there.
"""


def on_press(session: Session, ctx: Context, event: Pressed) -> Session:
    """Handle a touch; ignore actions that the view does not offer (any more)."""
    offered = any(
        (each.name, each.item, each.choice) == (event.name, event.item, event.choice) and each.enabled
        for each in actions(session.view, session.status)
    )
    if not offered:
        return session
    session = _carry_out(session, event.name)
    if _is_setting(event.name):
        status = setting(session.status, event.name, event.choice)
        session = replace(session, status=display_preferences.localise_status(status, ctx))
    if isinstance(session.view, IdleWarning):
        session = session.show(session.view.under)
        return farewell.finish(session, ctx) if event.name == "finish" else session
    return _dispatch(session, ctx, event)


def _carry_out(session: Session, name: str) -> Session:
    session = without_notices(session)
    if not _is_setting(name):
        session = display_preferences.close_panel(on_visit(session, finishing=False, many=False))
    if isinstance(session.view, Farewell):
        return session.show(replace(session.view, seconds=max(session.view.seconds, farewell_seconds(session))))
    return session


def _is_setting(name: str) -> bool:
    return name in SETTINGS or name.startswith("language_")


def _dispatch(session: Session, ctx: Context, event: Pressed) -> Session:
    match (event.name, session.view):
        case ("help" | "call_staff", _):
            return staff_calls.on_press(session)
        case ("technician", _):
            return technician.ask(session, ctx)
        case ("join", Asking() as view):
            return shared_visit.join(session.show(view.under), ctx, ctx.reference(view.uid))
        case ("finish", Asking() as view):
            return _finish_for_the_first(session, ctx, view)
        case ("finish", _):
            return farewell.finish(session, ctx)
        case (_, Survey() as view):
            return survey.on_press(session, view, event)
        case (_, Registering() as view):
            return registration.on_press(session, ctx, view, event)
        case (_, Writing() as view):
            return free_text.on_press(session, view, event)
        case ("in_words" | "name_it", (Feedback() | AskLibrarian()) as view):
            return free_text.open_up(session, view, event.name)
        case ("back", Learn() as view):
            return learn.on_press(session, ctx, view, event)
        case ("back", _):
            return _back(session, ctx)
        case ("borrow" | "return" | "account", _):
            return _errand(session, ctx, VisitTask(event.name))
        case ("next", Refused() as view):
            return session.show(view.under)
        case ("agree", Refused()) if ctx.seconds - session.since < HABIT_SECONDS:
            return session
        case ("hold", Refused(other=TitlePage() as page)):
            return identification.for_page(session, ctx, page)
        case ("agree", Refused() as view):
            return checkout.accept_fee(session.show(view.under), ctx, view.line)
        case ("tell", Welcome()):
            return feedback.open_up(session, ctx)
        case ("find", Welcome() | Borrowing() | Blocked()):
            return find.open_up(session, ctx)
        case ("event", Welcome(slide=Poster() as poster)):
            return learn.of_poster(session, ctx, poster)
        case ("learn", Welcome()):
            return learn.open_up(session, ctx)
        case ("events", Welcome()):
            return learn.open_up(session, ctx, COURSES)
        case ("new", Welcome() as view):
            return session.show(replace(view, turn=first_new(view), linger=SLIDE_SECONDS))
        case ("register", Welcome()):
            asked = identification.ask_card(session, VisitTask.BORROW)
            return registration.open_up(asked, ctx, asked.view) if isinstance(asked.view, Identify) else asked
        case ("guide", Borrowing()):
            return learn.open_up(session, ctx, LENDING)
        case ("online", Find() as view):
            return learn.open_up(session, ctx, RESOURCES, view)
        case (_, Learn() as view):
            return learn.on_press(session, ctx, view, event)
        case (_, Find() as view):
            return find.on_press(session, ctx, view, event)
        case (_, TitlePage() as view):
            return find.on_page_press(session, ctx, view, event.name)
        case ("survey", Feedback() as view):
            return survey.begin_unasked(session, view)
        case ("for_you" | "details", Account()):
            return identity_proof.open_area(session, ctx, event.name)
        case (_, Details() as view) if event.name != "back":
            return my_details.on_press(session, view, event.name, event.choice or "")
        case (_, Feedback() as view):
            return feedback.on_press(session, view, event.name, event.choice or "")
        case ("had", ForYou()):
            return my_details.open_up(session, ctx, RecordPage.HAD)
        case ("events", ForYou() as view):
            return learn.open_up(session, ctx, COURSES, view)
        case ("ask_librarian", ForYou() as view):
            return ask_librarian.open_up(session, view)
        case ("ask", AskLibrarian() as view):
            return ask_librarian.send_topic(session, view, event.choice or "")
        case ("like" | "not_for_me", ForYou() as view) if event.item is not None:
            return recommendations.submit_feedback(session, view, event.name, ItemId(event.item))
        case ("unlock", Account()):
            return identification.unlock(session, ctx)
        case ("undo", Borrowing() | Account()):
            return _undo(session)
        case ("renew", Account()) if event.item is not None:
            return account.renew(session, ctx, ItemId(event.item))
        case ("renew_all", Account() as view):
            return account.renew_all(session, ctx, view)
        case ("key" | "erase" | "enter" | "turn", Borrowing() | Returning()):
            return input_fallbacks.on_pad_key(session, ctx, event.name, event.choice or "")
        case ("how", Returning(lines=(newest, *_))):
            return title_rating.rate(session, newest, event.choice or "")
        case (_, SignIn() as view):
            return technician.on_press(session, ctx, view, event)
        case ("report" | "test_all" | "test_touch", Technician() as view):
            return technician.start_test(session, view, event.name)
        case (_, Identify() as view):
            return _pad(session, ctx, view, event)
        case ("answer", Farewell() as view) if event.choice == survey.START:
            return survey.begin(session, view)
        case ("answer" | "remind" | "change_reminder", Farewell() as view):
            return post_visit.on_press(session, view, event.name, event.choice or "")
        case (_, Farewell() as view):
            return _receipt(session, ctx, view, event.name)
        case _:
            return session


def _errand(session: Session, ctx: Context, errand: VisitTask) -> Session:
    match (session.view, errand):
        case (Asking(), VisitTask.BORROW):
            return scan_item.to_borrow(session, ctx)
        case (Asking(), VisitTask.RETURN):
            return scan_item.to_return(session, ctx)
        case (Welcome(), VisitTask.BORROW | VisitTask.ACCOUNT):
            return identification.ask_card(session, errand)
        case (Welcome() | Blocked(), VisitTask.RETURN):
            return checkin.open_list(session, ctx)
        case (Borrowing() | Blocked(), VisitTask.BORROW | VisitTask.ACCOUNT):
            return identification.enter(session, ctx, errand)
        case _:
            return session


def _back(session: Session, ctx: Context) -> Session:
    match session.view:
        case Help() | SignIn() | Technician() as view:
            return on_visit(session, code="").show(view.under)
        case TouchTest() as view:
            return technician.end_touch_test(session, view)
        case Asking(question=Question.BORROW_OR_RETURN):
            return start_again(session, ctx)
        case Asking() as view:
            return session.show(view.under)
        case Identify() | Returning(guest=None):
            return shared_visit.back(session, ctx)
        case Account():
            return identification.enter(session, ctx, VisitTask.BORROW)
        case ForYou():
            return account.open_list(session, ctx)
        case Details() as view:
            return my_details.back(session, ctx, view)
        case AskLibrarian():
            return recommendations.open_list(session, ctx)
        case Find() | TitlePage() as view:
            return find.back(session, ctx, view)
        case Feedback():
            return start_again(feedback.on_leave(session), ctx)
        case Returning():
            return identification.enter(session, ctx, VisitTask.BORROW)
        case _:
            return session


def _finish_for_the_first(session: Session, ctx: Context, view: Asking) -> Session:
    """End the visit for the first card; if no farewell follows, start the other card's visit at once."""
    ended = farewell.finish(session.show(view.under), ctx)
    if isinstance(ended.view, Welcome) and session.kept_closed is None:
        return identification.card_shown(ended.show(welcome(ctx)), ctx, ctx.reference(view.uid), VisitTask.BORROW)
    return ended


def _undo(session: Session) -> Session:
    line = undoable(session.lines)
    if line is None or line.transaction is None:
        return session
    session = visit_lines.put(session, replace(line, state=LineState.CHECKING))
    return session.want(Deliver(line.item, Undo(line.transaction)))


def _pad(session: Session, ctx: Context, view: Identify, event: Pressed) -> Session:
    match event.name:
        case "key" if event.choice is not None:
            return identification.key(session, view, event.choice)
        case "erase":
            return identification.erase(session, view)
        case "turn":
            return session.show(replace(view, pad=input_fallbacks.next_pad_page(view.pad)))
        case "register":
            return registration.open_up(session, ctx, view)
        case "send_code":
            return identity_proof.send(session, view)
        case "continue" if view.pin:
            return identification.send_pin(session, view)
        case "continue":
            return input_fallbacks.number_typed(session, ctx, view)
        case _:
            return session


def _receipt(session: Session, ctx: Context, view: Farewell, name: str) -> Session:
    match name:
        case "receipt_paper":
            return farewell.print_receipt(session, view)
        case "receipt_message":
            return receipt_message.send(session, view)
        case "receipt_phone":
            return farewell.on_phone(session, view)
        case "receipt_none" | "home":
            return farewell.leave(session, ctx)
        case _:
            return session
