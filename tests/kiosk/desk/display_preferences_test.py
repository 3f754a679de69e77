"""Test display preferences: stored if the patron agrees, applied by the card, reset after the visit."""

from __future__ import annotations

from dataclasses import replace

from kiosk.views import Borrowing, Details, Farewell, Identify, LineState, RecordPage, Welcome, preferences_of
from lending.display_preferences import OFF
from lending.model import Reason
from lending.patron_record import PatronRecord
from lending.responses import StoredPreferences
from tests.kiosk.desk.bench import ADA, ADA_UID, DUNE, EMMA, LIN, LIN_UID, RULES, Bench, shown, story, under

VOICED = replace(RULES, voices=frozenset({"en", "zh"}), tall=True)
PIN = "4711"
BIG = "en large_text hide_titles"
TALL = replace(RULES, tall=True)


def saved_preferences(bench: Bench) -> list[str]:
    """Preference changes sent to the library, in order."""
    return [act.answer for act, _ in bench.library.acts if isinstance(act, StoredPreferences)]


async def open_preferences(bench: Bench) -> Details:
    bench.library.record = PatronRecord(look=ADA in bench.library.looks)
    await bench.tap()
    await bench.press("account", "details")
    await bench.type(PIN)
    await bench.press("open", choice=RecordPage.DATA)
    await bench.press("open", choice=RecordPage.LOOK)
    return shown(bench.view, Details)


def is_default_screen(bench: Bench) -> bool:
    """Whether the screen has the library's default settings."""
    return str(preferences_of(bench.desk.status)) == "zh"


@story
async def test_preferences_are_not_stored_without_consent(bench: Bench) -> None:
    await bench.tap()
    await bench.press("large_text", "finish")
    assert is_default_screen(bench) and not saved_preferences(bench)
    await bench.tap()
    assert not bench.desk.status.large_text


@story
async def test_stored_preferences_apply_at_the_next_card(bench: Bench) -> None:
    view = await open_preferences(bench)
    assert view.record is not None and not view.record.look
    await bench.choose("language_en")
    await bench.press("large_text")
    assert not saved_preferences(bench), "storage is still off"
    await bench.press("keep_look", choice="on")
    assert saved_preferences(bench) == ["en large_text"]
    view = shown(bench.view, Details)
    assert view.changes["look"] is LineState.DONE and view.record is not None and view.record.look
    await bench.press("finish")
    assert isinstance(bench.view, Welcome) and is_default_screen(bench)
    await bench.tap()
    assert isinstance(bench.view, Borrowing)
    assert str(preferences_of(bench.desk.status)) == "en large_text"
    assert bench.desk.status.library == "City Library"


@story
async def test_changed_preferences_are_stored_once_at_the_end_of_the_visit(bench: Bench) -> None:
    bench.library.looks[ADA] = "en large_text"
    await bench.tap()
    await bench.choose("contrast")
    await bench.press("help", "back")
    await bench.choose("language_zh")
    assert not saved_preferences(bench), "the visit has not ended"
    await bench.press("finish")
    assert saved_preferences(bench) == ["zh large_text contrast"] == [bench.library.looks[ADA]]
    await bench.tap()
    await bench.press("finish")
    assert len(saved_preferences(bench)) == 1, "unchanged preferences are not sent again"


@story
async def test_reverted_changes_are_not_stored(bench: Bench) -> None:
    bench.library.looks[ADA] = "mn large_text"
    await bench.choose("language_en")
    await bench.tap()
    await bench.choose("contrast")
    await bench.choose("contrast")
    await bench.press("finish")
    assert not saved_preferences(bench)


@story
async def test_changes_are_stored_at_a_timeout_or_at_the_next_card(bench: Bench) -> None:
    bench.library.looks |= {ADA: "en", LIN: "en"}
    await bench.tap()
    await bench.choose("contrast")
    await bench.wait(100)
    assert isinstance(bench.view, Welcome) and saved_preferences(bench) == ["en contrast"]
    await bench.borrow(DUNE)
    await bench.press("finish", "large_text")
    assert isinstance(bench.view, Farewell) and len(saved_preferences(bench)) == 1
    await bench.tap(LIN_UID)
    assert saved_preferences(bench) == ["en contrast", "en large_text contrast"]
    assert (bench.library.looks[ADA], bench.library.looks[LIN]) == ("en large_text contrast", "en")


@story
async def test_changes_are_stored_when_another_card_joins_the_visit(bench: Bench) -> None:
    bench.library.looks[ADA] = "en"
    await bench.borrow(DUNE)
    await bench.choose("contrast")
    await bench.tap(LIN_UID)
    assert not saved_preferences(bench)
    await bench.press("join")
    assert saved_preferences(bench) == ["en contrast"] and is_default_screen(bench)
    await bench.tap()
    assert str(preferences_of(bench.desk.status)) == "en contrast"
    await bench.press("finish", "receipt_none")
    assert isinstance(bench.view, Welcome) and len(saved_preferences(bench)) == 1


@story
async def test_switching_storage_off_erases_preferences_and_later_changes(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await open_preferences(bench)
    await bench.press("keep_look", choice=OFF)
    assert saved_preferences(bench) == [OFF] and bench.library.looks[ADA] == ""
    assert bench.desk.status.large_text, "settings stay until the end of the visit"
    await bench.choose("contrast")
    await bench.press("finish")
    assert saved_preferences(bench) == [OFF]
    await bench.tap()
    assert is_default_screen(bench)


@story
async def test_next_patron_gets_the_default_screen_after_any_end_of_visit(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await bench.tap()
    assert not is_default_screen(bench)
    await bench.wait(100)
    assert isinstance(bench.view, Welcome) and is_default_screen(bench), "after a timeout"
    await bench.borrow(DUNE)
    await bench.press("finish")
    assert isinstance(bench.view, Farewell) and not is_default_screen(bench), "the farewell belongs to the same patron"
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing).guest.card == LIN and is_default_screen(bench)
    await bench.press("finish")
    await bench.tap()
    await bench.tap(LIN_UID)
    assert not is_default_screen(bench), "the first visit has not ended"
    await bench.press("finish")
    assert shown(bench.view, Borrowing).guest.card == LIN and is_default_screen(bench)


@story
async def test_each_card_has_its_own_preferences(bench: Bench) -> None:
    bench.library.looks |= {ADA: BIG, LIN: "mn contrast"}
    await bench.tap()
    await bench.press("finish")
    await bench.tap(LIN_UID)
    assert str(preferences_of(bench.desk.status)) == "mn contrast"


@story
async def test_language_chosen_at_welcome_overrides_the_stored_language(bench: Bench) -> None:
    bench.library.looks[ADA] = "mn contrast"
    await bench.choose("language_en")
    await bench.tap()
    assert str(preferences_of(bench.desk.status)) == "en contrast"
    await bench.press("finish")
    assert not saved_preferences(bench), "a choice at Welcome is not stored"


@under(replace(RULES, pin="always"))
async def test_stored_preferences_wait_for_the_pin(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await bench.tap()
    assert isinstance(bench.view, Identify) and is_default_screen(bench)
    await bench.choose("contrast")
    await bench.type(PIN)
    assert str(preferences_of(bench.desk.status)) == "en large_text contrast hide_titles"
    await bench.press("finish")
    assert not saved_preferences(bench), "the card was not verified at that time"


@under(VOICED)
async def test_supported_stored_preferences_are_applied(bench: Bench) -> None:
    bench.library.looks[ADA] = "en lower still voice"
    await bench.tap()
    status = bench.desk.status
    assert (status.low, status.still, status.voice, status.mute) == (True, True, True, False)


@story
async def test_unsupported_stored_preferences_are_kept(bench: Bench) -> None:
    bench.library.looks[ADA] = "en lower voice upright"
    await bench.tap()
    assert (bench.desk.status.low, bench.desk.status.voice) == (None, None)
    await bench.choose("contrast")
    await bench.press("finish")
    assert saved_preferences(bench) == ["en contrast lower voice upright"]


@story
async def test_each_card_of_a_family_visit_has_its_own_preferences(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await bench.borrow(DUNE)
    await bench.tap(LIN_UID)
    await bench.press("join")
    assert shown(bench.view, Borrowing).guest.card == LIN and is_default_screen(bench)
    await bench.choose("contrast")
    assert not saved_preferences(bench), "Lin stores no preferences, and the change is not Ada's"
    await bench.choose("contrast")
    await bench.scan(EMMA)
    await bench.tap()
    assert shown(bench.view, Borrowing).guest.card == ADA and str(preferences_of(bench.desk.status)) == BIG
    await bench.press("finish")
    assert str(preferences_of(bench.desk.status)) == BIG
    await bench.press("receipt_none")
    farewell = shown(bench.view, Farewell)
    assert farewell.guest is not None and farewell.guest.card == LIN and is_default_screen(bench)


@story
async def test_preferences_in_an_unknown_format_are_left_unchanged(bench: Bench) -> None:
    for text in ("xx", "en sideways", "en large_text large_text", " "):
        bench.library.looks[ADA] = text
        await bench.tap(ADA_UID)
        await bench.choose("contrast")
        await bench.press("finish")
    assert not saved_preferences(bench)


@story
async def test_erasure_deletes_stored_preferences(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await open_preferences(bench)
    await bench.press("back", "open", choice=RecordPage.ERASE)
    await bench.press("erase_all")
    await bench.choose("contrast")
    await bench.press("finish")
    assert not saved_preferences(bench) and bench.library.looks[ADA] == ""


@story
async def test_refused_erasure_drops_the_local_override(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await open_preferences(bench)
    await bench.press("back", "open", choice=RecordPage.ERASE)
    bench.library.refuses_next = Reason.NEEDS_CENTRAL
    await bench.press("erase_all")
    assert shown(bench.view, Details).changes["erase"] is LineState.REFUSED
    assert ADA not in bench.library.looks, "the copy of the library applies again"


@story
async def test_journal_failure_stores_no_preferences(bench: Bench) -> None:
    await open_preferences(bench)
    bench.library.record = PatronRecord()
    bench.library.journal_full = True
    await bench.press("keep_look", choice="on")
    assert shown(bench.view, Details).changes["look"] is LineState.REFUSED
    assert ADA not in bench.library.looks


@story
async def test_stored_preferences_missing_from_the_record_are_shown(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    bench.library.record = PatronRecord()
    await bench.tap()
    await bench.press("account", "details")
    await bench.type(PIN)
    view = shown(bench.view, Details)
    assert view.record is not None and view.record.look


@under(TALL)
async def test_controls_can_be_lowered_during_a_visit(bench: Bench) -> None:
    assert bench.desk.status.low is False
    await bench.tap()
    await bench.choose("lower")
    assert bench.desk.status.low is True
    await bench.scan(DUNE)
    assert shown(bench.desk.view, Borrowing).lines and bench.desk.status.low is True


@under(TALL)
async def test_lowered_controls_reset_after_the_visit(bench: Bench) -> None:
    await bench.tap()
    await bench.choose("lower")
    await bench.press("finish")
    assert isinstance(bench.desk.view, Welcome) and bench.desk.status.low is False


@under(TALL)
async def test_lowered_controls_reset_at_welcome_after_a_minute(bench: Bench) -> None:
    await bench.choose("lower")
    await bench.wait(61)
    assert bench.desk.status.low is False


@story
async def test_normal_screen_offers_no_lowered_controls(bench: Bench) -> None:
    assert bench.desk.status.low is None and "lower" not in bench.offers()
