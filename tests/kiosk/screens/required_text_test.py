"""Test what each screen must show at every size, shortened if need be, and what it must not show."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest

from kiosk.screens.components.camera import GLASS
from kiosk.screens.components.shelf import COVER_ICON
from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.overflow import list_positions
from kiosk.screens.rendering.display_list import (
    Column,
    Cover,
    Figure,
    Fill,
    Icon,
    Shape,
    Sheet,
    Text,
    Touch,
)
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_parts import FOUND
from kiosk.sync.sip2.client import LONGEST_DATE
from kiosk.views import Account, Borrowing, Details, Farewell, Find, TitlePage, View, actions
from lending.colours import rgb
from lending.kiosk_consents import TELL_BACK, TELL_ME, ConsentWording
from lending.languages import languages
from lending.title_result import SearchResults, TitleResult
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA
from tests.kiosk.screens.sheets import SIZED, WORDS, Size, drawn, sample, texts, touches


def readable_text(shot: Shot, size: Size) -> str:
    """Return the text of all pages."""
    said, turned, first = "", set[int](), 0
    while first not in turned:
        turned.add(first)
        sheet = drawn(shot, size, first)
        said += " ".join(texts(sheet)) + " "
        first = next((mark.turn for mark in touches(sheet) if mark.turn is not None), 0)
    return said


@SIZED
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Account-four-en-light", ("4 of 10 on loan", "Neap tide", "Hold shelf L", "28 Nov", "On hold, not here yet")),
        ("Account-four-en-large", ("4 of 10 on loan", "Neap tide", "Hold shelf L", "28 Nov", "On hold, not here yet")),
        ("Account-many-en-light", ("8 of 10 on loan", "¥12.50 to pay")),
        ("Find-offline-en-light", ("22 Nov",)),
        ("Find-outdated-offline-en-light", ("13 Nov",)),
        ("Find-nothing-en-light", ("No results",)),
        ("Find-nothing-noted-en-light", ("Saved",)),
        ("Welcome-new-en-light", ("Extreme stars", "Tides, winds and fishing seasons")),
        ("Welcome-event-en-light", ("Saturday stories", "28 Nov", "Main library, second floor")),
        ("Feedback-thanks-en-light", ("You said, we did", "New lamps come in December")),
        ("Farewell-asks-contact-en-light", ("6 Dec", "20 Dec")),
        ("Farewell-thanks-en-light", ("6 Dec", "20 Dec")),
        ("Farewell-reminder-en-light", ("6 Dec", "when you usually return")),
        ("Returning-someone-waits-en-light", ("Hold shelf", "has a hold", "being checked")),
        ("Borrowing-many-en-light", ("4 left", "20 Dec", "Saved, not yet confirmed", "Checking")),
        ("Details-ways-en-light", ("Reminders", "When you usually return", "21:00")),
        ("TitlePage-en-light", ("523.8", "Floor 2, bay 14", "On the shelf")),
        ("Borrowing-by-hand-empty-en-light", ("Enter your first book's number", "Enter the number below")),
        ("Returning-never-a-camera-en-light", ("Enter the book's number", "Enter the number below")),
    ],
)
def test_required_text_is_shown_at_every_size(name: str, wanted: tuple[str, ...], size: Size) -> None:
    said = readable_text(sample(name), size)
    assert [each for each in wanted if each not in said] == []


@SIZED
@pytest.mark.parametrize("language", ["zh", "mn"])
def test_data_date_and_empty_result_are_shown_in_other_languages(language: str, size: Size) -> None:
    day = WORDS[language].day(sample(f"Find-offline-{language}-light").status.now)
    assert day in readable_text(sample(f"Find-offline-{language}-light"), size)
    nothing = WORDS[language].say("No results")
    assert nothing.split("，")[0] in readable_text(sample(f"Find-nothing-{language}-light"), size)


@pytest.mark.parametrize("size", SIZES[1:], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("language", "end"), [("en", "second floor"), ("zh", "左数第二排")])
def test_shelf_location_is_shown_completely(language: str, end: str, size: Size) -> None:
    """Two of three rows show a long location; on narrow screens the third needs its space for the destination."""
    assert readable_text(sample(f"Returning-far-place-{language}-light"), size).count(end) >= 2


def shows_camera_panel(name: str) -> bool:
    return any(isinstance(mark, Fill) and mark.colour == GLASS for mark in drawn(sample(f"{name}-zh-light")))


@pytest.mark.parametrize("name", ["Identify-no-camera", "Identify-by-hand", "Identify-never-a-camera"])
def test_camera_hint_is_hidden_without_a_working_camera(name: str) -> None:
    assert shows_camera_panel("Identify")
    assert not shows_camera_panel(name)


def test_broken_camera_differs_from_a_missing_camera() -> None:
    def closed(name: str) -> bool:
        return any(isinstance(mark, Icon) and mark.name == "eye-off" for mark in drawn(sample(f"{name}-zh-light")))

    assert closed("Identify-no-camera")
    assert not closed("Identify-never-a-camera")
    said = {mark.text for mark in drawn(sample("Identify-never-a-camera-zh-light")) if isinstance(mark, Text)}
    assert WORDS["zh"].say("The number is printed on your card.") in said


def test_unknown_item_has_a_cover_without_a_title() -> None:
    (cover,) = [mark for mark in drawn(sample("Refused-unknown_item-zh-light")) if isinstance(mark, Cover)]
    (known,) = [mark for mark in drawn(sample("Refused-reading_room-zh-light")) if isinstance(mark, Cover)]
    assert (cover.title, bool(known.title)) == ("", True)


def test_confirmation_hint_is_hidden_after_erasure() -> None:
    promise = WORDS["zh"].say("Nothing happens until you confirm here.")

    def said(name: str) -> str:
        return "".join(mark.whole or "" for mark in drawn(sample(f"{name}-zh-light")) if isinstance(mark, Text))

    assert promise in said("Details-erase")
    assert promise not in said("Details-erased")


TOLD = "05. Juni, 23.59 Uhr"[:LONGEST_DATE]
SCREENS = ("Borrowing-one", "Borrowing-many", "Farewell")


@pytest.mark.parametrize("looks", ["en-light", "zh-light", "mn-light", "en-contrast-large"])
@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_ils_due_date_text_is_shown_completely(looks: str, size: Size) -> None:
    seen = 0
    for shot in shots(looks):
        view = shot.view
        if not shot.name.startswith(SCREENS) or not isinstance(view, Borrowing | Farewell):
            continue
        lines = tuple(replace(each, due=None, due_text=TOLD) if each.due else each for each in view.lines)
        changed = replace(view, lines=lines)
        theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
        sheet = drawn(replace(shot, view=changed), size)
        assert faults(sheet, theme, actions(changed, shot.status), f"{DATA}\n{TOLD}") == [], shot.name
        seen += any(isinstance(mark, Text) and TOLD in (mark.whole or mark.text) for mark in sheet)
    assert seen


LEFT = {
    "en": ("2 renewals left", "2 renewals"),
    "zh": ("还可续借 2 次", "可续 2 次"),
    "mn": ("2 удаа сунгаж болно", "2 сунгалт"),
}
STATES = {"soon": {}, "due today": {"due": "today"}, "overdue": {"overdue": True}}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", LEFT)
@SIZED
def test_renewals_left_are_shown_for_every_renewable_loan(size: Size, language: str, state: str) -> None:
    shot = sample(f"Account-one-{language}-light")
    view, status = shot.view, shot.status
    assert isinstance(view, Account)
    assert view.loans
    more = {"due": status.now} if state == "due today" else STATES[state]
    loans = tuple(replace(each, state=None, block=None, renewals_left=2, **more) for each in view.loans)  # type: ignore[arg-type]
    changed, theme = replace(view, loans=loans), Theme(*size)
    sheet = drawn(replace(shot, view=changed), size)
    offered = actions(changed, status)
    assert [each.name for each in offered].count("renew") == len(loans)
    shown = [text for text in texts(sheet) if text.endswith(LEFT[language])]
    assert len(shown) == len(loans)
    assert not any(each.startswith((",", "，")) for each in shown)
    assert faults(sheet, theme, offered, DATA) == []


def on(touch: Touch, sheet: Sheet) -> str:
    """Return the text on a touch target."""
    return " ".join(mark.text for mark in sheet if isinstance(mark, Text) and touch.box.contains(*mark.box.centre))


def test_space_key_is_blank_or_a_word() -> None:
    """In the largest text on the smallest screen its name has no room next to Finish."""
    signs, words = 0, 0
    for shot in shots("-en-large,-mn-large,-zh-large"):
        if not any(each.name == "key" for each in actions(shot.view, shot.status)):
            continue
        sheet = drawn(shot, SIZES[0])
        for touch in touches(sheet, "key"):
            if touch.choice == " ":
                assert len(on(touch, sheet)) != 1, shot.name
                signs, words = signs + (not on(touch, sheet)), words + bool(on(touch, sheet))
    assert signs > 3 and words > 3


def test_shortened_label_is_spoken_in_full() -> None:
    sheet = drawn(sample("Farewell-en-large"), SIZES[0])
    (paper,) = touches(sheet, "receipt_paper")
    assert paper.label == "Paper receipt" != on(paper, sheet)


@SIZED
def test_no_receipt_button_has_its_full_label(size: Size) -> None:
    sheet = drawn(sample("Farewell-en-large"), size)
    (none,) = touches(sheet, "receipt_none")
    assert none.label == on(none, sheet) == "No receipt"


@SIZED
def test_day_buttons_of_a_question_have_one_text_size(size: Size) -> None:
    for shot in shots("Farewell-reminder-days"):
        if shot.status.upright:
            continue
        sheet = drawn(shot, size)
        boxes = [touch.box for touch in touches(sheet, "remind")]
        heights = {
            mark.size
            for mark in sheet
            if isinstance(mark, Text) and any(box.contains(*mark.box.centre) for box in boxes)
        }
        assert len(boxes) == 4 and len(heights) == 1, shot.name


@pytest.mark.parametrize("language", languages())
def test_loan_history_names_each_author(language: str) -> None:
    shot = sample(f"Details-had-{language}-large")
    assert isinstance(shot.view, Details) and shot.view.record is not None
    for number, book in enumerate(shot.view.record.had):
        words = " ".join(mark.text for mark in drawn(shot, SIZES[0], number) if isinstance(mark, Text))
        assert book.author in words, (number, words)


SMALL, USUAL, _, TALL = SIZES


def standing(name: str, size: Size) -> list[str]:
    """Return the large icons of a gallery picture."""
    high = Theme(*size).u(COVER_ICON)
    return [
        mark.name for mark in drawn(sample(f"{name}-zh-light"), size) if isinstance(mark, Icon) and mark.box.h == high
    ]


@pytest.mark.parametrize(
    ("empty", "icon", "full"),
    [
        ("Account-empty", "book-up", "Account-one"),
        ("ForYou-nothing", "bookmark", "ForYou"),
        ("Details-had-none", "book-up", "Details-had"),
        ("Details-bare-letters", "bell", "Details-letters"),
        ("Details-bare-contacts", "id-card", "Details-contacts"),
        ("Details-missing", "cloud-off", "Details-looking"),
    ],
)
def test_empty_list_shows_an_icon_on_an_empty_shelf(empty: str, icon: str, full: str) -> None:
    assert standing(empty, USUAL) == [icon]
    assert standing(empty, SMALL) == [], "the text needs the space"
    own = empty == "Account-empty"
    assert standing(empty, TALL) == ([] if own else [icon]), "the account's own shelf is shown empty"
    assert standing(full, USUAL) == []


@SIZED
@pytest.mark.parametrize("name", ["ForYou-en-light", "ForYou-zh-light", "ForYou-mn-light", "ForYou-en-large"])
def test_recommended_covers_stand_on_a_shelf_over_a_wide_finish(name: str, size: Size) -> None:
    """Nothing but Back and the way to the other titles shares the footer; the links are reached behind the titles."""
    shot, theme = sample(name), Theme(*size, large=name.endswith("-large"))
    pages = [
        sheet
        for sheet in list_positions(lambda first: drawn(shot, size, first))
        if any(isinstance(m, Cover) for m in sheet)
    ]
    covers = {mark.title for sheet in pages for mark in sheet if isinstance(mark, Cover)}
    assert len(covers) == 5
    for sheet in pages:
        boards = {mark.box.y for mark in sheet if isinstance(mark, Fill) and mark.box.w > theme.width / 2}
        assert all(round(mark.box.bottom) in boards for mark in sheet if isinstance(mark, Cover))
        line = max(boards)
        foot = [mark for mark in touches(sheet) if mark.box.y > line]
        assert {mark.name for mark in foot} <= {"back", "more", "finish"}
        finish = next(mark for mark in foot if mark.name == "finish")
        assert finish.box.w >= theme.width / 4
    reached = {mark.name for sheet in list_positions(lambda first: drawn(shot, size, first)) for mark in touches(sheet)}
    assert reached >= {"had", "ask_librarian", "events", "like", "not_for_me"}


@pytest.mark.parametrize("name", ["ForYou-en-light", "ForYou-zh-light"])
@SIZED
def test_no_recommended_title_and_no_reason_is_cut(name: str, size: Size) -> None:
    sheets = list(list_positions(lambda first: drawn(sample(name), size, first)))
    assert not [mark.text for sheet in sheets for mark in sheet if isinstance(mark, Text) and mark.cut]
    assert "Extreme stars" in readable_text(sample("ForYou-en-light"), size)


@pytest.mark.parametrize("language", ["en", "zh", "zh_TW", "mn"])
@pytest.mark.parametrize("look", ["light", "large"])
@SIZED
def test_very_long_recommended_titles_are_shown_whole(language: str, look: str, size: Size) -> None:
    """On 7 inches in large text, where two lines are left for a title, the whole title is behind the cover."""
    shot = sample(f"ForYou-long-{language}-{look}")
    sheets = list(list_positions(lambda first: drawn(shot, size, first)))
    shortened = [mark.text for sheet in sheets for mark in sheet if isinstance(mark, Text) and mark.text[-1:] == "…"]
    assert not shortened or (look == "large" and size[2] == 7.0)
    titles = {mark.title for sheet in sheets for mark in sheet if isinstance(mark, Cover)}
    said = {mark.label for sheet in sheets for mark in touches(sheet, "title")}
    assert len(titles) == 3 and titles <= said


@pytest.mark.parametrize(("name", "count"), [("Find-few", 2), ("Find-full", 1), ("Find-typed", 4)])
def test_covers_are_touchable_and_the_panel_describes_the_first_title(name: str, count: int) -> None:
    sheet = drawn(sample(f"{name}-zh-light"))
    covers = [mark for mark in sheet if isinstance(mark, Cover)]
    titles = touches(sheet, "title")
    assert len(covers) == len(titles) == count
    assert all(touch.box.holds(cover.box) for touch, cover in zip(titles, covers, strict=True))
    (title, author, *_), (_, other, *_) = FOUND["zh"][1][:2]
    said = set(texts(sheet))
    assert {title, f"{author}, 1990", "在架", "二楼，H 号书架"} <= said and other not in said


AGREED = (
    (Find(typed="dinosaurs", found=SearchResults(), agreeing=True), TELL_ME),
    (TitlePage(TitleResult(8, "Maps of Mars"), Find(), agreeing=True), TELL_BACK),
)


@SIZED
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("view", "agreed"), AGREED)
def test_consent_wording_is_shown_verbatim(view: View, agreed: ConsentWording, language: str, size: Size) -> None:
    words = agreed.chinese if language == "zh" else agreed.english
    shown = "".join(texts(drawn(replace(sample(f"Find-typed-{language}-light"), view=view), size)))
    assert words.replace(" ", "") in shown.replace(" ", "")


@pytest.mark.parametrize("name", ["Find-typed-en-light", "Refused-other-copy-en-light", "TitlePage-en-light"])
def test_the_dot_on_the_floor_plan_is_named(name: str) -> None:
    assert "You" in [mark.text for mark in drawn(sample(name), SIZES[1]) if isinstance(mark, Text)]


def test_crowded_footer_shortens_its_texts_from_the_end() -> None:
    said = readable_text(sample("Farewell-reminder-en-light"), SIZES[1])
    assert "Save to phone" in said
    assert "Print" in said


@pytest.mark.parametrize("language", ["zh", "en", "mn"])
def test_find_stands_over_my_account_in_large_text(language: str) -> None:
    """Borrow, Return, Find and My account are on the shelf, as in normal text."""
    sheet = drawn(sample(f"Welcome-{language}-large"), SIZES[1])
    found = {mark.name: mark.box for mark in sheet if isinstance(mark, Touch)}
    assert found["find"].bottom < found["account"].y
    assert found["account"].bottom == found["borrow"].bottom


@pytest.mark.parametrize("language", ["zh", "en", "mn"])
def test_spines_of_new_titles_have_whole_titles_and_their_own_colours(language: str) -> None:
    sheet = drawn(sample(f"Welcome-{language}-light"))
    (shelf,) = [mark.box for mark in touches(sheet, "new")]
    on_it = [mark for mark in sheet if shelf.contains(*mark.box.centre)]
    assert not [mark for mark in on_it if isinstance(mark, Column) and "…" in mark.text]
    assert not [mark for mark in on_it if isinstance(mark, Shape) and mark.figure is Figure.DISC]
    colours = [rgb(mark.colour) for mark in on_it if isinstance(mark, Fill) and mark.box.h > shelf.h / 2]
    assert len(colours) == 4
    for one, other in itertools.pairwise(colours):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 16


def test_choices_without_results_are_shortened_only_as_far_as_needed() -> None:
    said = texts(drawn(sample("Find-nothing-en-light")))
    assert {"Remove a word", "Call staff", "Notify me"} <= set(said)


@SIZED
@pytest.mark.parametrize("look", ["en-light", "zh-light", "en-large", "zh-large"])
def test_contact_question_names_what_it_asks_about(look: str, size: Size) -> None:
    shot = sample(f"Farewell-asks-contact-{look}")
    words = WORDS[shot.status.language]
    said = readable_text(shot, size).replace(" ", "")
    for wanted in ("Is this still your mobile number?", "Yes", "No"):
        assert words.say(wanted).replace(" ", "") in said, wanted


LONG_TITLES = {
    "en": "A field guide to the birds of the steppe",
    "zh": "草原鸟类野外识别手册：北方分册与生态观察",
    "mn": "Тал нутгийн шувууны лавлах",
}


def read_titles(view: View, shot: Shot, title: str) -> list[str]:
    """Return each drawing of the title at 10 inches, with the lines below its first one."""
    found: list[str] = []
    for mark in drawn(replace(shot, view=view)):
        if isinstance(mark, Text) and mark.whole == title:
            found.append(mark.text)
        elif isinstance(mark, Text) and mark.whole == "" and found:
            found[-1] += mark.text
    return [each.replace(" ", "") for each in found]


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Birds of the northern steppe"), ("zh", "草原鸟类野外识别手册"), ("mn", "Тал нутгийн шувуу")],
)
def test_long_titles_of_loans_take_two_lines(language: str, title: str) -> None:
    shot = sample(f"Account-four-{language}-light")
    assert isinstance(shot.view, Account) and shot.view.loans
    loans = tuple(replace(each, title=title) for each in shot.view.loans)
    assert read_titles(replace(shot.view, loans=loans), shot, title) == [title.replace(" ", "")] * len(loans)


@pytest.mark.parametrize(("language", "title"), LONG_TITLES.items())
def test_long_titles_of_borrowed_books_are_read_in_large_text(language: str, title: str) -> None:
    shot = sample(f"Borrowing-many-{language}-large")
    assert isinstance(shot.view, Borrowing)
    lines = tuple(replace(each, title=title) for each in shot.view.lines)
    shown = read_titles(replace(shot.view, lines=lines), shot, title)
    assert shown and set(shown) == {title.replace(" ", "")}


@SIZED
@pytest.mark.parametrize(
    ("language", "words"), [("en", "Suspended until 5 Jan"), ("zh", "已暂停至1月5日"), ("mn", "хүртэл түр зогсоосон")]
)
def test_suspended_hold_is_shown_as_such(language: str, words: str, size: Size) -> None:
    shot = sample(f"Account-four-{language}-light")
    assert isinstance(shot.view, Account)
    holds = tuple(replace(each, ready=False, suspended_until=date(2027, 1, 5)) for each in shot.view.holds[1:])
    said = readable_text(replace(shot, view=replace(shot.view, holds=holds)), size)
    assert words in said
    assert WORDS[language].say("On hold, not here yet") not in said
