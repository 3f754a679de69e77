"""Test the intake of uploaded rows: each once, in order, and none lost silently."""

import json
import logging
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.db.models.signals import post_save

from hub.circulation import cards, exceptions, operations
from hub.circulation.models import ExceptionCase, Kiosk, Library, Loan, PendingReturn, Transaction
from lending.model import Block, Reason
from tests.hub.support.world import ADA_UID, DUE, LIN_UID, NOW, World


def test_a_loan_is_made_once_however_often_its_row_comes(world: World) -> None:
    row = world.borrows(world.dune)
    first = world.tell(row)
    again = world.tell(row)
    assert first["outcome"] == "accepted"
    assert first["due"] == "2026-12-23T23:59:00+08:00"
    assert again == first
    assert [str(loan.transaction) for loan in world.loans(world.dune)] == [row["id"]]


def test_an_accepted_row_stays_accepted_when_it_comes_back_as_no_block(world: World) -> None:
    row = world.borrows(world.dune)
    first = world.tell(row)
    world.tell(world.returns(world.dune, "trusted"))
    assert world.tell({**row, "no_block": True}) == first
    assert len(world.loans(world.dune)) == 1


def test_what_was_done_and_nobody_was_told_is_shown_to_staff_once(world: World) -> None:
    row = world.borrows(world.dune)
    first = world.tell({**row, "untold": True})
    assert first["outcome"] == "accepted"
    assert world.tell({**row, "untold": True}) == first
    (case,) = world.open_cases()
    assert (case.kind, case.reason, str(case.transaction_id)) == ("untold", "untold", row["id"])
    assert len(world.loans(world.dune)) == 1


def test_a_loan_whose_answer_was_lost_is_shown_when_it_turns_out_that_nobody_was_told(world: World) -> None:
    row = world.borrows(world.dune)
    first = world.tell(row)
    assert world.open_cases() == []
    assert world.tell({**row, "untold": True}) == first
    assert [case.kind for case in world.open_cases()] == ["untold"]


def test_a_no_that_nobody_heard_is_no_case(world: World) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    assert world.tell({**world.borrows(world.dune), "untold": True})["outcome"] == "refused"
    assert world.open_cases() == []


def test_a_refusal_tells_its_reason_and_facts_and_changes_nothing(world: World) -> None:
    world.ada.expires = NOW.date() - timedelta(days=1)
    world.ada.save()
    answer = world.tell(world.borrows(world.dune))
    assert (answer["outcome"], answer["reason"], answer["on"]) == ("refused", "card_expired", "2026-11-24")
    assert world.loans(world.dune) == []
    assert world.happened() == []
    assert world.open_cases() == []


def test_a_refused_row_is_judged_anew_once_when_it_has_happened_all_the_same(world: World) -> None:
    world.ada.expires = NOW.date() - timedelta(days=1)
    world.ada.save()
    row = world.borrows(world.dune)
    assert world.tell(row)["outcome"] == "refused"
    assert world.tell(row)["outcome"] == "refused"
    promised = world.tell({**row, "no_block": True})
    assert promised["outcome"] == "accepted"
    assert world.tell({**row, "no_block": True}) == promised
    assert world.tell(row) == promised
    assert len(world.loans(world.dune)) == 1


def test_what_cannot_be_done_even_so_goes_to_the_exception_desk_once(world: World) -> None:
    world.tell(world.borrows(world.dune, LIN_UID))
    row = world.borrows(world.dune)
    assert world.tell(row)["reason"] == "on_loan_to_other"
    set_aside = world.tell({**row, "no_block": True})
    assert set_aside["outcome"] == "set_aside"
    assert world.tell({**row, "no_block": True}) == set_aside
    (case,) = world.open_cases()
    assert (case.pk, case.reason, str(case.transaction_id)) == (set_aside["exception"], "on_loan_to_other", row["id"])
    assert [loan.patron for loan in world.loans(world.dune)] == [world.lin]


def test_rules_do_not_stop_what_has_happened(world: World) -> None:
    """Limit, fees, expiry and another patron's hold: the book has left the building."""
    world.ada.expires = NOW.date() - timedelta(days=1)
    world.ada.save()
    rows = [world.borrows(item, no_block=True) for item in (world.dune, world.emma, world.utopia)]
    assert [answer["outcome"] for answer in world.hand_over(*rows)] == ["accepted"] * 3


def test_the_later_due_date_holds_for_what_was_promised(world: World) -> None:
    later, sooner = DUE + timedelta(days=7), DUE - timedelta(days=7)
    world.tell(world.borrows(world.dune, no_block=True, due=later))
    world.tell(world.borrows(world.emma, no_block=True, due=sooner))
    assert world.loans(world.dune)[0].due == later
    assert world.loans(world.emma)[0].due == DUE


def test_a_promise_that_no_rule_can_have_given_is_kept_within_bounds(world: World) -> None:
    """A kiosk whose clock said 2199, and who believed it."""
    far = DUE.replace(year=2199)
    world.hand_over(world.borrows(world.dune, no_block=True, due=far), world.renews(world.dune, no_block=True, due=far))
    (loan,) = world.loans(world.dune)
    assert (loan.renewals, loan.due) == (0, DUE + timedelta(days=60)), "the renewal moves nothing"


def test_a_promise_reckoned_by_an_unknown_clock_does_not_date_the_loan(world: World) -> None:
    row = world.borrows(world.dune, no_block=True, due=DUE + timedelta(days=3650))
    world.tell({**row, "trust": "unknown", "at": "2036-01-01T00:00:00+00:00"})
    (loan,) = world.loans(world.dune)
    assert loan.checked_out_at - NOW < timedelta(minutes=1)
    assert loan.due == DUE


def test_a_believed_time_of_the_kiosk_dates_the_loan(world: World) -> None:
    row = world.borrows(world.dune, no_block=True)
    world.ahead(days=2)
    world.tell(row)
    assert world.loans(world.dune)[0].checked_out_at.isoformat() == row["at"]


def test_a_time_in_the_hubs_future_is_not_believed(world: World) -> None:
    row = world.borrows(world.dune)
    world.tell({**row, "at": (NOW + timedelta(days=300)).isoformat()})
    assert world.loans(world.dune)[0].checked_out_at < NOW + timedelta(minutes=1)


def test_a_known_number_with_another_content_is_set_aside_with_an_alarm(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    row = world.borrows(world.dune)
    first = world.tell(row)
    other = {**world.borrows(world.emma), "id": row["id"]}
    with caplog.at_level(logging.ERROR, "hub"):
        answer = world.tell(other)
    assert answer["outcome"] == "set_aside"
    assert row["id"] in caplog.text
    assert world.tell(other)["exception"] == answer["exception"]
    assert world.tell(row) == first
    assert world.loans(world.emma) == []
    assert [case.kind for case in world.open_cases()] == ["conflict"]


def test_a_number_of_another_kiosk_is_a_conflict_too(world: World) -> None:
    back = world.another("back")
    row = world.borrows(world.dune)
    world.tell(row)
    answer = world.post(row, by=back).json()["answers"][0]
    assert answer["outcome"] == "set_aside"
    assert len(world.loans(world.dune)) == 1


def test_cloned_kiosk_with_one_key_are_told_once_a_day_and_no_row_is_lost(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A kiosk's SD card was copied into a second machine: both continue from the same number."""
    world.hand_over(first := world.borrows(world.dune), world.borrows(world.utopia, LIN_UID))
    with caplog.at_level(logging.ERROR, "hub"):
        answers = [
            world.tell({**world.borrows(world.emma), "seq": first["seq"]}),
            world.tell({**world.returns(world.dune), "seq": first["seq"]}),
        ]
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    (case,) = world.open_cases()
    assert (case.kind, case.reason, case.seq) == ("conflict", "cloned_kiosk", None)
    assert "two machines" in caplog.text
    world.ahead(days=1)
    world.tell({**world.returns(world.emma), "seq": first["seq"]})
    assert [case.reason for case in world.open_cases()] == ["cloned_kiosk"] * 2


def test_what_a_kiosk_sends_again_or_late_is_no_second_box(world: World) -> None:
    rows = [world.borrows(world.dune), world.borrows(world.emma), world.returns(world.dune)]
    for row in (rows[0], rows[2], rows[1], rows[1], rows[0]):
        world.tell(row)
    assert not ExceptionCase.objects.filter(kind="conflict").exists()


def test_a_row_that_cannot_be_read_has_one_case_whether_or_not_somebody_was_told(world: World) -> None:
    bad = {**world.borrows(world.emma), "colour": "red"}
    first = world.tell(bad)
    for told in ({"untold": True}, {"untold": False}, {"no_block": True}):
        assert world.tell({**bad, **told}) == first
    assert len(world.open_cases()) == 1


def test_a_row_that_cannot_be_read_stands_aside_and_the_others_go_on(world: World) -> None:
    good, also_good = world.borrows(world.dune), world.returns(world.dune)
    bad = [
        world.row("dance", partner="lin"),
        {**world.borrows(world.emma), "colour": "red"},
        world.row("checkout", item=world.emma.barcode),
        {"id": "nonsense"},
        {**world.borrows(world.emma), "body": "not JSON"},
        {**world.borrows(world.emma), "body": "\x00"},
        {**world.borrows(world.emma), "seq": 2**70},
        {**world.borrows(world.emma), "at": "0001-01-01T00:00:00+14:00"},
        {**world.borrows(world.emma), "boot": "\x07"},
        {},
    ]
    answers = world.hand_over(good, *bad, also_good)
    assert [each["outcome"] for each in answers] == ["accepted", *["set_aside"] * len(bad), "accepted"]
    assert all(each["reason"] and each["exception"] for each in answers[1:-1])
    assert world.loans(world.emma) == []


def test_an_unreadable_row_with_signs_that_no_database_takes_stands_aside(world: World) -> None:
    bad = {**world.borrows(world.emma), "x\x00y": 1}
    answer = world.tell(bad)
    assert answer["outcome"] == "set_aside"
    assert "x\ufffdy" in world.open_cases()[0].detail
    assert world.tell(bad) == answer


def test_an_unreadable_row_that_comes_again_finds_its_case(world: World) -> None:
    bad = {"id": "nonsense", "seq": 1, "no_block": False}
    first = world.tell(bad)
    assert world.tell({**bad, "no_block": True}) == first
    unknown_kind = world.row("dance")
    assert world.tell(unknown_kind) == world.tell(unknown_kind)
    assert len([case for case in world.open_cases() if case.kind == "set_aside"]) == 2


def test_a_gap_is_reported_once_and_closes_when_the_rows_come(world: World) -> None:
    first, second, third, fourth = (world.row("checkin", item="3", mode="provisional") for _ in range(4))
    world.tell(first)
    assert Kiosk.objects.get().max_contiguous_seq == 1
    world.hand_over(third, fourth)
    (case,) = [case for case in world.open_cases() if case.kind == "gap"]
    assert case.detail == "rows 2 to 2 did not come before row 3"
    assert Kiosk.objects.get().max_contiguous_seq == 1
    world.tell(second)
    assert Kiosk.objects.get().max_contiguous_seq == 4
    assert [case for case in world.open_cases() if case.kind == "gap"] == []


def test_a_row_that_was_set_aside_leaves_no_gap(world: World) -> None:
    world.hand_over(world.borrows(world.dune), {"id": "x", "seq": 2}, {**world.returns(world.dune), "seq": 3})
    assert Kiosk.objects.get().max_contiguous_seq == 3


def test_the_first_answer_and_the_loan_are_one_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power goes between the loan and its answer: neither is there, and the row can come again."""

    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    row = world.borrows(world.dune)
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(Transaction, "save", power_cut)
        world.tell(row)
    assert world.loans(world.dune) == []
    assert world.happened() == []
    assert world.tell(row)["outcome"] == "accepted"


def test_an_obstacle_refuses_only_what_may_still_be_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("circulation"), "obstacle", lambda: Block(Reason.CENTRAL_REFUSED))
    row = world.borrows(world.dune)
    assert world.tell(row)["reason"] == "central_refused"
    assert world.tell({**row, "no_block": True})["outcome"] == "accepted"


def test_a_provisional_return_is_closed_when_somebody_borrows_the_item(world: World) -> None:
    world.tell(world.borrows(world.dune))
    handed_in = world.tell(world.returns(world.dune))
    assert (handed_in["outcome"], handed_in["place"]) == ("accepted", "A")
    assert [loan.state for loan in world.loans(world.dune)] == ["handed_in"]
    assert world.tell(world.borrows(world.dune, LIN_UID))["outcome"] == "accepted"
    adas, lins = world.loans(world.dune)
    assert (adas.state, lins.state) == (Loan.State.RETURNED, Loan.State.ON_LOAN)
    assert PendingReturn.objects.get().state == PendingReturn.State.LENT


def test_a_return_of_what_is_on_no_loan_is_refused_at_the_desk_and_welcome_afterwards(world: World) -> None:
    row = world.returns(world.dune)
    assert world.tell(row)["reason"] == "not_on_loan"
    assert world.tell({**row, "no_block": True})["outcome"] == "accepted"
    assert world.tell(world.row("checkin", no_block=True, item="999", mode="bin"))["outcome"] == "set_aside"


def test_a_loan_that_the_hub_did_not_know_to_be_over_makes_room_for_the_next(world: World) -> None:
    world.tell(world.borrows(world.dune))
    again = world.borrows(world.dune)
    assert world.tell(again)["reason"] == "already_yours"
    assert world.tell({**again, "no_block": True})["outcome"] == "accepted"
    assert [loan.state for loan in world.loans(world.dune)] == ["returned", "on_loan"]


def test_undo_takes_back_the_loan(world: World) -> None:
    loan = world.borrows(world.dune)
    world.tell(loan)
    assert world.tell(world.undoes(loan))["outcome"] == "accepted"
    assert [each.state for each in world.loans(world.dune)] == ["undone"]
    assert world.tell(world.undoes(loan))["reason"] == "nothing_to_undo"


def test_undo_of_a_promise_that_could_not_be_kept_closes_its_case(world: World) -> None:
    world.tell(world.borrows(world.dune, LIN_UID))
    promised = world.borrows(world.dune, no_block=True)
    assert world.tell(promised)["outcome"] == "set_aside"
    assert world.tell(world.undoes(promised, no_block=True))["outcome"] == "accepted"
    assert world.open_cases() == []


def test_nobody_undoes_what_another_kiosk_did(world: World) -> None:
    back = world.another("back")
    loan = world.borrows(world.dune)
    world.tell(loan)
    undo = {**world.undoes(loan), "seq": 1}
    assert world.post(undo, by=back).json()["answers"][0]["reason"] == "nothing_to_undo"


def test_undo_of_a_renewal_brings_the_old_due_date_back(world: World) -> None:
    world.tell(world.borrows(world.dune))
    world.ahead(days=7)
    renewal = world.renews(world.dune)
    assert world.tell(renewal)["due"] == "2026-12-30T23:59:00+08:00"
    assert world.tell(world.undoes(renewal))["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.due, loan.renewals) == (DUE, 0)


def test_staff_can_do_a_case_again_after_they_mended_what_stood_in_its_way(world: World) -> None:
    world.tell(world.borrows(world.dune, LIN_UID))
    row = world.borrows(world.dune, no_block=True)
    world.tell(row)
    (case,) = world.open_cases()
    refused = exceptions.apply_again(case, "grace", NOW)
    assert refused is not None and refused.reason is Reason.ON_LOAN_TO_OTHER
    world.tell(world.returns(world.dune, "trusted"))
    assert exceptions.apply_again(case, "grace", NOW) is None
    assert exceptions.apply_again(case, "grace", NOW) is None
    assert len(world.loans(world.dune)) == 2
    case.refresh_from_db()
    assert (case.resolved_by, case.resolution) == ("grace", "done again")
    assert str(world.loans(world.dune)[-1].transaction) == row["id"]


def test_staff_can_close_a_case_with_words_of_their_own(world: World) -> None:
    world.tell({"id": "nonsense"})
    (case,) = world.open_cases()
    exceptions.resolve(case, "grace", "looked at it", NOW)
    assert ExceptionCase.objects.get().resolution == "looked at it"


def test_the_envelope_has_its_bounds(world: World) -> None:
    row = world.borrows(world.dune)

    def status(content: str) -> int:
        posted = world.client().post("/api/v1/transactions", content, content_type="application/json")
        return int(posted.status_code)

    assert status(json.dumps({"wire": 1, "rows": [row] * 51})) == 413
    assert status(json.dumps({"wire": 1, "rows": [{"pad": "x" * 70_000}]})) == 413
    assert status(json.dumps({"wire": 2, "rows": [row]})) == 422
    assert status(json.dumps({"wire": 1, "rows": []})) == 422
    assert status(json.dumps({"wire": 1, "rows": [7]})) == 422
    assert status("[" * 60_000) == 422
    assert status("<html>") == 422
    assert Transaction.objects.count() == 0


def test_numbers_that_are_nobodys_are_refused_and_never_lost_when_promised(world: World) -> None:
    unknown_card = world.borrows(world.dune, "DEADBEEF")
    unknown_item = world.row("renew", card=cards.hashed("04A1B2C3"), item="999", due=DUE.isoformat())
    unknown_cards_renewal = world.renews(world.dune, "DEADBEEF")
    rows = [unknown_card, unknown_item, unknown_cards_renewal]
    assert [each["reason"] for each in world.hand_over(*rows)] == ["unknown_card", "unknown_item", "unknown_card"]
    promised = world.hand_over(*[{**row, "no_block": True} for row in rows])
    assert [each["outcome"] for each in promised] == ["set_aside"] * 3
    assert len(world.open_cases()) == 3


def test_a_lost_item_that_was_lent_all_the_same_is_found(world: World) -> None:
    operations.lose(world.by, world.dune)
    row = world.borrows(world.dune)
    assert world.tell(row)["reason"] == "item_lost"
    assert world.tell({**row, "no_block": True})["outcome"] == "accepted"
    world.dune.refresh_from_db()
    assert world.dune.condition == "normal"


def test_a_promised_renewal_is_kept_whatever_the_rules_say(world: World) -> None:
    world.tell(world.borrows(world.dune))
    world.waits(world.lin, world.dune)
    later = DUE + timedelta(days=10)
    row = world.renews(world.dune, due=later)
    assert world.tell(row)["reason"] == "someone_waits"
    assert world.tell({**row, "no_block": True})["due"] == later.isoformat().replace("+00:00", "Z")
    others = world.renews(world.dune, LIN_UID, no_block=True)
    assert world.tell(others)["outcome"] == "set_aside"


def test_staff_see_which_item_a_case_is_about(world: World) -> None:
    world.tell(world.borrows(world.dune, LIN_UID))
    world.hand_over(world.borrows(world.dune, no_block=True), world.row("dance"), {"id": "x"})
    assert [exceptions.item_of(case) for case in world.open_cases()] == [world.dune.barcode, None, None]


def test_an_error_of_the_hub_sets_its_row_aside_and_the_others_go_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The library's time zone is misspelled: due dates cannot be computed, but returns can be stored."""
    operations.checkout(world.by, world.ada, world.emma)
    Library.objects.update(timezone="Mars/Olympus")
    lent, given = world.borrows(world.dune, no_block=True), world.returns(world.emma)
    with caplog.at_level(logging.ERROR, "hub"):
        answers = world.hand_over(lent, given)
    assert [each["outcome"] for each in answers] == ["set_aside", "accepted"]
    (case,) = world.open_cases()
    assert (case.kind, case.reason) == ("set_aside", "hub error: ZoneInfoNotFoundError")
    assert answers[0]["exception"] == case.pk
    assert "apply_transaction.py" in caplog.text
    assert not [text for text in (world.dune.barcode, cards.hashed(ADA_UID), "Ada") if text in caplog.text]
    assert world.tell(lent) == answers[0]
    assert Kiosk.objects.get().max_contiguous_seq == 2


def test_nothing_stays_of_what_an_error_of_the_hub_cut_short(world: World) -> None:
    """Something that listens to new loans fails after the loan was written."""

    def fails(**_told: object) -> None:
        raise ZeroDivisionError

    lent, given = world.borrows(world.dune), world.returns(world.utopia, no_block=True)
    post_save.connect(fails, sender=Loan)
    try:
        assert [each["outcome"] for each in world.hand_over(lent, given)] == ["set_aside", "accepted"]
    finally:
        post_save.disconnect(fails, sender=Loan)
    assert world.loans(world.dune) == []
    assert world.happened() == []
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", NOW) is None
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_a_row_that_a_constraint_forbids_is_tried_twice_and_then_stands_aside(world: World) -> None:
    """Whatever breaks the rule will break it for ever: the kiosk's other rows must not wait for it."""
    tried: list[int] = []

    def forbids(**_told: object) -> None:
        tried.append(1)
        raise IntegrityError

    row, after = world.borrows(world.dune, no_block=True), world.returns(world.utopia, no_block=True)
    post_save.connect(forbids, sender=Loan)
    try:
        answers = world.hand_over(row, after)
    finally:
        post_save.disconnect(forbids, sender=Loan)
    assert [each["outcome"] for each in answers] == ["set_aside", "accepted"]
    assert len(tried) == 2
    (case,) = world.open_cases()
    assert case.reason == "hub error: IntegrityError"
    assert world.loans(world.dune) == []


def test_a_row_that_somebody_came_in_between_of_is_done_at_the_second_try(world: World) -> None:
    tried: list[int] = []

    def forbids_once(**_told: object) -> None:
        tried.append(1)
        if len(tried) == 1:
            raise IntegrityError

    post_save.connect(forbids_once, sender=Loan)
    try:
        answer = world.tell(world.borrows(world.dune))
    finally:
        post_save.disconnect(forbids_once, sender=Loan)
    assert answer["outcome"] == "accepted"
    assert world.happened() == ["checkout"]


A_JOURNAL, ANOTHER = "01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b"


def of_journal(world: World, journal: str, *seqs: int) -> None:
    """Hands over one row after another with these numbers."""
    for seq in seqs:
        row = {**world.returns(world.emma, no_block=True), "seq": seq}
        envelope = {"wire": 1, "journal": journal, "rows": [row]}
        posted = world.client().post("/api/v1/transactions", envelope, content_type="application/json")
        assert posted.json()["answers"][0]["outcome"] == "accepted"


def gaps(world: World) -> list[str]:
    return [case.detail for case in world.open_cases() if case.kind == "gap"]


def test_a_new_journal_is_counted_from_its_own_beginning(world: World) -> None:
    of_journal(world, A_JOURNAL, 1, 2, 3, 4, 5)
    of_journal(world, ANOTHER, 1, 4)
    assert gaps(world) == ["rows 2 to 3 did not come before row 4"]
    assert Kiosk.objects.get().max_contiguous_seq == 1
    of_journal(world, ANOTHER, 2, 3)
    assert gaps(world) == []
    assert Kiosk.objects.get().max_contiguous_seq == 4


def test_each_journal_has_gaps_of_its_own(world: World) -> None:
    of_journal(world, A_JOURNAL, 1, 3)
    of_journal(world, ANOTHER, 1, 3)
    assert gaps(world) == ["rows 2 to 2 did not come before row 3"] * 2
    of_journal(world, A_JOURNAL, 2)
    assert Kiosk.objects.get().max_contiguous_seq == 3
    assert [case.journal for case in world.open_cases()] == [ANOTHER]


def test_a_kiosk_that_begins_to_tell_its_journal_goes_on_counting(world: World) -> None:
    of_journal(world, "", 1, 2, 4)
    of_journal(world, A_JOURNAL, 5)
    assert gaps(world) == ["rows 3 to 3 did not come before row 4"]
    of_journal(world, A_JOURNAL, 3)
    assert gaps(world) == []
    assert Kiosk.objects.get().max_contiguous_seq == 5


def test_a_kiosk_whose_first_word_of_a_journal_is_of_a_new_one_starts_anew(world: World) -> None:
    of_journal(world, "", 1, 2, 3)
    of_journal(world, A_JOURNAL, 1, 3)
    assert gaps(world) == ["rows 2 to 2 did not come before row 3"]


def test_a_row_that_was_set_aside_ahead_of_its_turn_is_counted_when_the_one_before_it_comes(world: World) -> None:
    first, second, third = world.returns(world.dune), world.returns(world.dune), world.returns(world.dune)
    world.tell(first)
    assert world.tell({**third, "boot": "no blanks here"})["outcome"] == "set_aside"
    ExceptionCase.objects.filter(kind="gap").update(resolved_at=NOW)  # staff have looked into it
    world.tell(second)
    assert Kiosk.objects.get().max_contiguous_seq == 3


def test_a_row_that_comes_again_under_another_number_is_counted_once(world: World) -> None:
    row, next_one = world.returns(world.dune), world.returns(world.dune)
    world.tell(row)
    world.tell({**row, "seq": 2})
    assert Kiosk.objects.get().max_contiguous_seq == 1
    world.tell({**row, "seq": 4})
    assert gaps(world) == ["rows 2 to 3 did not come before row 4"]
    world.tell(next_one)
    assert Kiosk.objects.get().max_contiguous_seq == 2
    assert gaps(world) == []
