"""Define the actions of every view, the keys of its keyboard, and the actions of the status bar."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.system.health import PartName
from kiosk.views.common import (
    DIGITS,
    LONGEST_NUMBER,
    Action,
    LineState,
    OneTimeCode,
    Pad,
    Question,
    ReceiptState,
    TagState,
    undoable,
)
from kiosk.views.find import Find, TitlePage
from kiosk.views.learn import ANSWERS, COURSES, PAGES, RESOURCES, RIGHT, Learn, rooms
from kiosk.views.my_details import Details, details_actions
from kiosk.views.patron_input import ABOUT, FACES, TOPICS, AskLibrarian, Feedback, ForYou, PickLine, Writing
from kiosk.views.registration import NO, TYPED, YES, Registering, RegistrationStep, changeable
from kiosk.views.screen_state import Panel, Status, View, preferences_of
from kiosk.views.service import NOT_SET_UP, Help, IdleWarning, OutOfOrder, SignIn, Technician, TouchTest
from kiosk.views.survey import Survey, marks
from kiosk.views.text_entry import BOARDS, FOR_TITLES, FOR_WORDS, NOTHING_SPELT, Board, Spelling
from kiosk.views.visit import (
    Account,
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Guide,
    Identify,
    Refused,
    Returning,
    Welcome,
)
from lending.languages import languages
from lending.model import Reason
from lending.questions import PostVisitQuestion
from lending.responses import TITLE_RATINGS
from lending.showcase import Poster

KEYS = tuple("1234567890")
BESIDE_DIGITS = 4
"""Maximum number of letters shown on the same page as the digits."""
MOST_LETTERS = 13
"""Maximum number of letters on a page without digits."""
CHANNELS = ("wechat", "wecom", "sms", "mail")
"""Message channels in the order in which they are offered."""


def actions(view: View, status: Status) -> tuple[Action, ...]:
    """Return all actions of a view, those of the status bar last. The screens draw exactly these."""
    if status.panel is not None and not isinstance(view, TouchTest):
        return _panel(status.panel, view, status) + _bar(view, status)
    own = _view_actions(view, status.hidden, status.large_text)
    if not status.large_text and not status.low:
        own = (*own, *panel_actions(view), *_published_actions(view, status))
    if isinstance(view, Account) and can_unlock(view, status):
        own = (Action("unlock"), *own)
    elif isinstance(view, Account) and not view.locked and view.hears:
        record = (Action("details"),) if view.record else ()
        own = (Action("for_you"), *record, *own)
    return own + _bar(view, status)


def _published_actions(view: View, status: Status) -> tuple[Action, ...]:
    """Return what the first screen offers besides the tasks; large text has no room for it."""
    if not isinstance(view, Welcome):
        return ()
    join = (Action("register"),) if view.joins else ()
    return (*join, Action("new")) if view.offers_news and not status.upright else join


def can_unlock(view: Account, status: Status) -> bool:
    """Return True if the central can check the PIN now."""
    return view.locked and not view.offline and status.online


def _bar(view: View, status: Status) -> tuple[Action, ...]:
    if isinstance(view, TouchTest):
        return ()
    bar = (*_languages(status), Action("large_text"), Action(Panel.DISPLAY))
    return bar if isinstance(view, Help | SignIn | Technician | OutOfOrder | IdleWarning) else (*bar, Action("help"))


def _languages(status: Status) -> tuple[Action, ...]:
    """Return the switch to the other language of two, or the list of more; nothing if there is no other."""
    others = tuple(Action(f"language_{each}") for each in status.languages if each != status.language)
    return others if len(others) < 2 else (Action(Panel.LANGUAGES),)


def _panel(panel: Panel, view: View, status: Status) -> tuple[Action, ...]:
    close = Action("close_panel", primary=True)
    if panel is Panel.LANGUAGES:
        return (*(Action(f"language_{each}") for each in status.languages if each != status.language), close)
    sizes = (("normal", status.large_text), ("large", not status.large_text))
    size = (Action("text_size", choice=each, enabled=other) for each, other in sizes)
    lower = () if status.low is None else (Action("lower"),)
    upright = (Action("upright"),) if languages()[status.language].upright else ()
    hide = () if isinstance(view, Technician | OutOfOrder) else (Action("hide_titles"),)
    rows = (*size, Action("contrast"), *_voice(status), *hide, Action("still"), *lower, *upright)
    return (*rows, Action("reset_display", enabled=bool(preferences_of(status).on)), close)


def _voice(status: Status) -> tuple[Action, ...]:
    """Offer the voice switch, and a repeat button while the voice can speak."""
    if status.voice is None:
        return ()
    again = (Action("say_again"),) if status.voice and not status.mute else ()
    return (Action("voice"), *again)


def pad_pages(letters: str) -> tuple[str, ...]:
    """Return the keys of each page: digits, with the letters on the same page or on following pages."""
    digits = "".join(KEYS)
    if len(letters) <= BESIDE_DIGITS:
        return (digits + letters,)
    return (digits, *(letters[at : at + MOST_LETTERS] for at in range(0, len(letters), MOST_LETTERS)))


def _keys(pad: Pad, full: bool, enabled: bool = True) -> tuple[Action, ...]:
    """Return a key for each character of the page, and a key that turns to the next page.

    The choice of the turn key is the first three characters of the next page.
    """
    every = pad_pages(pad.letters)
    keys = tuple(Action("key", choice=key, enabled=enabled and not full) for key in every[pad.page % len(every)])
    if len(every) == 1:
        return keys
    return (*keys, Action("turn", choice=every[(pad.page + 1) % len(every)][:3], enabled=enabled))


def _pad(typed: str | None, pad: Pad) -> tuple[Action, ...]:
    """Return the keypad that replaces a failed scanner."""
    if typed is None:
        return ()
    full = len(typed) >= LONGEST_NUMBER
    return (*_keys(pad, full), Action("erase", enabled=bool(typed)), Action("enter", enabled=bool(typed)))


def _view_actions(view: View, hidden: bool, large: bool) -> tuple[Action, ...]:
    match view:
        case Welcome():
            back = (Action("return"),) if view.returns else ()
            find = (Action("find"),) if view.finds else ()
            learn = Action("events") if view.events else Action("learn")
            feedback = (learn, Action("tell")) if view.hears else ()
            return (Action("borrow", primary=True), *back, *find, Action("account"), *feedback)
        case Find():
            return find_actions(view, not large)  # Large text has no room for the panel of the first result.
        case TitlePage():
            return title_actions(view)
        case Learn():
            return learn_actions(view)
        case Registering():
            return registering_actions(view)
        case Identify() | SignIn():
            pad = view.pad if isinstance(view, Identify) and not view.pin else DIGITS
            code = view.code if isinstance(view, Identify) else None
            waits = view.checking or (code is not None and code.waits)
            ready = bool(view.typed) and not waits
            send = _send_code(code, view.checking)
            return (
                *_keys(pad, view.is_full, enabled=not waits),
                Action("erase", enabled=ready),
                Action("back"),
                *((Action("register"),) if isinstance(view, Identify) and view.registers else ()),
                *send,
                *(() if any(each.primary for each in send) else (Action("continue", primary=True, enabled=ready),)),
            )
        case Borrowing(lines=lines):
            undo = Action("undo", enabled=undoable(lines) is not None)
            find = (Action("find"),) if view.finds and view.typed is None and view.on_pad is None else ()
            pile = _pile(view)
            return (*_pad(view.typed, view.pad), *pile, undo, *find, Action("account"), Action("finish", primary=True))
        case Returning():
            back = () if view.lines else (Action("back"),)
            faces = tuple(Action("how", view.newest.item, each) for each in TITLE_RATINGS) if view.newest else ()
            pile = _pile(view)
            return (*_pad(view.typed, view.pad), *pile, *faces, *back, Action("finish", primary=True))
        case Account(loans=loans):
            renewable = [loan for loan in loans or () if loan.block is None and loan.state is None]
            each = tuple(Action("renew", item=loan.item) for loan in renewable)
            last = (Action("undo"),) if undoable(view.lines) else ()
            every = (Action("renew_all"),) if len(renewable) > 1 else ()
            return (*each, Action("back"), *last, *every, Action("finish", primary=True))
        case ForYou():
            picks, opens = view.picks or (), view.finds and not hidden
            each_pick = (each for pick in picks for each in _pick_actions(pick, opens))
            read = (Action("had"),) if view.record else ()
            events = (Action("events"),) if view.events and view.picks is not None else ()
            return (*each_pick, *events, Action("back"), *read, Action("ask_librarian"), Action("finish", primary=True))
        case Details():
            return details_actions(view)
        case AskLibrarian():
            about = () if view.about else tuple(Action("ask", choice=each) for each in ABOUT)
            words = () if view.about else (Action("in_words"),)
            return (*about, Action("back"), *words, Action("finish", primary=True))
        case Writing():
            ready = bool(view.typed.strip() or view.spelling.letters)
            return (*keys_for_text(view), Action("back"), Action("send_words", primary=True, enabled=ready))
        case Feedback():
            return (*_feedback(view), Action("back"))
        case Survey():
            return _survey(view)
        case Farewell():
            return farewell_actions(view, hidden)
        case Blocked():
            others = tuple(Action(errand.value) for errand in view.still)
            return (*others, Action("finish"), Action("call_staff", primary=True))
        case Refused(line=line) if line.asks_fee:
            return (Action("agree", primary=True), Action("call_staff"), Action("next"))
        case Refused():
            hold = (Action("hold"),) if view.offers_hold else ()
            return (Action("call_staff"), *hold, Action("finish"), Action("next", primary=True))
        case Asking(question=Question.BORROW_OR_RETURN):
            return (Action("back"), Action("return"), Action("borrow", primary=True))
        case Asking():
            joins = (Action("join"),) if view.joins else ()
            return (*joins, Action("finish"), Action("back", primary=True))
        case OutOfOrder(why=why):
            return () if why in NOT_SET_UP else (Action("technician"), Action("call_staff", primary=True))
        case Help():
            return (Action("back"), Action("technician"))
        case Technician():
            printer = (Action("report", enabled=not view.tests),) if PartName.RECEIPT_PRINTER in view.testable else ()
            tests = (Action("test_all", enabled=not view.tests),) if view.testable else ()
            return (*printer, Action("test_touch"), *tests, Action("back", primary=True))
        case TouchTest():
            return (Action("back", primary=view.trial is not None),)
        case IdleWarning():
            return (Action("finish"), Action("stay", primary=True))


def _pick_actions(pick: PickLine, opens: bool) -> tuple[Action, ...]:
    """Offer the page of a recommended title, and the two reactions, of which a chosen one is taken back."""
    page = (Action("title", item=pick.item),) if opens else ()
    reactions = ("like", "not_for_me") if pick.about else ()
    return (*page, *(Action(name, item=pick.item) for name in reactions))


def _send_code(code: OneTimeCode | None, checking: bool) -> tuple[Action, ...]:
    if code is None or code.sent:
        return ()
    return (Action("send_code", primary=code.waits, enabled=not checking),)


def _feedback(view: Feedback) -> tuple[Action, ...]:
    """Return the actions of one step: a scanned ISBN, the topic of a chosen rating, or the rating itself."""
    if view.isbn:
        return (Action("not_this"), Action("wish", primary=True))
    if view.face:
        topics = (Action("topic", choice=each) for each in TOPICS)
        return (*topics, Action("in_words"), Action("send", primary=True))
    survey = (Action("name_it"), *((Action("survey"),) if view.survey else ()))
    return survey if view.rated else (*(Action("face", choice=each) for each in FACES), *survey)


def _survey(view: Survey) -> tuple[Action, ...]:
    """Return the answers to a question, the navigation keys, and on the last question the submit button."""
    answers = tuple(Action("mark", choice=each) for each in marks(view.question)) or keys_for_text(view)
    done = Action("hand_in", primary=True, enabled=view.complete and bool(view.values))
    onwards = Action("onwards", primary=True, enabled=view.answered or not view.question.required)
    stop = (Action("stop"),) if marks(view.question) else ()
    return (*answers, Action("back"), *stop, done if view.last else onwards)


def find_actions(view: Find, acts: bool = True) -> tuple[Action, ...]:
    """Return the keys, the results, what the first one offers if `acts`, and the way on if nothing was found."""
    titles = tuple(Action("title", choice=str(each.id)) for each in view.found.works) if view.found else ()
    if view.agreeing:
        return _agreeing(view, "tell_me")
    act = _answer_act(view) if acts else ()
    last = (Action("finish", primary=not act),) if view.guest else ()
    online = (Action("online"),) if view.online and not view.typed else ()
    return (*titles, *online, *_ways_out(view), *keys_for_titles(view), Action("back"), *last, *act)


def _answer_act(view: Find) -> tuple[Action, ...]:
    """Return what can be done with the first result: a hold, or its e-edition."""
    if view.answer is None or not view.typed:
        return ()
    if view.answer.work.copies:
        return (Action("hold", primary=True),) if view.answer.keeps else ()
    return (Action("read", primary=True),) if view.answer.work.link else ()


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


def panel_actions(view: View) -> tuple[Action, ...]:
    """Return the action of the event poster on the screen, or of the guide for new patrons."""
    match view:
        case Welcome(slide=Poster() as poster, hears=True) if poster.date:
            return (Action("event"),)
        case Borrowing(greets=Guide(), notice=""):
            return (Action("guide"),)
        case _:
            return ()


def _pile(view: Borrowing | Returning) -> tuple[Action, ...]:
    """Return the actions of a pile on the item pad: why an item was refused, and reading everything again."""
    if view.on_pad is None:
        return ()
    tagged = [line for line in view.lines if line.tag is not TagState.NONE]
    refused = tuple(Action("why", line.item) for line in tagged if line.state is LineState.REFUSED)
    again = () if view.on_pad.in_bin else (Action("read_again", enabled=view.on_pad.retries),)
    return (*refused, *again)


def learn_actions(view: Learn) -> tuple[Action, ...]:
    """Return the choices, the page keys, and the actions of a course."""
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
    others = (Action("lessons", primary=not last),) if view.marked else ()
    return (*marks, Action("back"), *others, *last, *onwards)


def _place(view: Learn) -> tuple[Action, ...]:
    """Return what the patron can do about a place in the open course; none while a request is pending or it is over."""
    course, place = view.course, view.place
    if course is None or (place is not None and (place.state is LineState.CHECKING or place.is_over)):
        return ()
    if place is not None and place.is_hers:
        return (Action("give_place_back"),)
    if place is not None and place.gives and place.state is LineState.SAVED:
        return ()
    return (Action("queue" if course.full else "take_place", primary=True),)


def farewell_actions(view: Farewell, hidden: bool) -> tuple[Action, ...]:
    """Return the actions of the farewell view. `hidden`: titles are hidden."""
    return (*_farewell_actions(view), *_receipt(view, hidden))


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


def _farewell_actions(view: Farewell) -> tuple[Action, ...]:
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


def keys_for_titles(view: Find) -> tuple[Action, ...]:
    """Return the keys; the one that clears the field stands in it while there is text."""
    typed, full = bool(view.typed), view.is_full
    keys = _board_keys(view.board, FOR_TITLES, typed, space=typed and not full, full=full)
    return keys if typed else tuple(each for each in keys if (each.name, each.choice) != ("erase", "all"))


def keys_for_text(view: Survey | Writing | Registering) -> tuple[Action, ...]:
    """Return the keys and the conversion candidates; a candidate is chosen by its position."""
    spelling = view.spelling
    offered = tuple(Action("pick", choice=str(n), enabled=spelling.ready) for n in range(len(spelling.offered)))
    boards = TYPED[view.step] if isinstance(view, Registering) else FOR_WORDS
    typed, full = bool(view.typed or spelling.letters), is_full(view)
    return (*offered, *_board_keys(view.board, boards, typed, space=_spaces(view), full=full, spelling=spelling))


def is_full(view: Survey | Writing | Registering) -> bool:
    """Return True if no character fits. A waiting letter counts as one: converted characters are never more."""
    return len(view.typed) + len(view.spelling.letters) >= view.most


def _spaces(view: Survey | Writing | Registering) -> bool:
    """Return True if space can be pressed.

    It picks the best candidate for waiting letters; at the start of a text it is disabled.
    """
    return view.spelling.ready if view.spelling.letters else bool(view.typed) and not is_full(view)


def _board_keys(
    board: Board, boards: Sequence[Board], typed: bool, space: bool, full: bool, spelling: Spelling = NOTHING_SPELT
) -> tuple[Action, ...]:
    """Return the keys of a layout, of the other layouts, space, delete and clear."""
    waits = board is Board.PINYIN and spelling.is_full
    keys = tuple(
        Action("key", choice=key, enabled=not full and not (waits and key.isascii()))
        for row in BOARDS[board]
        for key in row
    )
    others = tuple(Action("turn", choice=each.value) for each in boards if each is not board)
    clear = Action("erase", choice="all", enabled=typed)
    spaces = () if board is Board.NUMBERS else (Action("key", choice=" ", enabled=space),)
    return (*keys, *others, *spaces, Action("erase", enabled=typed), clear)


def registering_actions(view: Registering) -> tuple[Action, ...]:
    back = Action("back")
    match view.step:
        case RegistrationStep.WAY:
            return (Action("by_phone"), back, Action("here", primary=True))
        case RegistrationStep.PHONE:
            return (back,)
        case step if step in TYPED:
            return (*keys_for_text(view), back, Action("continue", primary=True, enabled=view.may_go_on))
        case RegistrationStep.GROUP:
            return (*(Action("mark", choice=each) for each in (view.form.groups if view.form else ())), back)
        case RegistrationStep.LANGUAGE:
            return (*(Action("mark", choice=each) for each in (view.form.languages if view.form else ())), back)
        case RegistrationStep.CONSENT:
            return (*(Action("mark", choice=each) for each in (YES, NO)), back)
        case RegistrationStep.CHECK:
            changes = (Action("change", choice=each) for each in changeable(view))
            return (*changes, back, Action("all_right", primary=True))
        case RegistrationStep.CARD:
            return (back, Action("no_card", primary=True))
        case _:
            return _result_actions(view)


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
