"""Test the screen reader: it speaks all content except private data, and the focused action."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FunctionType, ModuleType

import pytest

from kiosk.screens.gallery import Shot, shots
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.samples.sample_details import HAD, MINE
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.screens.screen_reader import Reader, SpokenScreen, spoken_text
from kiosk.views import (
    Asking,
    Board,
    Borrowing,
    Details,
    Farewell,
    Focus,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    OutOfOrder,
    Panel,
    Question,
    RecordPage,
    Registering,
    SignIn,
    Spelling,
    Status,
    TouchTest,
    View,
    VisitTask,
    Welcome,
    actions,
)
from kiosk.views.registration import RegistrationStep
from kiosk.views.text_entry import PinyinCandidate
from kiosk.words import Words
from lending.questions import PostVisitQuestion
from lending.registration import RegistrationForm

PERSONAL = re.compile(r"Ada|林\*|5678|2118|••")
"""Name and numbers of the sample patrons."""


class Ear:
    """Voice that records the phrases."""

    def __init__(self) -> None:
        self.phrases: list[tuple[str, ...]] = []

    def say(self, language: str, phrases: Sequence[str]) -> None:
        self.phrases.append((language, *phrases))

    def hush(self) -> None:
        self.phrases.append(())

    def check(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def show(ear: Ear, words: dict[str, Words], glyphs: Glyphs) -> Callable[[View, Status], tuple[str, ...]]:
    """Return a function that shows a view and returns the spoken phrases."""
    reader = Reader(words.__getitem__, glyphs, ear, headphones=False)

    def shown(view: View, look: Status) -> tuple[str, ...]:
        before = len(ear.phrases)
        reader.show(view, look)
        return tuple(phrase for phrases in ear.phrases[before:] for phrase in phrases[1:])

    return shown


@pytest.fixture(scope="module")
def spoken(words: dict[str, Words], glyphs: Glyphs) -> list[tuple[Shot, SpokenScreen]]:
    """Every light sample with its spoken text."""
    return [
        (shot, spoken_text(shot.view, shot.status, words[shot.status.language], glyphs)) for shot in shots("-light")
    ]


def test_every_screen_is_spoken_and_every_action_is_labelled(spoken: list[tuple[Shot, SpokenScreen]]) -> None:
    silent = {}
    for shot, speech in spoken:
        nameless = [focus.name for focus, label in speech.labels.items() if not label]
        missing = {each.focus for each in actions(shot.view, shot.status) if each.enabled} - set(speech.labels)
        sighted = isinstance(shot.view, TouchTest)
        if nameless or missing or not (speech.sentences or sighted):
            silent[shot.name] = (speech.sentences, nameless, missing)
    assert silent == {}


def test_patron_name_and_numbers_are_never_spoken(spoken: list[tuple[Shot, SpokenScreen]]) -> None:
    leaks = {}
    for shot, speech in spoken:
        if PERSONAL.search(" ".join((*speech.sentences, *speech.labels.values()))):
            leaks[shot.name] = speech
    assert leaks == {}


@pytest.mark.parametrize("home", [Welcome(), OutOfOrder("full")])
def test_spoken_text_is_cleared_after_the_visit(ear: Ear, words: dict[str, Words], home: View) -> None:
    kept, loud = Glyphs(), replace(status("en"), voice=True)
    reader = Reader(words.__getitem__, kept, ear, headphones=False)
    book = line(BOOKS["en"][0], LineState.DONE, 0)
    reader.show(Borrowing(guest("en"), (book,)), loud)
    assert book.title.split()[-1] in repr(kept._widths)
    reader.show(home, loud)
    assert book.title.split()[-1] not in repr(kept._widths)


def test_personal_data_pattern_matches_the_drawn_name(words: dict[str, Words], glyphs: Glyphs) -> None:
    """Control: the name is drawn, so the pattern would find it in spoken text."""
    from kiosk.screens.layout import sheet_of
    from kiosk.screens.rendering.display_list import Text
    from kiosk.screens.screen_reader import SHEET

    look = status("en")
    sheet = sheet_of(Borrowing(guest("en")), look, SHEET, words["en"], glyphs)
    assert PERSONAL.search(" ".join(mark.text for mark in sheet if isinstance(mark, Text)))


def test_screen_without_a_parent_view_is_spoken(words: dict[str, Words], glyphs: Glyphs) -> None:
    speech = spoken_text(Learn(), status("en"), words["en"], glyphs)
    assert "Learn in two minutes" in speech.sentences


def test_vertical_script_is_spoken_like_horizontal_text(words: dict[str, Words], glyphs: Glyphs) -> None:
    lines, columns = (replace(status("mn"), upright=upright) for upright in (False, True))
    view = Borrowing(guest("mn"), (line(BOOKS["mn"][0], LineState.DONE, 0),))
    assert (
        spoken_text(view, columns, words["mn"], glyphs).sentences
        == spoken_text(view, lines, words["mn"], glyphs).sentences
    )


def test_long_list_is_spoken_completely(words: dict[str, Words], glyphs: Glyphs) -> None:
    (shot,) = shots("Account-many-zh-light")
    speech = spoken_text(shot.view, shot.status, words["zh"], glyphs)
    loans = getattr(shot.view, "loans")  # noqa: B009
    said = " ".join(speech.sentences)
    assert len(loans) > 7 and all(loan.title in said for loan in loans)


def speaking(language: str = "en", **more: object) -> Status:
    return replace(status(language), voice=True, **more)  # type: ignore[arg-type]


def test_new_screen_is_spoken_in_full_and_then_only_changes(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    book = BOOKS["en"][0]
    empty = Borrowing(guest("en"))
    first = show(empty, speaking())
    assert first[0] == "The voice is on." and "Scan your first book" in first and "8 left" in first
    checking = replace(empty, lines=(line(book, LineState.CHECKING, 1),))
    assert f"{book[0]}, Checking" in show(checking, speaking())
    done = replace(empty, lines=(line(book, LineState.DONE, 1),))
    assert show(done, speaking()) == ("Due back", f"{book[0]}, Sun 20 Dec, Borrowed")
    assert show(done, speaking()) == ()


def test_focused_action_is_spoken(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    view = Identify(VisitTask.BORROW)
    first = show(view, speaking(focus=Focus("back")))
    assert first[-1] == "Selected: Back"
    assert show(view, speaking(focus=Focus("continue"))) == ("Continue",)


def test_touch_actions_are_listed_without_hardware_keys(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    assert show(Farewell(()), speaking())[-1] == "You can touch: No receipt, Save to phone, Paper receipt"


@pytest.mark.parametrize("view", [Identify(VisitTask.ACCOUNT, pin=True), SignIn(Farewell(()))])
def test_pin_digits_are_never_spoken(view: Identify | SignIn, show: Callable[[View, Status], tuple[str, ...]]) -> None:
    show(view, speaking())
    for digit in "1234567890":
        (said,) = show(view, speaking(focus=Focus("key", choice=digit)))
        assert said == "A character key, not read aloud for privacy"
    typed = replace(view, typed="••••")
    assert show(typed, speaking(focus=Focus("key", choice="0"))) == ("4 characters entered",)


def test_spelling_of_a_name_is_not_spoken(
    show: Callable[[View, Status], tuple[str, ...]],
) -> None:
    view = Registering(Identify(VisitTask.BORROW), RegistrationForm({}), step=RegistrationStep.NAME, board=Board.PINYIN)
    show(view, speaking())
    said = show(replace(view, spelling=Spelling("zhang", "zhang", (PinyinCandidate("张", 5),))), speaking())
    assert not any("zhang" in each for each in said)
    on = replace(view, spelling=Spelling("zhang", "zhang", (PinyinCandidate("张", 5),)))
    assert show(on, speaking(focus=Focus("pick", choice="0"))) == ("张",), "a candidate must be audible to be chosen"


def test_headphones_enable_spoken_pin_keys(words: dict[str, Words], glyphs: Glyphs, ear: Ear) -> None:
    reader = Reader(words.__getitem__, glyphs, ear, headphones=True)
    reader.show(Identify(VisitTask.ACCOUNT, pin=True), speaking())
    assert "You can plug in headphones next to the keys." in ear.phrases[0]
    reader.show(Identify(VisitTask.ACCOUNT, pin=True), speaking(focus=Focus("key", choice="7")))
    assert ear.phrases[-1] == ("en", "7")
    reader.show(Identify(VisitTask.ACCOUNT, pin=True, typed="••"), speaking(focus=Focus("key", choice="7")))
    assert ear.phrases[-1] == ("en", "2 characters entered")


def test_repeat_speaks_the_whole_screen(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    whole = show(Farewell(()), speaking())
    assert show(Farewell(()), speaking(again=1)) == whole[1:]


def test_countdown_is_not_spoken(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    assert show(IdleWarning(Borrowing(guest("en")), 20), speaking())
    assert show(IdleWarning(Borrowing(guest("en")), 19), speaking()) == ()


def test_hidden_titles_are_not_spoken(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    book = BOOKS["en"][0]
    lent = Borrowing(guest("en"), (line(book, LineState.DONE, 1),))
    assert "Book 1, Sun 20 Dec, Borrowed" in show(lent, speaking(hidden=True))
    assert f"{book[0]}, Sun 20 Dec, Borrowed" in show(lent, speaking())
    asked = Asking(Question.BORROW_OR_RETURN, Welcome(), line(book, LineState.WAITING, 1))
    assert not any(book[0] in each for each in show(asked, speaking(hidden=True)))
    assert any(book[0] in each for each in show(asked, speaking(again=1)))


LETTER = "Yes: on the third floor"


def test_messages_are_spoken_only_on_request(
    show: Callable[[View, Status], tuple[str, ...]],
) -> None:
    """Details and messages are private, and bystanders can hear the voice."""
    letters = Details(guest("en"), MINE, room=RecordPage.LETTERS)
    first = show(letters, speaking())
    assert not any(LETTER in each for each in first) and any("Repeat" in each for each in first)
    assert any(LETTER in each for each in show(letters, speaking(again=1)))
    show(replace(letters, room=RecordPage.ALL), speaking(again=1))
    assert not any(LETTER in each for each in show(letters, speaking(again=1))), "an earlier request does not count"
    contacts = replace(letters, room=RecordPage.CONTACTS)
    assert not any("not confirmed for a long time" in each for each in show(contacts, speaking(again=1)))


def test_private_message_hint_uses_the_labels_on_screen(
    show: Callable[[View, Status], tuple[str, ...]], words: dict[str, Words], glyphs: Glyphs
) -> None:
    letters = Details(guest("en"), MINE, room=RecordPage.LETTERS)
    (hint,) = (each for each in show(letters, speaking()) if "private" in each)
    opened = spoken_text(letters, speaking(panel=Panel.DISPLAY), words["en"], glyphs)
    display, repeat = opened.labels[Focus("display")], opened.labels[Focus("say_again")]
    assert f"choose {display}, then {repeat}." in hint


def test_display_panel_is_spoken_without_repeating_the_messages(
    show: Callable[[View, Status], tuple[str, ...]],
) -> None:
    letters = Details(guest("en"), MINE, room=RecordPage.LETTERS)
    show(letters, speaking())
    opened = show(letters, speaking(panel=Panel.DISPLAY))
    assert "Text size" in opened and not any("private" in each for each in opened)
    assert any(LETTER in each for each in show(letters, speaking(again=1)))
    show(letters, speaking(again=1, panel=Panel.DISPLAY))
    closed = show(letters, speaking(again=1))
    assert not any(LETTER in each for each in closed) and any("private" in each for each in closed)


@pytest.mark.parametrize("low", [False, True])
def test_settings_are_spoken_with_their_state(low: bool, words: dict[str, Words], glyphs: Glyphs) -> None:
    shot = next(each for each in shots("-light") if each.name == "Welcome-mn-light")
    look = replace(shot.status, panel=Panel.DISPLAY, voice=True, low=low, upright=low, contrast=low)
    labels = spoken_text(shot.view, look, words["en"], glyphs).labels
    state = "on" if low else "off"
    for name, label in (("lower", "Lower the buttons"), ("upright", "Vertical script"), ("contrast", "High contrast")):
        assert labels[Focus(name)] == f"{label}: {state}"


@pytest.mark.parametrize("room", [RecordPage.HAD, RecordPage.FRIEND])
def test_loan_history_is_spoken_only_on_request(
    room: RecordPage, show: Callable[[View, Status], tuple[str, ...]]
) -> None:
    had = Details(guest("en"), replace(MINE, had=HAD), room=room, about=HAD[0].key)
    assert not any(HAD[0].title in each for each in show(had, speaking()))
    assert any(HAD[0].title in each for each in show(had, speaking(again=1)))


def test_librarian_reply_is_spoken_only_on_request(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    asked = Farewell((), guest("en"), ask=PostVisitQuestion("message", "1", {"words": f"{LETTER}."}))
    first = show(asked, speaking())
    assert any("A librarian has replied" in each for each in first) and not any(LETTER in each for each in first)
    assert show(replace(asked, seconds=9), speaking()) == ()
    assert any(LETTER in each for each in show(asked, speaking(again=1)))


def test_notice_is_introduced_as_a_library_message(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    notice = PostVisitQuestion("message", "delivery-1", {"words": f"{LETTER}.", "notice": "yes"})
    first = show(Farewell((), guest("en"), ask=notice), speaking())
    assert any("The library has written to you" in each for each in first)
    assert not any("has replied" in each or LETTER in each for each in first)


def test_headphones_enable_spoken_messages(words: dict[str, Words], glyphs: Glyphs, ear: Ear) -> None:
    reader = Reader(words.__getitem__, glyphs, ear, headphones=True)
    reader.show(Details(guest("en"), MINE, room=RecordPage.LETTERS), speaking())
    assert any(LETTER in each for each in ear.phrases[-1])


def holds(thing: object, text: str) -> bool:
    """Return True if a string containing the text is reachable from the object."""
    seen, left = set[int](), [thing]
    while left:
        each = left.pop()
        if isinstance(each, str):
            if text in each:
                return True
            continue
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType | Words):
            seen.add(id(each))
            left += gc.get_referents(each)
    return False


@pytest.mark.parametrize("voice", [True, False])
def test_reader_keeps_no_patron_data_after_the_visit(voice: bool, words: dict[str, Words]) -> None:
    """On the welcome screen, with the voice on or off; the control is the state before."""
    reader = Reader(words.__getitem__, Glyphs(), Ear(), headphones=False)
    reader._voice.say = lambda language, phrases: None  # type: ignore[method-assign]
    book = BOOKS["en"][0]
    reader.show(Borrowing(guest("en"), (line(book, LineState.DONE, 1),)), speaking())
    assert holds(reader, book[0])
    reader.show(Welcome(), replace(speaking(), voice=voice))
    assert not holds(reader, book[0]) and not holds(reader, "Ada")


def test_voice_switched_off_is_silent_and_stops_speaking(
    show: Callable[[View, Status], tuple[str, ...]], ear: Ear
) -> None:
    assert show(Farewell(()), replace(speaking(), voice=False)) == () and ear.phrases == []
    show(Farewell(()), speaking())
    show(Farewell(()), replace(speaking(), voice=False))
    assert ear.phrases[-1] == ()


def test_language_without_a_voice_is_not_spoken(show: Callable[[View, Status], tuple[str, ...]]) -> None:
    assert show(Farewell(()), speaking(mute=True)) == ()


def test_traditional_chinese_is_spoken_from_simplified_text(
    show: Callable[[View, Status], tuple[str, ...]], ear: Ear
) -> None:
    """Both sound alike, and the voice is made for simplified text."""
    show(Farewell(()), speaking("zh"))
    show(Farewell(()), replace(speaking("zh"), voice=False))
    show(Farewell(()), speaking("zh_TW"))
    assert ear.phrases[-1] == ear.phrases[0] and ear.phrases[0][0] == "zh" and len(ear.phrases[0]) > 2


def test_changed_language_is_spoken_in_that_language(show: Callable[[View, Status], tuple[str, ...]], ear: Ear) -> None:
    show(Farewell(()), speaking())
    show(Farewell(()), speaking("zh"))
    assert ear.phrases[-1][0] == "zh" and "无需凭条" not in ear.phrases[0]
