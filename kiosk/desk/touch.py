"""Dispatch a touch, or the action chosen with hardware keys, to its errand, if the view offers it now."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import (
    account,
    checkin,
    checkout,
    display_preferences,
    farewell,
    feedback,
    find,
    for_you,
    identification,
    input_fallbacks,
    item_tags,
    learn,
    my_details,
    pile,
    post_visit,
    registration,
    scan,
    shared_visit,
    technician,
    text_entry,
    visit_lines,
)
from kiosk.desk.effects import Deliver
from kiosk.desk.home import SLIDE_SECONDS, first_new, start_again, welcome
from kiosk.desk.session import Context, Session, farewell_seconds, notice, on_visit, without_notices
from kiosk.events import Key, Pressed
from kiosk.views import (
    Account,
    Action,
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
    LineState,
    Panel,
    Question,
    RecordPage,
    Refused,
    Registering,
    Returning,
    SignIn,
    Survey,
    TagState,
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
SWITCHED_OFF = (TagState.SWITCHED, TagState.OWED, TagState.FAILED)
"""What became of a loan's tags if their security was, or may have been, switched off."""
BACKWARD = ("close_panel", "back", "stay", "help")
"""Actions of the key `back`: the first of these that the view offers."""


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
            return technician.on_help(session)
        case ("technician", _):
            return technician.ask(session, ctx)
        case ("join", Asking() as view):
            return shared_visit.join(session.show(view.under), ctx, ctx.reference(view.uid))
        case ("finish", Asking() as view):
            return _finish_for_the_first(session, ctx, view)
        case ("finish", _):
            return farewell.finish(session, ctx)
        case (_, Survey() as view):
            return post_visit.on_survey_press(session, view, event)
        case (_, Registering() as view):
            return registration.on_press(session, ctx, view, event)
        case (_, Writing() as view):
            return text_entry.on_free_text_press(session, view, event)
        case ("in_words" | "name_it", (Feedback() | AskLibrarian()) as view):
            return text_entry.open_free_text(session, view, event.name)
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
            return post_visit.begin_unasked_survey(session, view)
        case ("for_you" | "details", Account()):
            return identification.open_area(session, ctx, event.name)
        case (_, Details() as view) if event.name != "back":
            return my_details.on_press(session, view, event.name, event.choice or "")
        case (_, Feedback() as view):
            return feedback.on_press(session, view, event.name, event.choice or "")
        case ("had", ForYou()):
            return my_details.open_up(session, ctx, RecordPage.HAD)
        case ("events", ForYou() as view):
            return learn.open_up(session, ctx, COURSES, view)
        case ("ask_librarian", ForYou() as view):
            return for_you.ask_librarian(session, view)
        case ("ask", AskLibrarian() as view):
            return for_you.send_topic(session, view, event.choice or "")
        case ("title", ForYou() as view) if event.item is not None:
            return for_you.look_up_title(session, view, ItemId(event.item))
        case ("like" | "not_for_me", ForYou() as view) if event.item is not None:
            return for_you.submit_feedback(session, view, event.name, ItemId(event.item))
        case ("unlock", Account()):
            return identification.unlock(session, ctx)
        case ("undo", Borrowing() | Account()):
            return _undo(session, ctx)
        case ("read_again", Borrowing() | Returning()):
            return pile.read_again(session, ctx)
        case ("why", Borrowing(lines=lines) | Returning(lines=lines)):
            refused = (each for each in lines if each.item == event.item and each.state is LineState.REFUSED)
            return visit_lines.say_no(session, next(refused))
        case ("renew", Account()) if event.item is not None:
            return account.renew(session, ctx, ItemId(event.item))
        case ("renew_all", Account() as view):
            return account.renew_all(session, ctx, view)
        case ("key" | "erase" | "enter" | "turn", Borrowing() | Returning()):
            return input_fallbacks.on_pad_key(session, ctx, event.name, event.choice or "")
        case ("how", Returning(lines=(newest, *_))):
            return farewell.rate_title(session, newest, event.choice or "")
        case (_, SignIn() as view):
            return technician.on_press(session, ctx, view, event)
        case ("report" | "test_all" | "test_touch", Technician() as view):
            return technician.start_test(session, view, event.name)
        case (_, Identify() as view):
            return _pad(session, ctx, view, event)
        case ("answer", Farewell() as view) if event.choice == post_visit.START_SURVEY:
            return post_visit.begin_survey(session, view)
        case ("answer" | "remind" | "change_reminder", Farewell() as view):
            return post_visit.on_press(session, view, event.name, event.choice or "")
        case (_, Farewell() as view):
            return _receipt(session, ctx, view, event.name)
        case _:
            return session


def _errand(session: Session, ctx: Context, errand: VisitTask) -> Session:
    match (session.view, errand):
        case (Asking(), VisitTask.BORROW):
            return scan.to_borrow(session, ctx)
        case (Asking(), VisitTask.RETURN):
            return scan.to_return(session, ctx)
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
            return for_you.open_list(session, ctx)
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


def _undo(session: Session, ctx: Context) -> Session:
    """Undo the last loan or renewal. The gate has to ring for a tagged item again before its loan is undone.

    A tag that was not verified may have been switched off all the same.
    """
    line = undoable(session.lines)
    if line is None or line.transaction is None:
        return session
    if line.errand is VisitTask.BORROW and line.tag in SWITCHED_OFF:
        if line.item not in item_tags.items_on_pad(session, ctx):
            return notice(session, "put_back_to_undo")
        return item_tags.switch(session, ctx, replace(line, state=LineState.CHECKING), secured=True, is_last=False)
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
            return identification.send_code(session, view)
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
            return farewell.send_receipt(session, view)
        case "receipt_phone":
            return farewell.on_phone(session, view)
        case "receipt_none" | "home":
            return farewell.leave(session, ctx)
        case _:
            return session


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
            return session if name is None else on_press(session, ctx, Pressed(name))
        case _ if focus is None:
            return _set_focus(session, _begin(offered))
        case Key.CHOOSE:
            return on_press(session, ctx, Pressed(focus.name, focus.item, focus.choice))
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
