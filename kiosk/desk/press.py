"""A touch on an action of the screen: only what the view offers now is taken, and sent to its errand."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import (
    account,
    admit,
    after,
    ask_librarian,
    borrow,
    calling,
    details,
    family,
    farewell,
    feedback,
    find,
    for_you,
    give_back,
    how_it_was,
    learn,
    lines,
    look,
    pad,
    proving,
    receipt,
    registering,
    show_item,
    survey,
    technician,
    writing,
)
from kiosk.desk.effects import Deliver
from kiosk.desk.home import start_again, welcome
from kiosk.desk.pace import farewell_seconds
from kiosk.desk.session import Context, Session, on_visit, rested
from kiosk.domain.look import SETTINGS as LOOKS
from kiosk.domain.model import ItemId
from kiosk.domain.showcase import Poster
from kiosk.domain.transactions import Undo
from kiosk.events import Pressed
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    Details,
    Errand,
    Farewell,
    Feedback,
    Find,
    ForYou,
    Help,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    Question,
    Refused,
    Registering,
    Returning,
    Room,
    SignIn,
    Survey,
    Technician,
    TitlePage,
    TouchTest,
    Welcome,
    Writing,
    actions,
    setting,
    undoable,
)
from kiosk.views.learn import COURSES, LENDING, RESOURCES

SETTINGS = (*LOOKS, "say_again", "languages")
"""Of the status bar: alike in every view, and back to the library's own at home."""


def pressed(session: Session, ctx: Context, event: Pressed) -> Session:
    """A touch that the view does not offer, or not any more, does nothing."""
    offered = any(
        (each.name, each.item, each.choice) == (event.name, event.item, event.choice) and each.enabled
        for each in actions(session.view, session.status)
    )
    if not offered:
        return session
    session = _touched(session, event.name)
    if _is_setting(event.name):
        session = replace(session, status=look.named(setting(session.status, event.name), ctx))
    if isinstance(session.view, IdleWarning):
        session = session.show(session.view.under)
        return farewell.finish(session, ctx) if event.name == "finish" else session
    return _here(session, ctx, event)


def _touched(session: Session, name: str) -> Session:
    session = rested(session)
    if not _is_setting(name):
        session = look.unlisted(on_visit(session, finishing=False, many=False))
    if isinstance(session.view, Farewell):
        return session.show(replace(session.view, seconds=max(session.view.seconds, farewell_seconds(session))))
    return session


def _is_setting(name: str) -> bool:
    return name in SETTINGS or name.startswith("language_")


def _here(session: Session, ctx: Context, event: Pressed) -> Session:
    match (event.name, session.view):
        case ("help" | "call_staff", _):
            return calling.pressed(session)
        case ("technician", _):
            return technician.ask(session, ctx)
        case ("join", Asking() as view):
            return family.join(session.show(view.under), ctx, ctx.reference(view.uid))
        case ("finish", Asking() as view):
            return _finish_for_the_first(session, ctx, view)
        case ("finish", _):
            return farewell.finish(session, ctx)
        case (_, Survey() as view):
            return survey.pressed(session, view, event)
        case (_, Registering() as view):
            return registering.pressed(session, ctx, view, event)
        case (_, Writing() as view):
            return writing.pressed(session, view, event)
        case ("in_words" | "name_it", (Feedback() | AskLibrarian()) as view):
            return writing.open_up(session, view, event.name)
        case ("back", Learn() as view):
            return learn.pressed(session, ctx, view, event)
        case ("back", _):
            return _back(session, ctx)
        case ("borrow" | "return" | "account", _):
            return _errand(session, ctx, Errand(event.name))
        case ("next", Refused() as view):
            return session.show(view.under)
        case ("agree", Refused() as view):
            return borrow.agreed(session.show(view.under), ctx, view.line)
        case ("tell", Welcome()):
            return feedback.open_up(session, ctx)
        case ("find", Welcome() | Borrowing()):
            return find.open_up(session, ctx)
        case ("event", Welcome(slide=Poster() as poster)):
            return learn.of_poster(session, ctx, poster)
        case ("learn", Welcome()):
            return learn.open_up(session, ctx)
        case ("guide", Borrowing()):
            return learn.open_up(session, ctx, LENDING)
        case ("online", Find() as view):
            return learn.open_up(session, ctx, RESOURCES, view)
        case (_, Learn() as view):
            return learn.pressed(session, ctx, view, event)
        case (_, Find() as view):
            return find.pressed(session, ctx, view, event)
        case (_, TitlePage() as view):
            return find.pressed_on_page(session, ctx, view, event.name)
        case ("survey", Feedback() as view):
            return survey.begin_unasked(session, view)
        case ("for_you" | "details", Account()):
            return proving.wanted(session, ctx, event.name)
        case (_, Details() as view) if event.name != "back":
            return details.pressed(session, view, event.name, event.choice or "")
        case (_, Feedback() as view):
            return feedback.pressed(session, view, event.name, event.choice or "")
        case ("had", ForYou()):
            return details.open_up(session, ctx, Room.HAD)
        case ("events", ForYou() as view):
            return learn.open_up(session, ctx, COURSES, view)
        case ("ask_librarian", ForYou() as view):
            return ask_librarian.open_up(session, view)
        case ("ask", AskLibrarian() as view):
            return ask_librarian.asked(session, view, event.choice or "")
        case ("like" | "not_for_me", ForYou() as view) if event.item is not None:
            return for_you.said(session, view, event.name, ItemId(event.item))
        case ("unlock", Account()):
            return admit.unlock(session, ctx)
        case ("undo", Borrowing() | Account()):
            return _undo(session)
        case ("renew", Account()) if event.item is not None:
            return account.renew(session, ctx, ItemId(event.item))
        case ("renew_all", Account() as view):
            return account.renew_all(session, ctx, view)
        case ("key" | "erase" | "enter" | "turn", Borrowing() | Returning()):
            return pad.pressed(session, ctx, event.name, event.choice or "")
        case ("how", Returning(lines=(newest, *_))):
            return how_it_was.touched(session, newest, event.choice or "")
        case (_, SignIn() as view):
            return technician.pressed(session, ctx, view, event)
        case ("test", Technician() as view) if event.choice is not None:
            return technician.chosen(session, view, event.choice)
        case (_, Identify() as view):
            return _pad(session, ctx, view, event)
        case ("answer", Farewell() as view) if event.choice == survey.START:
            return survey.begin(session, view)
        case ("answer" | "remind" | "change_reminder", Farewell() as view):
            return after.pressed(session, view, event.name, event.choice or "")
        case (_, Farewell() as view):
            return _receipt(session, ctx, view, event.name)
        case _:
            return session


def _errand(session: Session, ctx: Context, errand: Errand) -> Session:
    match (session.view, errand):
        case (Asking(), Errand.BORROW):
            return show_item.to_borrow(session, ctx)
        case (Asking(), Errand.RETURN):
            return show_item.to_return(session, ctx)
        case (Welcome(), Errand.BORROW | Errand.ACCOUNT):
            return admit.ask_card(session, errand)
        case (Welcome() | Blocked(), Errand.RETURN):
            return give_back.open_list(session, ctx)
        case (Borrowing() | Blocked(), Errand.BORROW | Errand.ACCOUNT):
            return admit.enter(session, ctx, errand)
        case _:
            return session


def _back(session: Session, ctx: Context) -> Session:
    match session.view:
        case Help() | SignIn() | Technician() as view:
            return on_visit(session, code="").show(view.under)
        case TouchTest() as view:
            return technician.touched(session, view)
        case Asking(question=Question.BORROW_OR_RETURN):
            return start_again(session, ctx)
        case Asking() as view:
            return session.show(view.under)
        case Identify() | Returning(guest=None):
            return family.back(session, ctx)
        case Account():
            return admit.enter(session, ctx, Errand.BORROW)
        case ForYou():
            return account.open_list(session, ctx)
        case Details() as view:
            return details.back(session, ctx, view)
        case AskLibrarian():
            return for_you.open_list(session, ctx)
        case Find() | TitlePage() as view:
            return find.back(session, ctx, view)
        case Feedback():
            return start_again(feedback.left(session), ctx)
        case Returning():
            return admit.enter(session, ctx, Errand.BORROW)
        case _:
            return session


def _finish_for_the_first(session: Session, ctx: Context, view: Asking) -> Session:
    """Ends the visit for the first card; when nothing is left to say to her the other card's visit begins."""
    ended = farewell.finish(session.show(view.under), ctx)
    if isinstance(ended.view, Welcome) and session.kept_closed is None:
        return admit.card_shown(ended.show(welcome(ctx)), ctx, ctx.reference(view.uid), Errand.BORROW)
    return ended


def _undo(session: Session) -> Session:
    line = undoable(session.lines)
    if line is None or line.transaction is None:
        return session
    session = lines.put(session, replace(line, state=LineState.CHECKING))
    return session.want(Deliver(line.item, Undo(line.transaction)))


def _pad(session: Session, ctx: Context, view: Identify, event: Pressed) -> Session:
    match event.name:
        case "key" if event.choice is not None:
            return admit.key(session, view, event.choice)
        case "erase":
            return admit.erase(session, view)
        case "turn":
            return session.show(replace(view, pad=pad.turned(view.pad)))
        case "register":
            return registering.open_up(session, ctx, view)
        case "send_code":
            return proving.send(session, view)
        case "continue" if view.pin:
            return admit.send_pin(session, view)
        case "continue":
            return pad.number_typed(session, ctx, view)
        case _:
            return session


def _receipt(session: Session, ctx: Context, view: Farewell, name: str) -> Session:
    match name:
        case "receipt_paper":
            return farewell.print_receipt(session, view)
        case "receipt_message":
            return receipt.send(session, view)
        case "receipt_phone":
            return farewell.on_phone(session, view)
        case "receipt_none" | "home":
            return farewell.leave(session, ctx)
        case _:
            return session
