"""Test the patron's texts: complete in every language, right days, and a reason for every refusal."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from kiosk.hardware.rig import STATES
from kiosk.journal.errors import JournalFault
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import LineState, VisitLine, VisitTask
from kiosk.views.text_entry import FOR_WORDS
from kiosk.words import CatalogueMissing, Words, localizer
from kiosk.words.localizer import LOCALE, UPRIGHT
from lending.languages import SOURCES, languages
from lending.model import Block, ItemId, Reason
from lending.policy import Policy
from tests.kiosk.desk.central import POLICY

ROOT = Path(__file__).resolve().parents[3]
POS = {file.parents[1].relative_to(LOCALE).as_posix(): file for file in sorted(LOCALE.rglob("kiosk.po"))}
COMPLETE = [each for each in POS if not each.endswith(UPRIGHT)]
"""Complete catalogues; the vertical script covers four screens."""
LETTERS = {"zh": "[\u4e00-\u9fff]", "mn": "[\u0400-\u04ff]", "mn/upright": "[\u1800-\u18af]"}
"""Script of each language."""
NAMES = {"WeChat", "WeCom", "PIN", "PINs"}
"""Names that some languages keep."""
KEYWORDS = {"say": None, "sentence": None, "say_n": (1, 2)}
DUE = datetime(2026, 12, 20, 15, 59, tzinfo=UTC)
"""One minute before midnight in Shanghai."""
FACTS = {"on": date(2026, 10, 31), "amount": Decimal("12.50"), "count": 3}


@pytest.fixture(params=languages())
def words(request: pytest.FixtureRequest) -> Words:
    return Words(str(request.param))


@functools.cache
def said_in_sources() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(ROOT / "kiosk", [("**.py", "python")], keywords=KEYWORDS)
    return {text for name, _, text, _, _ in found}


@functools.cache
def catalogue(language: str) -> Catalog:
    with POS[language].open("rb") as file:
        return read_po(file)


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def key(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def translations(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.mark.parametrize("language", COMPLETE)
def test_every_source_message_is_translated(language: str) -> None:
    done = {key(message) for message in messages(language) if all(translations(message)) and not message.fuzzy}
    assert said_in_sources() - done == set()


@pytest.mark.parametrize("language", COMPLETE)
def test_catalogue_contains_no_obsolete_messages(language: str) -> None:
    assert {key(message) for message in messages(language)} - said_in_sources() == set()
    assert not catalogue(language).obsolete


def test_librarian_and_staff_calls_have_distinct_translations() -> None:
    for english, chinese in {"Ask a librarian": "咨询馆员", "Call staff": "呼叫馆员"}.items():
        assert [key(each) for each in messages("zh") if any(chinese in one for one in translations(each))] == [english]


@pytest.mark.parametrize("language", POS)
def test_translation_keeps_the_placeholders(language: str) -> None:
    for message in messages(language):
        sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        *of_one, of_many = translations(message)
        assert fields(of_many) == fields(sources[-1]), sources
        assert all(fields(text) in (fields(sources[0]), fields(sources[-1])) for text in of_one), sources


@pytest.mark.parametrize("language", POS)
def test_translation_uses_the_script_of_its_language(language: str) -> None:
    for message in messages(language):
        source = message.id if isinstance(message.id, str) else message.id[-1]
        if re.search(r"[A-Za-z]{3}", re.sub(r"\{\w+\}", "", source)) and source not in NAMES:
            assert all(re.search(LETTERS.get(language, "."), text) for text in translations(message)), source


def test_every_catalogue_folder_is_a_language() -> None:
    assert {each.partition("/")[0] for each in POS} | {SOURCES} <= set(languages())


def test_every_language_has_a_valid_keyboard_and_related_language() -> None:
    known = languages().values()
    assert {each.board for each in known} <= {*FOR_WORDS}
    assert {each.kin for each in known if each.kin} <= {each.code for each in known if not each.kin}


def test_draft_translations_are_marked() -> None:
    drafts = {language for language in languages() if Words(language).draft}
    assert {"mn", "zh_TW"} <= drafts and not drafts & {"zh", "en"}


def test_mongolian_plurals_and_dates_are_formatted() -> None:
    mn = Words("mn")
    assert (mn.date(DUE), mn.day_and_year(DUE)) == ("12 сарын 20, Ня", "2026 оны 12 сарын 20")
    assert mn.say_n("One card", "{n} cards", 1) == "One card", "untranslated text is shown in English"
    one, many = ("One book waits for your card.", "{n} books wait for your card.")
    assert mn.say_n(one, many, 1) == "Нэг ном картыг тань хүлээж байна."
    assert mn.say_n(one, many, 3) == "3 ном картыг тань хүлээж байна."


def test_missing_catalogue_names_the_setup_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localizer, "LOCALE", tmp_path)
    with pytest.raises(CatalogueMissing, match="scripts/setup"):
        Words("zh")


def test_dates_are_formatted_in_the_library_time_zone() -> None:
    zh, en = Words("zh"), Words("en")
    assert (zh.date(DUE), en.date(DUE)) == ("12月20日 周日", "Sun 20 Dec")
    assert (zh.day(DUE), en.day(date(2026, 12, 20))) == ("12月20日", "20 Dec")
    assert en.date(datetime(2026, 12, 20, 16, 1, tzinfo=UTC)) == "Mon 21 Dec"
    assert Words("en", "Europe/Berlin").clock(DUE) == "16:59"
    assert zh.moment(datetime(2026, 11, 22, 6, 36, tzinfo=UTC)) == "2026年11月22日 周日 14:36"


def test_loan_rules_replace_the_configured_time_zone_and_currency() -> None:
    rules: Policy | None = None
    words = Words("en", "Asia/Shanghai", "CNY", policy=lambda: rules)
    assert (words.clock(DUE), words.money(Decimal(5))) == ("23:59", "¥5.00")
    rules = replace(POLICY, timezone="Europe/Copenhagen", currency="DKK")
    assert (words.clock(DUE), words.money(Decimal(5))) == ("16:59", "5.00 DKK")


def test_hourly_loan_shows_its_due_time() -> None:
    en = Words("en")
    assert en.due(DUE) == "Sun 20 Dec"
    assert en.due(datetime(2026, 12, 20, 8, 30, tzinfo=UTC)) == "Sun 20 Dec, 16:30"
    assert en.due_day(DUE) == "20 Dec"
    assert en.due_day(datetime(2026, 12, 20, 8, 30, tzinfo=UTC)) == "20 Dec, 16:30", (
        "the time is shown without a weekday"
    )


def test_amounts_show_two_decimals() -> None:
    assert Words("zh").money(Decimal("1234.5")) == "¥1,234.50"
    assert Words("en").money(Decimal(3), "MNT") == "3 MNT"


def test_every_refusal_is_explained(words: Words) -> None:
    for errand, reason in itertools.product(VisitTask, Reason):
        for block in (Block(reason), Block(reason, on=FACTS["on"], amount=FACTS["amount"], count=FACTS["count"])):  # type: ignore[arg-type]
            explanation = words.explain(block, "Lightning", done=2, errand=errand)
            bare = words.explain(block, errand=errand)
            for sentence in (explanation.what, explanation.why, explanation.next, bare.what, bare.why, bare.next):
                assert sentence.strip(), (errand, reason)
                assert not re.search(r"[{}]|None", sentence), sentence
            assert explanation.why != bare.why, "completed transactions are mentioned together with the refusal"


def test_refusals_have_distinct_texts() -> None:
    en = Words("en")
    texts = [(e.what, e.why) for e in (en.explain(Block(reason), "Dune") for reason in Reason)]
    assert len(set(texts)) == len(texts)


def test_refusals_are_worded_as_specified() -> None:
    explanation = Words("en").explain(Block(Reason.READING_ROOM), "Lightning", done=3)
    assert explanation.what == "“Lightning” is for use in the library only."
    assert explanation.why == "It is a reference copy for use in the library. Your 3 other books are borrowed."
    assert (
        Words("zh").explain(Block(Reason.CARD_EXPIRED, on=date(2026, 10, 31))).what
        == "您的读者证已于2026年10月31日到期"
    )
    assert Words("en").explain(Block(Reason.FEES, amount=Decimal("12.5"))).what == "You owe ¥12.50 in fees."


def test_wrong_pin_is_explained_by_the_pin_and_not_by_a_book() -> None:
    en, zh = (Words(language).explain(Block(Reason.PIN_WRONG)) for language in ("en", "zh"))
    assert (en.what, en.why) == ("Wrong PIN.", "It does not match this card.")
    assert (zh.what, zh.why) == ("密码不正确", "密码与此读者证不符。")


def test_long_title_is_shortened_in_a_refusal() -> None:
    explanation = Words("en").explain(
        Block(Reason.READING_ROOM), "A very long title that goes on and on, and never ends: part 2"
    )
    assert explanation.what == "“A very long title that goes on and o…” is for use in the library only."
    assert "中" * 18 + "…》" in Words("zh").explain(Block(Reason.READING_ROOM), "中" * 30).what


def test_untitled_item_is_named_only_at_the_start_of_a_sentence() -> None:
    for reason in Reason:
        for errand in VisitTask:
            explanation = Words("en").explain(Block(reason, amount=Decimal(2)), errand=errand).what
            assert "This book" not in explanation[1:], explanation


def test_title_with_braces_is_shown_verbatim(words: Words) -> None:
    assert "{n} {title}" in words.explain(Block(Reason.READING_ROOM), "{n} {title}").what


def test_every_line_state_has_a_word(words: Words) -> None:
    for errand, state in itertools.product(VisitTask, LineState):
        assert words.state(VisitLine(ItemId("1"), errand, state)), (errand, state)


def test_provisional_return_is_described_as_being_checked() -> None:
    line = VisitLine(ItemId("1"), VisitTask.RETURN, LineState.SAVED, provisional=True, confirmed=True)
    assert Words("en").state(line) == "Returned, being checked"
    assert Words("zh").state(line) == "已交回，待核对"


@pytest.mark.parametrize(
    ("place", "waits", "en", "zh"),
    [
        ("A", False, "Bin A", "A 号箱"),
        ("12", False, "Bin 12", "12 号箱"),
        ("B", True, "Hold shelf B", "预约架 B"),
        ("Blue bin", False, "Blue bin", "Blue bin"),
        ("架上", False, "架上", "架上"),
        ("", True, "", ""),
    ],
)
def test_numbered_place_is_described_as_bin_or_hold_shelf(place: str, waits: bool, en: str, zh: str) -> None:
    line = VisitLine(ItemId("3"), VisitTask.RETURN, LineState.DONE, place=place, someone_waits=waits)
    assert (Words("en").place(line), Words("zh").place(line)) == (en, zh)


def codes_in(path: Path, *calls: str) -> set[str]:
    """Return the codes passed to these calls in the sources, without sentences."""
    nodes = (node for file in path.rglob("*.py") for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    named = (node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    inside = (each for call in named if ast.unparse(call.func) in calls for each in ast.walk(call))
    texts = {each.value for each in inside if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {text for text in texts if re.fullmatch("[a-z_]+", text)}


def test_every_notice_has_words(words: Words) -> None:
    found = codes_in(ROOT / "kiosk/desk", "notice")
    assert "wait_for_checking" in found, "the search still finds notices"
    for code in found | {"already_listed", "one_card_please", "take_your_card", "unreadable", "undone"}:
        assert words.notice(code) or code == ""


REASONS = sorted(
    codes_in(ROOT / "kiosk/sync", "CentralUnavailable", "_Broken", "PartState")
    | codes_in(ROOT / "kiosk/hardware", "PartFault", "PartState")
    | {each.value for each in JournalFault}
    | {state for states in STATES.values() for state in states}
    | {"stale", "unwritable"}
)


def test_reasons_are_found_in_the_sources() -> None:
    assert {"identity_refused", "captive_portal", "out_of_paper", "missing"} <= set(REASONS)


def test_every_part_fault_has_words() -> None:
    for reason in set(REASONS) - {"ok", "absent", "ends_halfway"}:
        state = PartState(Condition.FAULTY, reason)
        assert re.search("[\u4e00-\u9fff]", Words("zh").part_state(state)), reason
        assert Words("en").part_state(state)[0].isupper(), reason


def test_each_journal_fault_has_its_own_remedy(words: Words) -> None:
    for reason in JournalFault:
        state = PartState(Condition.FAULTY, reason)
        assert words.mending(PartName.JOURNAL, state) != words.mending(PartName.LIGHTS, state), reason
        assert words.part_state(state) not in words.out_of_order(reason).why, reason


def test_receipt_problems_have_distinct_texts(words: Words) -> None:
    assert len({words.receipt_problem(each) for each in ("out_of_paper", "cover_open", "unplugged")}) == 3


def test_every_part_state_has_words(words: Words) -> None:
    states = (READY, ABSENT, *(PartState(Condition.FAULTY, why) for why in ("", "unplugged", "unknown reason")))
    for name, state in itertools.product(PartName, states):
        assert words.part(name) and words.part_state(state)
        assert bool(words.mending(name, state)) == (state.condition is Condition.FAULTY), name


def test_paper_near_its_end_is_described_while_ready() -> None:
    near_end = PartState(Condition.READY, "near_end")
    assert Words("en").part_state(near_end) == "Paper nearly out"
    assert "roll" in Words("en").mending(PartName.RECEIPT_PRINTER, near_end)


def test_out_of_order_screen_says_what_does_not_work_and_what_to_do(words: Words) -> None:
    explanation = words.out_of_order("full")
    assert explanation.what and explanation.why and explanation.next


def agreed(*states: tuple[VisitTask, LineState, bool]) -> list[VisitLine]:
    return [VisitLine(ItemId(str(n)), errand, state, provisional=p) for n, (errand, state, p) in enumerate(states)]


LENT, SAVED = (VisitTask.BORROW, LineState.DONE, False), (VisitTask.BORROW, LineState.SAVED, False)
BACK, HANDED_IN = (VisitTask.RETURN, LineState.DONE, False), (VisitTask.RETURN, LineState.SAVED, True)
RENEWED, RENEWAL_SAVED = (VisitTask.RENEW, LineState.DONE, False), (VisitTask.RENEW, LineState.SAVED, False)


@pytest.mark.parametrize(
    ("states", "english", "chinese"),
    [
        ([LENT] * 4, ("4 borrowed", ""), ("借书 4 本", "")),
        (
            [LENT] * 4 + [SAVED],
            ("4 borrowed", "1 more saved, to be confirmed"),
            ("借书 4 本", "另有 1 本已保存，待确认"),
        ),
        ([SAVED] * 3, ("3 saved, not yet confirmed", ""), ("3 本已保存，待确认", "")),
        ([RENEWAL_SAVED], ("1 renewal saved, not yet confirmed", ""), ("续借 1 本已保存，待确认", "")),
        ([SAVED, RENEWAL_SAVED], ("2 saved, not yet confirmed", ""), ("2 本已保存，待确认", "")),
        (
            [HANDED_IN, BACK, LENT],
            ("1 borrowed, 1 returned, 1 being checked", ""),
            ("借书 1 本，归还 1 本，待核对 1 本", ""),
        ),
        (
            [HANDED_IN, SAVED],
            ("1 being checked", "1 more saved, to be confirmed"),
            ("待核对 1 本", "另有 1 本已保存，待确认"),
        ),
        ([LENT, RENEWED], ("1 borrowed, 1 renewed", ""), ("借书 1 本，续借 1 本", "")),
    ],
)
def test_only_confirmed_transactions_count_as_done(
    states: list[tuple[VisitTask, LineState, bool]], english: tuple[str, str], chinese: tuple[str, str]
) -> None:
    """Screen and receipt share this summary."""
    for language, expected in (("en", english), ("zh", chinese)):
        tally = Words(language).tally(agreed(*states))
        assert (tally.head, tally.more) == expected
