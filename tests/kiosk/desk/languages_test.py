"""Test a library with more languages than fit as buttons: one touch lists them, another selects."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.session import DeskRules
from kiosk.views import IDLE_SECONDS, Borrowing, Help, IdleWarning, Panel, Status, Welcome, actions, preferences_of
from lending.display_preferences import read
from lending.languages import kin, languages, text_for, text_in
from tests.kiosk.desk.bench import ADA, DUNE, RULES, Bench, shown, story, under

FOUR = replace(RULES, languages=tuple(languages()), voices=frozenset({"en", "zh"}))


def status(bench: Bench) -> Status:
    return bench.desk.status


def offered(bench: Bench) -> set[str]:
    return {action.name for action in actions(bench.view, status(bench))}


@under(FOUR)
async def test_language_list_opens_and_selects_in_two_touches(bench: Bench) -> None:
    assert "language_zh_TW" not in offered(bench), "what is not listed cannot be touched"
    await bench.press("languages")
    assert status(bench).panel is Panel.LANGUAGES and "language_zh_TW" in offered(bench)
    await bench.press("language_zh_TW")
    assert (status(bench).language, status(bench).panel) == ("zh_TW", None)
    assert status(bench).library == "城市图书馆", "the simplified name is used if there is no traditional one"
    assert not status(bench).mute, "the Chinese voice reads it"


@under(FOUR)
async def test_open_panel_closes_at_any_other_input(bench: Bench) -> None:
    await bench.press("languages", "languages")
    assert status(bench).panel is None, "by the same button"
    await bench.press("languages", "close_panel")
    assert status(bench).panel is None, "by Done"
    await bench.press("display")
    assert "borrow" not in offered(bench), "what the panel covers cannot be touched"
    await bench.press("help")
    shown(bench.view, Help)
    assert status(bench).panel is None, "by another action"
    await bench.press("back", "borrow", "languages")
    assert status(bench).panel is Panel.LANGUAGES
    await bench.tap()
    shown(bench.view, Borrowing)
    assert status(bench).panel is None, "by a card"
    await bench.press("display")
    await bench.scan(DUNE)
    assert status(bench).panel is None, "by an item"


@story
async def test_untouched_panel_closes_after_thirty_seconds(bench: Bench) -> None:
    await bench.tap()
    await bench.press("display")
    await bench.wait(29)
    assert status(bench).panel is Panel.DISPLAY
    await bench.wait(1)
    shown(bench.view, Borrowing)
    assert status(bench).panel is None
    await bench.wait(IDLE_SECONDS - 30)
    shown(bench.view, IdleWarning)


@story
async def test_reset_clears_every_setting_except_the_language(bench: Bench) -> None:
    await bench.tap()
    await bench.choose("language_en")
    await bench.press("display")
    for name in ("contrast", "still", "hide_titles"):
        await bench.press(name)
    await bench.press("text_size", choice="large")
    assert str(preferences_of(status(bench))) == "en large_text contrast still hide_titles"
    await bench.press("reset_display")
    assert str(preferences_of(status(bench))) == "en"
    assert status(bench).panel is Panel.DISPLAY


@under(FOUR)
async def test_language_and_panel_reset_for_the_next_patron(bench: Bench) -> None:
    await bench.press("languages", "language_zh_TW", "languages")
    await bench.wait(120)
    shown(bench.view, Welcome)
    assert (status(bench).language, status(bench).panel) == ("zh", None)


@story
async def test_stored_language_applies_even_if_not_offered(bench: Bench) -> None:
    bench.library.looks[ADA] = "zh_TW large_text"
    await bench.tap()
    assert str(preferences_of(status(bench))) == "zh_TW large_text", "although the library does not offer it"


@story
async def test_unlisted_language_is_not_offered(bench: Bench) -> None:
    await bench.press("languages")
    assert {"language_en", "language_mn"} <= offered(bench)
    assert "language_zh_TW" not in offered(bench)


def test_library_name_falls_back_to_a_related_language() -> None:
    def rules(**names: str) -> DeskRules:
        return replace(RULES, names=names, language="en")

    assert rules(zh="湖滨图书馆", zh_TW="湖濱圖書館", en="Lakeside").name("zh_TW") == "湖濱圖書館"
    assert rules(zh="湖滨图书馆", en="Lakeside").name("zh_TW") == "湖滨图书馆"
    assert rules(zh="湖滨图书馆", en="Lakeside").name("mn") == "Lakeside"


def test_third_party_text_falls_back_to_a_related_language() -> None:
    assert text_for({"zh": "软件", "en": "software"}, "zh_TW") == "软件"
    assert text_for({"zh": "软件", "zh_TW": "軟體"}, "zh_TW") == "軟體"
    assert text_in({"zh": "软件"}, "en") == ""
    assert text_for({"mn": "", "zh": "软件", "en": "software"}, "mn") == "软件"
    assert [kin(each) for each in ("zh", "zh_TW", "en", "mn")] == ["zh", "zh", "en", "mn"]


def test_preferences_accept_every_language() -> None:
    looks = [read(each) for each in languages()]
    assert [look and look.language for look in looks] == [*languages()]
