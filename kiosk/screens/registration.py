"""Draw registration: one question per page with its purpose, a check page, and the number."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.cards import draw_code, draw_label, draw_patron_card
from kiosk.screens.components.choices import Mark, draw_marks, mark_height
from kiosk.screens.components.diagrams import DiagramPart, draw_standing_machine
from kiosk.screens.components.entries import ListEntry, draw_entries, in_pieces
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.dialogs import draw_answers
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.my_details import capital, in_language, sentences
from kiosk.screens.overflow import Block, draw_more, flow, more_width, text_block
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.text_layout import is_chinese
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import draw_keypad, draw_typed, draw_typing, draw_written, keypad_box
from kiosk.views import LineState, Registering
from kiosk.views.registration import NO, TYPED, YES, RegistrationStep
from lending.languages import language_name, languages
from lending.model import Reason
from lending.registration import InputFault

GAP = 3
"""Gap in units between touch targets."""
SMALLEST_MACHINE = 40
"""Minimum height in units to draw the kiosk diagram."""
VOLUME = 52
"""Maximum height in units of the two volumes to choose from."""


def draw(view: Registering, scene: DrawContext) -> None:
    scene.head()
    match view.step:
        case RegistrationStep.PHONE:
            _draw_phone(view, scene)
        case RegistrationStep.WAY:
            _ways(view, scene)
        case RegistrationStep.BORN:
            _draw_year(view, scene)
        case step if step in TYPED:
            _draw_typing(view, scene)
        case RegistrationStep.GROUP | RegistrationStep.LANGUAGE | RegistrationStep.CONSENT:
            _marks(view, scene)
        case RegistrationStep.CHECK:
            _check(view, scene)
        case RegistrationStep.CARD:
            _card(view, scene)
        case _:
            _draw_result(view, scene)


def _steps(scene: DrawContext) -> tuple[Type, ...]:
    page = scene.page
    if page.theme.compact and page.theme.large:
        return (Type.CAP,)
    return (Type.BODY, Type.CAP) if page.theme.compact or page.theme.large else (Type.TITLE, Type.BODY)


def _heading(view: Registering, scene: DrawContext, area: Box) -> float:
    page, words = scene.page, question(view, scene)
    lines = 1 if is_chinese(words) else 2
    step = page.step_for(words, area.w, page.leading(Type.TITLE) * lines, _steps(scene))
    return page.words(area, words, step) + page.u(2)


def _column(view: Registering, scene: DrawContext) -> Box:
    """Draw the question with its purpose, next to the answers or above them; return the box for the answers."""
    page, frame = scene.page, scene.frame
    two_columns = not frame.single and not page.theme.compact
    area = frame.left if two_columns else frame.whole
    y = _heading(view, scene, area)
    far, purpose = _far(view, scene), purpose_text(view, scene)
    notes = (
        (far, purpose)
        if two_columns or not page.theme.compact
        else ()
        if view.step is RegistrationStep.CONSENT
        else (purpose,)
    )
    for words in filter(None, notes):
        high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w)
        y = page.words(Box(area.x, y, area.w, high), words, Type.CAP, page.colours.ink2) + page.u(1)
    return frame.right if two_columns else Box(area.x, y + page.u(1), area.w, frame.whole.bottom - y - page.u(1))


def _far(view: Registering, scene: DrawContext) -> str:
    if view.step in (RegistrationStep.CARD, RegistrationStep.CHECK):
        return ""
    return scene.say("Question {at} of {n}", at=view.place + 1, n=len(view.pages) - 1)


def _ways(view: Registering, scene: DrawContext) -> None:
    page, area = scene.page, scene.frame.whole
    y = _heading(view, scene, area)
    small = page.theme.compact or page.theme.large
    room = Box(area.x, y, area.w, area.bottom - y - page.u(2))
    step = Type.CAP if small else Type.BODY
    end = flow(room, [text_block(scene, room, n, each, step, air=2) for n, each in enumerate(ways(scene))])
    if small:
        scene.foot(("back",), ("by_phone", "here"))
        return
    high = min(area.bottom - end - page.u(3), page.u(VOLUME))
    draw_answers(scene, Box(area.x, area.bottom - high, area.w, high), ("here", "by_phone"))
    scene.foot(("back",), ())


def _draw_typing(view: Registering, scene: DrawContext) -> None:
    """Draw the question on the keyboard, above it its purpose or what is wrong with the answer."""
    page, frame = scene.page, scene.frame
    line = draw_typing(scene, view.board, ("continue",))
    area = Box(frame.whole.x, frame.whole.y, frame.whole.w, line.y - frame.whole.y - page.u(1.5))
    asked, wrong = question(view, scene), fault(view, scene)
    note = wrong or f"{_far(view, scene)} · {purpose_text(view, scene)}"
    high = page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) + page.u(2)
    offered = page.u(18) if view.spelling.letters else 0
    if area.h >= high + page.leading(Type.BODY) * 2 + page.u(4) + offered:
        y = page.words(area, note, Type.CAP, page.colours.stop if wrong else page.colours.ink2) + page.u(2)
        area = Box(area.x, y, area.w, area.bottom - y)
    else:
        asked = wrong or f"{asked} {purpose_text(view, scene)}"
    draw_written(scene, area, asked, view, hint(view, scene))


def _draw_year(view: Registering, scene: DrawContext) -> None:
    """Draw the question and the year next to a keypad, or above it on a tall screen."""
    page, whole = scene.page, scene.frame.whole
    keypad = keypad_box(scene)
    draw_keypad(page, keypad, scene.actions)
    area = Box(whole.x, whole.y, keypad.x - whole.x - page.u(5), keypad.bottom - whole.y)
    if page.theme.portrait:
        area = Box(whole.x, whole.y, whole.w, keypad.y - whole.y - page.u(24))
    wrong, asked = fault(view, scene), question(view, scene)
    note = wrong or f"{_far(view, scene)} · {purpose_text(view, scene)}"
    colour = page.colours.stop if wrong else page.colours.ink2
    step = page.step_for(asked, area.w, page.leading(Type.TITLE) * 2, _steps(scene))
    blocks = [
        text_block(scene, area, 0, asked, step, air=1),
        text_block(scene, area, 0 if wrong else 1, note, colour=colour, air=3),
    ]
    high, caption = page.leading(Type.BODY) + page.u(1.5), hint(view, scene)
    wide, top = max(keypad.w, page.width(caption, Type.CAP)), keypad.y - high - page.u(GAP)
    above = Box(area.x, area.y, area.w, top - area.y if wide > keypad.w else area.h)
    if top >= whole.y and sum(each.height for each in blocks) <= above.h:
        area = above
        draw_typed(page, Box(keypad.right - wide, top, wide, high), view.typed, caption)
    else:
        blocks.append(Block(0, high, lambda y: draw_typed(page, Box(area.x, y, area.w, high), view.typed, caption)))
    flow(area, blocks)
    scene.foot(("back",), ("continue",))


def _marks(view: Registering, scene: DrawContext) -> None:
    """Draw the answers at the bottom, above them the library's consent text if there is one."""
    page = scene.page
    area = _column(view, scene)
    every = [_mark(scene, *each) for each in marks(view, scene).items()]
    least, gap, area = mark_height(page, 1), page.u(GAP), Box(area.x, area.y, area.w, area.h - page.u(3))
    text_box = Box(area.x, area.y, area.w, area.h - least - page.u(2))
    if read := [piece for each in to_read(view, scene) for piece in in_pieces(page, text_box, each)]:
        hidden, total = draw_entries(page, text_box, read, scene.first), len(read)
        draw_marks(page, Box(area.x, area.bottom - least, area.w, least), every, 2, gap)
    else:
        rows = max(int((area.h + gap) // (least + gap)), 1)
        columns = min(max(-(-len(every) // rows), 2 if len(every) == 2 else 1), 3)
        shown = every[scene.first : scene.first + rows * columns]
        taken = -(-len(shown) // columns)
        high = min((area.h - gap * (taken - 1)) / taken, mark_height(page, 2))
        draw_marks(page, Box(area.x, area.y, area.w, high * taken + gap * (taken - 1)), shown, columns, gap)
        hidden, total = max(len(every) - scene.first - len(shown), 0), len(every)
    below = scene.foot(("back",), (), more_width(scene, hidden))
    draw_more(scene, below, hidden, total)


def _mark(scene: DrawContext, choice: str, labelled: tuple[str, bool]) -> Mark:
    action = scene.action("mark", choice=choice)
    assert action is not None, "what is asked can be answered"
    return Mark(Button(action, labelled[0]), labelled[1])


def _check(view: Registering, scene: DrawContext) -> None:
    area = _column(view, scene)
    rows = entries(view, scene)
    hidden = draw_entries(scene.page, Box(area.x, area.y, area.w, area.h - scene.page.u(1)), rows, scene.first)
    room = scene.foot(("back",), ("all_right",), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(rows))


def _card(view: Registering, scene: DrawContext) -> None:
    page = scene.page
    area = _column(view, scene)
    if area.h >= page.u(SMALLEST_MACHINE):
        draw_standing_machine(page, area, DiagramPart.PAD)
    scene.foot(("back",), ("no_card",))


def _draw_result(view: Registering, scene: DrawContext) -> None:
    """Draw the result, and the number as large as fits."""
    page, area = scene.page, scene.frame.whole
    if view.card and not scene.frame.single and not page.theme.compact:
        left, area = scene.frame.left, scene.frame.right
        draw_patron_card(page, Box(left.x, left.y + page.u(1), left.w, page.u(39)), "", "", "")
    state = {LineState.CHECKING: State.CHECKING, LineState.DONE: State.DONE, LineState.SAVED: State.SAVED}
    mark, words = state.get(view.state or LineState.REFUSED, State.REFUSED), question(view, scene)
    step = page.step_for(words, area.w - page.u(10), page.leading(Type.BODY), (Type.BODY, Type.CAP))
    y = area.y
    if page.count_lines(words, step, area.w - page.u(10)) == 1:
        draw_state(page, Box(area.x, y, area.w, page.leading(step)), mark, words, step)
        y += page.leading(step) + page.u(2)
    else:
        y = page.words(Box(area.x, y, area.w, area.h), words, step) + page.u(2)
    if view.number:
        shown = f"{view.number[:4]} {view.number[4:7]} {view.number[7:]}"
        y = draw_label(page, area.x, round(y), [shown], area.w).bottom + page.u(3)
    small = Type.CAP if page.theme.compact or page.theme.large else Type.BODY
    room = Box(area.x, y, area.w, area.bottom - y - page.u(1))
    flow(room, [text_block(scene, room, rank, each, small, air=2) for rank, each in enumerate(next_steps(view, scene))])
    scene.foot(("back", "call_staff"), ("no_card", "home"))


def question(view: Registering, scene: DrawContext) -> str:
    child = view.is_child
    match view.step:
        case RegistrationStep.WAY:
            return scene.say("Where would you like to register?")
        case RegistrationStep.NAME:
            return scene.say("What is your name?")
        case RegistrationStep.BORN:
            return scene.say("What is your year of birth?")
        case RegistrationStep.GUARDIAN:
            return scene.say("What is your guardian's name?")
        case RegistrationStep.CONTACT if child:
            return scene.say("Guardian's mobile number or email address")
        case RegistrationStep.CONTACT:
            return scene.say("Your mobile number or email address")
        case RegistrationStep.GROUP:
            return scene.say("Which group are you in?")
        case RegistrationStep.LANGUAGE:
            return scene.say("Which language should our messages use?")
        case RegistrationStep.CONSENT:
            return capital(in_language(view.asked_for.name, scene)) if view.asked_for else ""
        case RegistrationStep.CHECK:
            return scene.say("Check your details")
        case RegistrationStep.CARD:
            return scene.say("Place a blank card on the reader.")
        case _:
            return _became(view, scene)


def purpose_text(view: Registering, scene: DrawContext) -> str:
    """Return the purpose of a question, so that a person can leave it out or go to the service desk."""
    match view.step:
        case RegistrationStep.NAME:
            return scene.say("For your card. Staff check it against your ID card once.")
        case RegistrationStep.BORN:
            age = view.form.guardian_age if view.form else 0
            return scene.say("Children under {age} need a guardian. We ask only for the year.", age=age)
        case RegistrationStep.GUARDIAN:
            return scene.say("A parent or guardian must agree and come to the desk with you once.")
        case RegistrationStep.CONTACT if view.is_child:
            return scene.say("Used only so that staff can contact your guardian.")
        case RegistrationStep.CONTACT if view.needs_address:
            return scene.say("Used only for due dates and holds, unless you agree to more.")
        case RegistrationStep.CONTACT:
            return scene.say("Used only for due dates and holds, unless you agree to more. Optional.")
        case RegistrationStep.GROUP:
            return scene.say("It sets how much you can borrow and for how long.")
        case RegistrationStep.LANGUAGE:
            return scene.say("Our messages use it. You can change it at any time.")
        case RegistrationStep.CONSENT:
            return scene.say("You can borrow without agreeing, and withdraw at any time.")
        case RegistrationStep.CHECK:
            return scene.say("Nothing is sent until you confirm. If you leave, your entries are deleted.")
        case RegistrationStep.CARD:
            return scene.say("No blank cards here? Continue without one. Staff will give you a card.")
        case _:
            return ""


def ways(scene: DrawContext) -> tuple[str, ...]:
    """Return what to expect of either way."""
    return (
        scene.say("It takes about 2 minutes. Each question explains its purpose."),
        scene.say("We ask about everything else separately. Nothing is ticked in advance."),
        scene.say("Show your ID card to staff once. Then you can borrow."),
    )


def fault(view: Registering, scene: DrawContext) -> str:
    """Return what is wrong with the answer, and what a valid one looks like."""
    match view.fault:
        case None:
            return ""
        case InputFault.NO_YEAR:
            return scene.say("Enter a four-digit year of birth, such as 1990.")
        case InputFault.NO_ADDRESS:
            return scene.say("Enter 11 digits, + and the country code, or name@example.org.")
        case InputFault.MISSING if view.step is RegistrationStep.CONTACT:
            return scene.say("Enter a contact for you or your guardian.")
        case InputFault.MISSING:
            return scene.say("Please enter something here.")


def hint(view: Registering, scene: DrawContext) -> str:
    """Return what an answer looks like, shown while the field is empty."""
    match view.step:
        case RegistrationStep.BORN:
            return scene.say("Four digits, such as 1990")
        case RegistrationStep.CONTACT:
            return scene.say("13900000000 or name@example.org")
        case _:
            return scene.say("As shown on your ID card")


def marks(view: Registering, scene: DrawContext) -> dict[str, tuple[str, bool]]:
    """Return label and selection of each answer; no answer is preselected."""
    match view.step:
        case RegistrationStep.GROUP:
            groups = view.form.groups if view.form else {}
            return {
                code: (in_language(name, scene) or code, view.entered.group == code) for code, name in groups.items()
            }
        case RegistrationStep.LANGUAGE:
            written = view.form.languages if view.form else ()
            return {each: (language_name(each), view.entered.language == each) for each in written}
        case _:
            said = view.answers.get(view.asked_for.code) if view.asked_for else None
            return {YES: (scene.say("I agree"), said is True), NO: (scene.say("Decline"), said is False)}


def to_read(view: Registering, scene: DrawContext) -> tuple[str, ...]:
    """Return the library's text about the purpose, sentence by sentence."""
    return sentences(in_language(view.asked_for.words, scene)) if view.asked_for else ()


def entries(view: Registering, scene: DrawContext) -> list[ListEntry]:
    """Return all data that will be sent, each with a button to change it."""
    return [_entry(view, step, purpose, scene) for step, purpose in view.pages[:-1]]


def _entry(view: Registering, step: RegistrationStep, purpose: int, scene: DrawContext) -> ListEntry:
    purposes = view.form.purposes if view.form else ()
    answers, choice = view.entered, step.value
    match step:
        case RegistrationStep.NAME:
            small, words = scene.say("Name"), answers.name
        case RegistrationStep.BORN:
            small, words = scene.say("Year of birth"), answers.born
        case RegistrationStep.GUARDIAN:
            small, words = scene.say("Guardian"), answers.guardian
        case RegistrationStep.CONTACT:
            small = scene.say("Guardian's number or address") if view.is_child else scene.say("Number or address")
            words = answers.contact or scene.say("None")
        case RegistrationStep.GROUP:
            name = view.form.groups.get(answers.group, {}) if view.form else {}
            small, words = scene.say("Group"), in_language(name, scene) or answers.group
        case RegistrationStep.LANGUAGE:
            small, words = scene.say("Language of our messages"), languages()[answers.language].name
        case _:
            asked = purposes[purpose]
            choice = asked.code
            small = scene.say("I agree") if view.answers.get(asked.code) else scene.say("Decline")
            words = capital(in_language(asked.name, scene))
    action = scene.action("change", choice=choice)
    return ListEntry(words, small, buttons=(Button(action, scene.say("Change")),) if action else (), most=2)


def _became(view: Registering, scene: DrawContext) -> str:
    match view.state:
        case LineState.CHECKING:
            return scene.say("One moment")
        case LineState.DONE:
            return scene.say("You are registered.")
        case LineState.SAVED:
            return scene.say("Saved. We send it when the network is back.")
        case _ if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            return scene.words.explain(view.block).what
        case _:
            return scene.say("This could not be completed here.")


def next_steps(view: Registering, scene: DrawContext) -> tuple[str, ...]:
    """Return what the person does now."""
    match view.state:
        case LineState.CHECKING:
            return ()
        case LineState.DONE | LineState.SAVED:
            child = scene.say("Come to the desk with your guardian and show this number.")
            adult = scene.say("Show this number and your ID card at the desk.")
            card = scene.say("Your card works once staff have checked your ID. Please take it with you.")
            return (child if view.child else adult, *((card,) if view.card else ()))
        case _ if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            explanation = scene.words.explain(view.block)
            return (explanation.why, explanation.next)
        case _:
            return (scene.say("Nothing was saved. You can register at the desk."),)


def _draw_phone(view: Registering, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    gap = page.u(4)
    if page.theme.portrait:
        side = min(whole.w, whole.h * 0.5)
        room = Box(whole.x, whole.y, whole.w, whole.h - side - gap)
        square = Box(whole.x, room.bottom + gap, whole.w, side - page.u(4))
    else:
        side = min(whole.h - page.u(2), whole.w * 0.44)
        square = Box(whole.right - side, whole.y, side, side)
        room = Box(whole.x, whole.y, whole.w - side - gap, whole.h)
    _draw_text(scene, room)
    draw_code(page, square, scene.code(view.link, boost=False))
    scene.foot(("back",), ())


def _draw_text(scene: DrawContext, area: Box) -> None:
    """Draw the heading and as many sentences as fit, the most important first."""
    page = scene.page
    head = scene.say("Register with your phone")
    small = page.theme.compact or page.theme.large
    steps: tuple[Type, ...] = (Type.BODY,) if small else (Type.TITLE, Type.BODY)
    if page.theme.compact and page.theme.large:
        steps = (Type.CAP,)
    y = page.words(area, head, page.step_for(head, area.w, page.leading(Type.TITLE) * 2, steps)) + page.u(2)
    for words in _sentences(scene):
        step = Type.CAP if small else Type.BODY
        if y + page.count_lines(words, step, area.w) * page.leading(step) > area.bottom:
            step = Type.CAP
        if y + page.count_lines(words, step, area.w) * page.leading(step) > area.bottom:
            return
        y = page.words(Box(area.x, y, area.w, area.h), words, step) + page.u(1.5)


def _sentences(scene: DrawContext) -> tuple[str, ...]:
    return (
        scene.say("Scan the code with your phone, fill in the form and show the number at the desk."),
        scene.say("Show your ID card to staff once. Then you can borrow."),
        scene.say("Name: for your card. Year of birth: children need a guardian. Contact: for notices."),
        scene.say("We ask about everything else separately. Nothing is ticked in advance."),
        scene.say("No phone? Register at the service desk."),
    )
