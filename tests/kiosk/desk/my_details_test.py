"""Test the patron record: proof of identity, changes, and that nothing remains after the visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.central import Accepted, Deferred, Refused
from kiosk.desk.effects import Deliver
from kiosk.desk.my_details import forget, not_written, on_settled
from kiosk.desk.session import on_visit
from kiosk.events import Settled
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import (
    Account,
    Blocked,
    Borrowing,
    Details,
    Farewell,
    ForYou,
    Identify,
    LineState,
    RecordPage,
    VisitLine,
    VisitTask,
    Welcome,
    actions,
)
from kiosk.words import Words
from kiosk.words.hidden_titles import without_titles
from lending.model import Block, ItemId, Reason
from lending.patron_record import (
    Consent,
    Contact,
    ContactChannel,
    HistoryEntry,
    Interest,
    PatronRecord,
    ProofOptions,
    StaffMessage,
)
from lending.responses import (
    LONGEST_ANSWER,
    AddressUse,
    ConsentChange,
    ContactCheck,
    HistoryErasure,
    InterestChange,
    PatronResponse,
    RecordErasure,
    VisitErasure,
)
from lending.transactions import TransactionId
from tests.kiosk.desk.bench import ADA, DUNE, EMMA, LIN, RULES, Bench, shown, story, under

NAME = {"zh": "活动消息", "en": "events"}
RECORD = PatronRecord(
    (Contact("7", "sms", "•••5678", sure=False),),
    (ContactChannel("sms", "•••5678"), ContactChannel("mail", "a•••@example.org")),
    consents=(Consent("campaign", NAME, NAME, "2026-1", given=False),),
    interests=(Interest("I", NAME, "inferred"),),
    classes=(Interest("K", NAME),),
    infers=True,
    reads=True,
    language="zh",
    languages=("zh", "mn", "en"),
    letters=(StaffMessage("answer-1", "quiet room?", "third floor"),),
    page=True,
)
SENDS = Consent("digest", NAME, NAME, "2026-1", given=True, news=True)
USED = replace(
    RECORD,
    contacts=(
        Contact("7", "sms", "•••5678", serves=("digest",)),
        Contact("8", "mail", "a•••@example.org", serves=("digest",)),
        Contact("occupation", "occupation", "t•••", sure=False, address=False),
    ),
    consents=(SENDS, replace(SENDS, purpose="campaign", given=False)),
)
HISTORY = {"zh": "借阅历史", "en": "history"}
YES = Consent("history", HISTORY, HISTORY, "2026-1", given=True)
DUNE_READ = HistoryEntry("7", "Dune", "Herbert", date(2026, 11, 1), "https://hub.example/p/titles/7/")
EMMA_READ = HistoryEntry("8", "Emma")
HISTORY_RECORD = PatronRecord(consents=(YES,), had=(DUNE_READ, EMMA_READ))


async def open_record(bench: Bench, room: RecordPage = RecordPage.ALL, record: PatronRecord = RECORD) -> Details:
    bench.library.record = record
    await bench.tap()
    await bench.press("account", "details")
    if isinstance(bench.view, Identify):
        await bench.type("4711")
    if room is not RecordPage.ALL:
        await bench.press("open", choice=room)
    return shown(bench.view, Details)


@story
async def test_record_opens_only_after_the_right_pin(bench: Bench) -> None:
    bench.library.record = RECORD
    await bench.tap()
    await bench.press("account", "details")
    assert shown(bench.view, Identify).pin and "5678" not in repr(bench.desk.session.view)
    await bench.type("0000")
    assert shown(bench.view, Identify).problem is not None
    await bench.press("back")
    assert isinstance(bench.view, Account)
    await bench.press("details")
    await bench.type("4711")
    assert shown(bench.view, Details).record == RECORD


@under(replace(RULES, pin="account"))
async def test_account_pin_also_opens_the_record(bench: Bench) -> None:
    bench.library.record = RECORD
    await bench.tap()
    await bench.press("account")
    assert "details" not in bench.offers()
    await bench.press("unlock")
    await bench.type("4711")
    await bench.press("details")
    assert shown(bench.view, Details).record == RECORD


@story
async def test_child_can_only_withdraw_consent(bench: Bench) -> None:
    (campaign,) = RECORD.consents
    for given in (False, True):
        bench.library.record = replace(RECORD, child=True, consents=(replace(campaign, given=given),))
        await bench.tap()
        await bench.press("account", "details")
        await bench.type("4711")
        await bench.press("open", choice=RecordPage.CONSENTS)
        await bench.press("why", choice="campaign")
        assert ({"give", "withdraw"} & bench.offers()) == ({"withdraw"} if given else set())
        await bench.press("finish")
    assert not bench.responses


@story
async def test_proof_of_identity_lasts_for_one_visit(bench: Bench) -> None:
    await open_record(bench)
    await bench.press("back", "details")
    assert isinstance(bench.view, Details)
    await bench.press("finish")
    assert isinstance(bench.desk.view, Welcome) and "5678" not in repr(bench.desk.session)
    await bench.tap()
    await bench.press("account", "details")
    assert isinstance(bench.view, Identify)


@story
async def test_patron_without_a_pin_opens_the_record_by_code(bench: Bench) -> None:
    bench.library.record, bench.library.proofs = RECORD, {ADA: ProofOptions(pin=False, by="sms")}
    await bench.tap()
    await bench.press("account", "details")
    assert not {"key", "continue"} & bench.offers(), "no code was requested yet"
    await bench.press("send_code")
    await bench.type("000000")
    assert shown(bench.view, Identify).problem is not None and not isinstance(bench.view, Details)
    await bench.type(bench.library.code_to_come)
    assert shown(bench.view, Details).record == RECORD


@story
async def test_requested_code_replaces_the_pin(bench: Bench) -> None:
    bench.library.record, bench.library.proofs = RECORD, {ADA: ProofOptions(pin=True, by="mail")}
    await bench.tap()
    await bench.press("account", "details", "send_code")
    await bench.type("4711")
    assert isinstance(bench.view, Identify)
    await bench.type(bench.library.code_to_come)
    assert isinstance(bench.view, Details)


@story
async def test_record_is_blocked_without_any_proof_of_identity(bench: Bench) -> None:
    bench.library.proofs = {ADA: ProofOptions(pin=False)}
    await bench.tap()
    await bench.press("account", "details")
    assert shown(bench.view, Blocked).block.reason is Reason.NO_PROOF
    await bench.press("account")
    assert isinstance(bench.view, Account)


@story
async def test_offline_record_stays_closed(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    await bench.press("account", "details")
    assert shown(bench.view, Blocked).block.reason is Reason.NEEDS_CENTRAL


@story
async def test_going_offline_during_pin_entry_blocks_the_record(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account", "details")
    await bench.network(up=False)
    assert shown(bench.view, Blocked).block.reason is Reason.NEEDS_CENTRAL


@story
async def test_wrong_pins_lock_the_record(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account", "details")
    while isinstance(bench.view, Identify):
        await bench.type("0000")
    assert shown(bench.view, Blocked).block.reason is Reason.PIN_LOCKED
    await bench.press("account", "details")
    assert shown(bench.view, Blocked).block.reason is Reason.PIN_LOCKED


@story
async def test_each_change_is_sent_once(bench: Bench) -> None:
    await open_record(bench, RecordPage.CONTACTS)
    await bench.press("right", choice="7")
    assert shown(bench.view, Details).changes == {"contact 7": LineState.DONE}
    assert "right" not in bench.offers()
    await bench.press("back", "open", choice=RecordPage.CONSENTS)
    await bench.press("why", choice="campaign")
    await bench.press("give", choice="campaign")
    await bench.press("withdraw", choice="campaign")
    assert bench.responses == [
        ContactCheck("right", "7", ADA),
        ConsentChange("give 2026-1", "campaign", ADA),
        ConsentChange("withdraw", "campaign", ADA),
    ]


@story
async def test_offline_change_is_saved_unconfirmed(bench: Bench) -> None:
    await open_record(bench, RecordPage.WAYS)
    await bench.network(up=False)
    await bench.press("first", choice="mail")
    view = shown(bench.view, Details)
    assert view.changes == {"channel": LineState.SAVED}
    assert view.record is not None and [each.channel for each in view.record.ways] == ["mail", "sms"]
    assert isinstance(bench.library.acts[-1][1], Deferred)


@story
async def test_reminder_consent_is_shown_and_changed_with_the_channels(bench: Bench) -> None:
    consent = Consent("reminders", {"en": "reminders"}, {"en": "Based on your usual days."}, "2026-1", given=False)
    await open_record(bench, RecordPage.WAYS, replace(RECORD, consents=(consent,)))
    await bench.press("why", choice="reminders")
    view = shown(bench.view, Details)
    assert (view.room, view.about) == (RecordPage.WHY, "reminders")
    await bench.press("give", choice="reminders")
    assert bench.responses[-1:] == [ConsentChange("give 2026-1", "reminders", ADA)]
    await bench.press("back")
    assert shown(bench.view, Details).room is RecordPage.WAYS
    await bench.press("back", "open", choice=RecordPage.CONSENTS)
    await bench.press("why", choice="reminders")
    await bench.press("back")
    assert shown(bench.view, Details).room is RecordPage.CONSENTS


@story
async def test_sent_test_message_is_shown_at_its_channel(bench: Bench) -> None:
    await open_record(bench, RecordPage.WAYS)
    await bench.press("send_test", choice="sms")
    await bench.press("first", choice="mail")
    view = shown(bench.view, Details)
    assert view.changes == {"test sms": LineState.DONE, "channel": LineState.DONE}
    words, status = Words("en"), replace(bench.desk.status, language="en")
    sheet = sheet_of(view, status, Theme(1280, 800, 10.1), words, Glyphs())
    heights = {mark.text: mark.box.y for mark in sheet if isinstance(mark, Text)}
    sent, mail, sms = (heights[text] for text in ("A test message is on its way.", "First: E-mail", "Text message"))
    assert abs(sent - sms) < abs(sent - mail), "not at the new first channel"


@story
async def test_refused_change_leaves_the_record_unchanged(bench: Bench) -> None:
    await open_record(bench, RecordPage.WAYS)
    await bench.press("open", choice=RecordPage.QUIET)
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.press("quiet", choice="22:00-07:00")
    view = shown(bench.view, Details)
    assert view.changes == {"quiet": LineState.REFUSED} and view.record == RECORD


@story
async def test_interests_messages_and_language_are_sent(bench: Bench) -> None:
    await open_record(bench, RecordPage.INTERESTS)
    await bench.press("remove", choice="I")
    await bench.press("restore", choice="I")
    await bench.press("open", choice=RecordPage.SUBJECTS)
    await bench.press("add", choice="K")
    await bench.press("back", "infer", choice="off")
    await bench.press("back", "open", choice=RecordPage.LETTERS)
    await bench.press("seen", choice="answer-1")
    await bench.press("back")
    await bench.choose("language_en")
    await bench.press("open", choice=RecordPage.DATA)
    await bench.press("speak", choice="en")
    sent = [(each.ask, each.answer, each.about) for each in bench.responses]
    assert sent == [
        ("interest", "remove", "I"), ("interest", "restore", "I"), ("interest", "add", "K"), ("infer", "off", ""),
        ("message", "read", "answer-1"), ("language", "en", ""),
    ]  # fmt: skip


@story
async def test_proof_of_identity_is_forgotten_at_finish(bench: Bench) -> None:
    await open_record(bench)
    before = bench.library.forgotten
    await bench.press("finish")
    assert (bench.view, bench.library.forgotten) == (Welcome(), before + 1)


@story
async def test_late_result_of_another_card_changes_nothing(bench: Bench) -> None:
    await open_record(bench, RecordPage.INTERESTS)
    await bench.press("open", choice=RecordPage.SUBJECTS)
    await bench.press("add", choice="K")
    assert shown(bench.view, Details).changes["interest K"] is LineState.DONE
    session, refused = bench.desk.session, Refused(Block(Reason.NEEDS_CENTRAL))
    for card, became in ((LIN, LineState.DONE), (ADA, LineState.REFUSED)):
        act = InterestChange("add", "K", card)
        answered = on_settled(session, Settled(ItemId(""), act, TransactionId("t0"), refused), act)
        for after in (answered, not_written(session, act)):
            assert shown(after.ground, Details).changes["interest K"] is became


@under(replace(RULES, record=False))
async def test_kiosk_without_records_offers_none(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account")
    assert "details" not in bench.offers() and "for_you" in bench.offers()


@story
async def test_only_languages_of_the_library_messages_are_offered(bench: Bench) -> None:
    await open_record(bench)
    await bench.press("open", choice=RecordPage.DATA)
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "speak"]
    assert offered == ["mn", "en"]


@story
async def test_erasure_takes_two_steps_and_is_requested_once(bench: Bench) -> None:
    await open_record(bench, RecordPage.DATA)
    assert "erase_all" not in bench.offers()
    await bench.press("open", choice=RecordPage.ERASE)
    assert bench.responses == []
    await bench.press("erase_all")
    assert bench.responses == [RecordErasure("please", "", ADA)] and "erase_all" not in bench.offers()


@story
async def test_visit_erasure_includes_later_items(bench: Bench) -> None:
    bench.library.record = RECORD
    await bench.borrow(DUNE)
    await bench.press("account", "details")
    await bench.type("4711")
    await bench.press("open", choice=RecordPage.DATA)
    await bench.press("forget_visit")
    assert bench.responses == [VisitErasure(DUNE, "", ADA)]
    await bench.scan(EMMA)
    assert isinstance(bench.view, Borrowing)
    await bench.press("finish")
    assert isinstance(bench.view, Farewell)
    assert bench.responses[-1] == VisitErasure(f"{EMMA},{DUNE}", "", ADA)
    assert all(isinstance(outcome, Accepted) for act, outcome in bench.library.acts if isinstance(act, PatronResponse))


@story
async def test_abandoned_visit_erasure_includes_later_items(bench: Bench) -> None:
    await open_record(bench)
    await bench.scan(DUNE)
    await bench.press("account", "details", "open", choice=RecordPage.DATA)
    await bench.press("forget_visit")
    await bench.scan(EMMA)
    await bench.wait(60)
    await bench.wait(30)
    assert isinstance(bench.view, Welcome)
    assert bench.responses[-1] == VisitErasure(f"{EMMA},{DUNE}", "", ADA)


@story
async def test_erasure_of_many_items_fits_the_message_length(bench: Bench) -> None:
    await open_record(bench)
    barcodes = [f"{n:064}" for n in range(100)]
    many = tuple(VisitLine(ItemId(each), VisitTask.BORROW, LineState.DONE) for each in barcodes)
    session = on_visit(bench.desk.session, forgets=True)
    acts = [each.act for each in forget(session, many).wanted if isinstance(each, Deliver)]
    answers = [act.answer for act in acts if isinstance(act, PatronResponse)]
    assert ",".join(answers).split(",") == barcodes
    assert [len(each) <= LONGEST_ANSWER for each in answers] == [True, True], "in the fewest messages"


@story
async def test_phone_link_is_shown_only_on_its_page(bench: Bench) -> None:
    await open_record(bench, RecordPage.CONTACTS)
    await bench.press("open", choice=RecordPage.PHONE)
    assert shown(bench.view, Details).link.startswith("https://")
    await bench.press("back")
    assert shown(bench.view, Details).link == ""


def serves(bench: Bench) -> dict[str, tuple[str, ...]]:
    mine = shown(bench.view, Details).record
    assert mine is not None
    return {each.channel: each.serves for each in mine.contacts}


@story
async def test_address_can_be_excluded_from_news_and_included_again(bench: Bench) -> None:
    await open_record(bench, RecordPage.CONTACTS, USED)
    assert "news" not in bench.offers(), "it serves every consented purpose"
    await bench.press("no_news", choice="sms")
    assert bench.responses == [AddressUse("withdraw", "sms", ADA)]
    assert serves(bench) == {"sms": (), "mail": ("digest",), "occupation": ()}
    await bench.press("back", "open", choice=RecordPage.CONSENTS)
    await bench.press("why", choice="campaign")
    await bench.press("give", choice="campaign")
    await bench.press("back", "back", "open", choice=RecordPage.CONTACTS)
    assert serves(bench) == {"sms": (), "mail": ("digest", "campaign"), "occupation": ()}
    await bench.press("news", choice="sms")
    assert serves(bench)["sms"] == ("digest", "campaign")
    await bench.press("back", "open", choice=RecordPage.CONSENTS)
    await bench.press("withdraw", choice="digest")
    await bench.press("back", "open", choice=RecordPage.CONTACTS)
    assert serves(bench) == {"sms": ("campaign",), "mail": ("campaign",), "occupation": ()}


@story
async def test_wrong_detail_is_removed_with_one_touch(bench: Bench) -> None:
    await open_record(bench, RecordPage.CONTACTS, USED)
    await bench.press("right", choice="occupation")
    assert "right" not in bench.offers()
    await bench.press("wrong", choice="occupation")
    mine = shown(bench.view, Details).record
    assert mine is not None and [each.number for each in mine.contacts] == ["7", "8"]
    assert [each.answer for each in bench.responses] == ["right", "wrong"]


async def open_history(bench: Bench, record: PatronRecord = HISTORY_RECORD) -> Details:
    bench.library.record = record
    await bench.tap()
    await bench.press("account", "for_you")
    assert isinstance(bench.view, Identify) and "Dune" not in repr(bench.desk.session)
    await bench.type("4711")
    await bench.press("had")
    return shown(bench.view, Details)


def had(bench: Bench) -> tuple[HistoryEntry, ...]:
    mine = shown(bench.view, Details).record
    assert mine is not None
    return mine.had


@story
async def test_loan_history_opens_after_the_pin_and_is_cleared_at_finish(bench: Bench) -> None:
    view = await open_history(bench)
    assert view.room is RecordPage.HAD and had(bench) == (DUNE_READ, EMMA_READ)
    await bench.press("back")
    shown(bench.view, ForYou)
    await bench.press("finish")
    assert "Dune" not in repr(bench.desk.session)


@story
async def test_title_is_removed_from_the_history_online_and_offline(bench: Bench) -> None:
    await open_history(bench)
    await bench.press("drop", choice="8")
    assert bench.responses == [HistoryErasure("remove", "8", ADA)] and had(bench) == (DUNE_READ,)
    assert shown(bench.view, Details).changes["had 8"] is LineState.DONE
    await bench.network(up=False)
    await bench.press("drop", choice="7")
    assert had(bench) == () and shown(bench.view, Details).changes["had 7"] is LineState.SAVED


@story
async def test_withdrawn_consent_clears_the_history(bench: Bench) -> None:
    await open_history(bench)
    await bench.press("withdraw", choice="history")
    assert bench.responses == [ConsentChange("withdraw", "history", ADA)] and had(bench) == ()
    assert "drop" not in bench.offers()
    await bench.press("open", choice="consents")
    assert shown(bench.view, Details).room is RecordPage.CONSENTS


@story
async def test_history_without_consent_offers_nothing(bench: Bench) -> None:
    await open_history(bench, replace(HISTORY_RECORD, consents=(replace(YES, given=False),), had=()))
    assert {"drop", "recommend", "withdraw"}.isdisjoint(bench.offers())


@story
async def test_title_with_a_page_can_be_recommended_to_a_friend(bench: Bench) -> None:
    await open_history(bench)
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "recommend"]
    assert offered == ["7"]
    await bench.press("recommend", choice="7")
    view = shown(bench.view, Details)
    assert (view.room, view.about) == (RecordPage.FRIEND, "7")
    await bench.press("back")
    assert shown(bench.view, Details).room is RecordPage.HAD and bench.responses == []


@under(replace(RULES, record=False))
async def test_loan_history_without_a_hub_record_is_not_offered(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account", "for_you")
    await bench.type("4711")
    assert isinstance(bench.view, ForYou) and "had" not in bench.offers()


@story
async def test_hidden_titles_are_hidden_in_the_history(bench: Bench) -> None:
    view = await open_history(bench)
    await bench.press("display")
    assert "hide_titles" in bench.offers()
    hidden = without_titles(view, Words("en"))
    assert hidden.record is not None and [each.title for each in hidden.record.had] == ["Book 1", "Book 2"]
    assert "Herbert" not in repr(hidden)
