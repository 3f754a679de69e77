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


def told(bench: Bench) -> list[str]:
    """What was said of looks, in order."""
    return [act.answer for act, _ in bench.library.acts if isinstance(act, StoredPreferences)]


async def room(bench: Bench) -> Details:
    bench.library.record = PatronRecord(look=ADA in bench.library.looks)
    await bench.tap()
    await bench.press("account")
    await bench.press("details")
    await bench.type(PIN)
    await bench.press("open", choice=RecordPage.DATA)
    await bench.press("open", choice=RecordPage.LOOK)
    return shown(bench.view, Details)


def plain(bench: Bench) -> bool:
    """The library's ordinary screen."""
    return str(preferences_of(bench.desk.status)) == "zh"


@story
async def test_nothing_is_remembered_of_whoever_has_not_wished_it(bench: Bench) -> None:
    await bench.tap()
    await bench.press("large_text")
    await bench.press("finish")
    assert plain(bench) and not told(bench)
    await bench.tap()
    assert not bench.desk.status.large_text


@story
async def test_it_is_remembered_as_it_is_and_put_on_by_the_next_tap(bench: Bench) -> None:
    view = await room(bench)
    assert view.mine is not None and not view.mine.look
    await bench.choose("language_en")
    await bench.press("large_text")
    assert not told(bench), "the patron has not wished it yet"
    await bench.press("keep_look", choice="on")
    assert told(bench) == ["en large_text"]
    view = shown(bench.view, Details)
    assert view.changes["look"] is LineState.DONE and view.mine is not None and view.mine.look
    await bench.press("finish")
    assert isinstance(bench.view, Welcome) and plain(bench)
    await bench.tap()
    assert isinstance(bench.view, Borrowing)
    assert str(preferences_of(bench.desk.status)) == "en large_text"
    assert bench.desk.status.library == "City Library"


@story
async def test_what_the_patron_changes_is_told_once_when_the_patron_leaves(bench: Bench) -> None:
    bench.library.looks[ADA] = "en large_text"
    await bench.tap()
    await bench.choose("contrast")
    await bench.press("help")
    await bench.press("back")
    await bench.choose("language_zh")
    assert not told(bench), "the patron is still at it"
    await bench.press("finish")
    assert told(bench) == ["zh large_text contrast"] and bench.library.looks[ADA] == told(bench)[-1]
    await bench.tap()
    await bench.press("finish")
    assert len(told(bench)) == 1, "what is the same is not said again"


@story
async def test_what_the_patron_only_tried_is_not_told(bench: Bench) -> None:
    bench.library.looks[ADA] = "mn large_text"
    await bench.choose("language_en")
    await bench.tap()
    await bench.choose("contrast")
    await bench.choose("contrast")
    await bench.press("finish")
    assert not told(bench)


@story
async def test_it_is_told_too_when_the_patron_walks_away_or_their_farewell_ends(bench: Bench) -> None:
    bench.library.looks |= {ADA: "en", LIN: "en"}
    await bench.tap()
    await bench.choose("contrast")
    await bench.wait(100)
    assert isinstance(bench.view, Welcome) and told(bench) == ["en contrast"]
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    await bench.press("large_text")
    assert isinstance(bench.view, Farewell) and len(told(bench)) == 1
    await bench.tap(LIN_UID)
    assert told(bench) == ["en contrast", "en large_text contrast"]
    assert (bench.library.looks[ADA], bench.library.looks[LIN]) == ("en large_text contrast", "en")


@story
async def test_another_card_of_the_visit_is_when_it_is_told_and_it_is_put_on_again_later(bench: Bench) -> None:
    bench.library.looks[ADA] = "en"
    await bench.tap()
    await bench.scan(DUNE)
    await bench.choose("contrast")
    await bench.tap(LIN_UID)
    assert not told(bench)
    await bench.press("join")
    assert told(bench) == ["en contrast"] and plain(bench)
    await bench.tap()
    assert str(preferences_of(bench.desk.status)) == "en contrast"
    await bench.press("finish")
    await bench.press("receipt_none")
    assert isinstance(bench.view, Welcome) and len(told(bench)) == 1


@story
async def test_off_forgets_it_and_what_is_changed_after_that_is_nobodys(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await room(bench)
    await bench.press("keep_look", choice=OFF)
    assert told(bench) == [OFF] and bench.library.looks[ADA] == ""
    assert bench.desk.status.large_text, "the glass stays as it is while the patron stands there"
    await bench.choose("contrast")
    await bench.press("finish")
    assert told(bench) == [OFF]
    await bench.tap()
    assert plain(bench)


@story
async def test_the_next_patron_sees_the_ordinary_screen_however_the_visit_ends(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await bench.tap()
    assert not plain(bench)
    await bench.wait(100)
    assert isinstance(bench.view, Welcome) and plain(bench), "walked away"
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    assert isinstance(bench.view, Farewell) and not plain(bench), "their receipt is theirs"
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing).guest.card == LIN and plain(bench)
    await bench.press("finish")
    await bench.tap()
    await bench.tap(LIN_UID)
    assert not plain(bench), "it is still their visit"
    await bench.press("finish")
    assert shown(bench.view, Borrowing).guest.card == LIN and plain(bench)


@story
async def test_each_has_their_own(bench: Bench) -> None:
    bench.library.looks |= {ADA: BIG, LIN: "mn contrast"}
    await bench.tap()
    await bench.press("finish")
    await bench.tap(LIN_UID)
    assert str(preferences_of(bench.desk.status)) == "mn contrast"


@story
async def test_what_was_chosen_at_the_first_screen_stays(bench: Bench) -> None:
    bench.library.looks[ADA] = "mn contrast"
    await bench.choose("language_en")
    await bench.tap()
    assert str(preferences_of(bench.desk.status)) == "en contrast"
    await bench.press("finish")
    assert not told(bench), "and is no change of theirs"


@under(replace(RULES, pin="always"))
async def test_where_a_card_must_not_tell_that_it_is_known_it_waits_for_the_pin(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await bench.tap()
    assert isinstance(bench.view, Identify) and plain(bench)
    await bench.choose("contrast")
    await bench.type(PIN)
    assert str(preferences_of(bench.desk.status)) == "en large_text contrast hide_titles"
    await bench.press("finish")
    assert not told(bench), "whose it was nobody knew when it was touched"


@under(VOICED)
async def test_what_this_kiosk_has_is_put_on(bench: Bench) -> None:
    bench.library.looks[ADA] = "en lower still voice"
    await bench.tap()
    status = bench.desk.status
    assert (status.low, status.still, status.voice, status.mute) == (True, True, True, False)


@story
async def test_what_this_kiosk_has_not_stays_remembered(bench: Bench) -> None:
    bench.library.looks[ADA] = "en lower voice upright"
    await bench.tap()
    assert (bench.desk.status.low, bench.desk.status.voice) == (None, None)
    await bench.choose("contrast")
    await bench.press("finish")
    assert told(bench) == ["en contrast lower voice upright"]


@story
async def test_in_a_familys_visit_each_card_has_its_own(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await bench.tap()
    await bench.scan(DUNE)
    await bench.tap(LIN_UID)
    await bench.press("join")
    assert shown(bench.view, Borrowing).guest.card == LIN and plain(bench)
    await bench.choose("contrast")
    assert not told(bench), "Lin has not wished it, and it is not Ada's either"
    await bench.choose("contrast")
    await bench.scan(EMMA)
    await bench.tap()
    assert shown(bench.view, Borrowing).guest.card == ADA and str(preferences_of(bench.desk.status)) == BIG
    await bench.press("finish")
    assert str(preferences_of(bench.desk.status)) == BIG
    await bench.press("receipt_none")
    farewell = shown(bench.view, Farewell)
    assert farewell.guest is not None and farewell.guest.card == LIN and plain(bench)


@story
async def test_a_look_of_a_later_version_changes_nothing(bench: Bench) -> None:
    for text in ("xx", "en sideways", "en large_text large_text", " "):
        bench.library.looks[ADA] = text
        await bench.tap(ADA_UID)
        await bench.choose("contrast")
        await bench.press("finish")
    assert not told(bench)


@story
async def test_who_is_erased_is_shown_the_ordinary_screen_next_time(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await room(bench)
    await bench.press("back")
    await bench.press("open", choice=RecordPage.ERASE)
    await bench.press("erase_all")
    await bench.choose("contrast")
    await bench.press("finish")
    assert not told(bench) and bench.library.looks[ADA] == ""


@story
async def test_who_cannot_be_erased_keeps_their_look(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    await room(bench)
    await bench.press("back")
    await bench.press("open", choice=RecordPage.ERASE)
    bench.library.refuses_next = Reason.NEEDS_CENTRAL
    await bench.press("erase_all")
    assert shown(bench.view, Details).changes["erase"] is LineState.REFUSED
    assert ADA not in bench.library.looks, "the kiosk goes by what the library has"


@story
async def test_a_no_of_the_library_counts_at_the_kiosk_too(bench: Bench) -> None:
    await room(bench)
    bench.library.record = PatronRecord()
    bench.library.journal_full = True
    await bench.press("keep_look", choice="on")
    assert shown(bench.view, Details).changes["look"] is LineState.REFUSED
    assert ADA not in bench.library.looks


@story
async def test_what_their_record_has_not_heard_yet_is_shown_as_the_patron_said_it(bench: Bench) -> None:
    bench.library.looks[ADA] = BIG
    bench.library.record = PatronRecord()
    await bench.tap()
    await bench.press("account")
    await bench.press("details")
    await bench.type(PIN)
    view = shown(bench.view, Details)
    assert view.mine is not None and view.mine.look
