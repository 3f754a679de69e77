"""Test the intake of uploaded rows and journal files: each row once, in order, and none lost silently."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.db.models.signals import post_save

from hub.circulation import cards
from hub.circulation.intake import encrypted_rows, exceptions
from hub.circulation.models import ExceptionCase, Kiosk, Library, Loan, PendingReturn, Transaction
from hub.circulation.operations import loan_changes
from hub.cli import main
from lending.model import Block, Reason
from tests.hub.support.world import ADA_UID, DUE, LIN_UID, NOW, World


def test_repeated_row_creates_one_loan(world: World) -> None:
    row = world.checkout(world.dune)
    first = world.upload(row)
    again = world.upload(row)
    assert first["outcome"] == "accepted"
    assert first["due"] == "2026-12-23T23:59:00+08:00"
    assert again == first
    assert [str(loan.transaction) for loan in world.loans(world.dune)] == [row["id"]]


def test_accepted_row_repeated_as_no_block_keeps_its_answer(world: World) -> None:
    row = world.checkout(world.dune)
    first = world.upload(row)
    world.upload(world.checkin(world.dune, "trusted"))
    assert world.upload({**row, "no_block": True}) == first
    assert len(world.loans(world.dune)) == 1


def test_accepted_row_not_shown_to_the_patron_opens_one_exception(world: World) -> None:
    row = world.checkout(world.dune)
    first = world.upload({**row, "untold": True})
    assert first["outcome"] == "accepted"
    assert world.upload({**row, "untold": True}) == first
    (case,) = world.open_cases()
    assert (case.kind, case.reason, str(case.transaction_id)) == ("untold", "untold", row["id"])
    assert len(world.loans(world.dune)) == 1


def test_stored_row_repeated_as_not_shown_opens_an_exception(world: World) -> None:
    row = world.checkout(world.dune)
    first = world.upload(row)
    assert world.open_cases() == []
    assert world.upload({**row, "untold": True}) == first
    assert [case.kind for case in world.open_cases()] == ["untold"]


def test_refused_row_not_shown_to_the_patron_opens_no_exception(world: World) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    assert world.upload({**world.checkout(world.dune), "untold": True})["outcome"] == "refused"
    assert world.open_cases() == []


def test_refusal_states_reason_and_date_and_changes_nothing(world: World) -> None:
    world.ada.expires = NOW.date() - timedelta(days=1)
    world.ada.save()
    answer = world.upload(world.checkout(world.dune))
    assert (answer["outcome"], answer["reason"], answer["on"]) == ("refused", "card_expired", "2026-11-24")
    assert world.loans(world.dune) == []
    assert world.event_kinds() == []
    assert world.open_cases() == []


def test_refused_row_repeated_as_no_block_is_reapplied_once(world: World) -> None:
    world.ada.expires = NOW.date() - timedelta(days=1)
    world.ada.save()
    row = world.checkout(world.dune)
    assert world.upload(row)["outcome"] == "refused"
    assert world.upload(row)["outcome"] == "refused"
    promised = world.upload({**row, "no_block": True})
    assert promised["outcome"] == "accepted"
    assert world.upload({**row, "no_block": True}) == promised
    assert world.upload(row) == promised
    assert len(world.loans(world.dune)) == 1


def test_no_block_row_that_cannot_be_applied_is_set_aside_once(world: World) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    row = world.checkout(world.dune)
    assert world.upload(row)["reason"] == "on_loan_to_other"
    set_aside = world.upload({**row, "no_block": True})
    assert set_aside["outcome"] == "set_aside"
    assert world.upload({**row, "no_block": True}) == set_aside
    (case,) = world.open_cases()
    assert (case.pk, case.reason, str(case.transaction_id)) == (set_aside["exception"], "on_loan_to_other", row["id"])
    assert [loan.patron for loan in world.loans(world.dune)] == [world.lin]


def test_no_block_rows_are_accepted_against_the_rules(world: World) -> None:
    """The items have already left the library."""
    world.ada.expires = NOW.date() - timedelta(days=1)
    world.ada.save()
    rows = [world.checkout(item, no_block=True) for item in (world.dune, world.emma, world.utopia)]
    assert [answer["outcome"] for answer in world.upload_all(*rows)] == ["accepted"] * 3


def test_no_block_loan_gets_the_later_of_promised_and_computed_due_date(world: World) -> None:
    later, sooner = DUE + timedelta(days=7), DUE - timedelta(days=7)
    world.upload(world.checkout(world.dune, no_block=True, due=later))
    world.upload(world.checkout(world.emma, no_block=True, due=sooner))
    assert world.loans(world.dune)[0].due == later
    assert world.loans(world.emma)[0].due == DUE


def test_promised_due_date_is_capped(world: World) -> None:
    """The kiosk's clock was in the year 2199."""
    far = DUE.replace(year=2199)
    world.upload_all(
        world.checkout(world.dune, no_block=True, due=far), world.renewal(world.dune, no_block=True, due=far)
    )
    (loan,) = world.loans(world.dune)
    assert (loan.renewals, loan.due) == (0, DUE + timedelta(days=60)), "the renewal changes nothing"


def test_promised_due_date_of_an_untrusted_clock_is_ignored(world: World) -> None:
    row = world.checkout(world.dune, no_block=True, due=DUE + timedelta(days=3650))
    world.upload({**row, "trust": "unknown", "at": "2036-01-01T00:00:00+00:00"})
    (loan,) = world.loans(world.dune)
    assert loan.checked_out_at - NOW < timedelta(minutes=1)
    assert loan.due == DUE


def test_trusted_kiosk_time_dates_the_loan(world: World) -> None:
    row = world.checkout(world.dune, no_block=True)
    world.advance(days=2)
    world.upload(row)
    assert world.loans(world.dune)[0].checked_out_at.isoformat() == row["at"]


def test_time_in_the_future_is_not_used(world: World) -> None:
    row = world.checkout(world.dune)
    world.upload({**row, "at": (NOW + timedelta(days=300)).isoformat()})
    assert world.loans(world.dune)[0].checked_out_at < NOW + timedelta(minutes=1)


def test_reused_transaction_id_with_other_content_is_a_conflict(world: World, caplog: pytest.LogCaptureFixture) -> None:
    row = world.checkout(world.dune)
    first = world.upload(row)
    other = {**world.checkout(world.emma), "id": row["id"]}
    with caplog.at_level(logging.ERROR, "hub"):
        answer = world.upload(other)
    assert answer["outcome"] == "set_aside"
    assert row["id"] in caplog.text
    assert world.upload(other)["exception"] == answer["exception"]
    assert world.upload(row) == first
    assert world.loans(world.emma) == []
    assert [case.kind for case in world.open_cases()] == ["conflict"]


def test_transaction_id_of_another_kiosk_is_a_conflict(world: World) -> None:
    back = world.add_kiosk("back")
    row = world.checkout(world.dune)
    world.upload(row)
    answer = world.post(row, by=back).json()["answers"][0]
    assert answer["outcome"] == "set_aside"
    assert len(world.loans(world.dune)) == 1


def test_cloned_kiosk_opens_one_exception_a_day_and_loses_no_row(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A kiosk's SD card was copied into a second machine: both continue from the same number."""
    world.upload_all(first := world.checkout(world.dune), world.checkout(world.utopia, LIN_UID))
    with caplog.at_level(logging.ERROR, "hub"):
        answers = [
            world.upload({**world.checkout(world.emma), "seq": first["seq"]}),
            world.upload({**world.checkin(world.dune), "seq": first["seq"]}),
        ]
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    (case,) = world.open_cases()
    assert (case.kind, case.reason, case.seq) == ("conflict", "cloned_kiosk", None)
    assert "two machines" in caplog.text
    world.advance(days=1)
    world.upload({**world.checkin(world.emma), "seq": first["seq"]})
    assert [case.reason for case in world.open_cases()] == ["cloned_kiosk"] * 2


def test_repeated_or_late_rows_open_no_clone_exception(world: World) -> None:
    rows = [world.checkout(world.dune), world.checkout(world.emma), world.checkin(world.dune)]
    for row in (rows[0], rows[2], rows[1], rows[1], rows[0]):
        world.upload(row)
    assert not ExceptionCase.objects.filter(kind="conflict").exists()


def test_unreadable_row_opens_one_exception_whatever_its_flags(world: World) -> None:
    bad = {**world.checkout(world.emma), "colour": "red"}
    first = world.upload(bad)
    for flags in ({"untold": True}, {"untold": False}, {"no_block": True}):
        assert world.upload({**bad, **flags}) == first
    assert len(world.open_cases()) == 1


def test_unreadable_rows_are_set_aside_and_the_others_are_accepted(world: World) -> None:
    good, also_good = world.checkout(world.dune), world.checkin(world.dune)
    bad = [
        world.row("dance", partner="lin"),
        {**world.checkout(world.emma), "colour": "red"},
        world.row("checkout", item=world.emma.barcode),
        {"id": "nonsense"},
        {**world.checkout(world.emma), "body": "not JSON"},
        {**world.checkout(world.emma), "body": "\x00"},
        {**world.checkout(world.emma), "seq": 2**70},
        {**world.checkout(world.emma), "at": "0001-01-01T00:00:00+14:00"},
        {**world.checkout(world.emma), "boot": "\x07"},
        {},
    ]
    answers = world.upload_all(good, *bad, also_good)
    assert [each["outcome"] for each in answers] == ["accepted", *["set_aside"] * len(bad), "accepted"]
    assert all(each["reason"] and each["exception"] for each in answers[1:-1])
    assert world.loans(world.emma) == []


def test_unreadable_row_with_nul_characters_is_set_aside(world: World) -> None:
    bad = {**world.checkout(world.emma), "x\x00y": 1}
    answer = world.upload(bad)
    assert answer["outcome"] == "set_aside"
    assert "x\ufffdy" in world.open_cases()[0].detail
    assert world.upload(bad) == answer


def test_repeated_unreadable_row_gets_the_same_answer(world: World) -> None:
    bad = {"id": "nonsense", "seq": 1, "no_block": False}
    first = world.upload(bad)
    assert world.upload({**bad, "no_block": True}) == first
    unknown_kind = world.row("dance")
    assert world.upload(unknown_kind) == world.upload(unknown_kind)
    assert len([case for case in world.open_cases() if case.kind == "set_aside"]) == 2


def test_gap_opens_one_exception_until_the_missing_row_arrives(world: World) -> None:
    first, second, third, fourth = (world.row("checkin", item="3", mode="provisional") for _ in range(4))
    world.upload(first)
    assert Kiosk.objects.get().max_contiguous_seq == 1
    world.upload_all(third, fourth)
    (case,) = [case for case in world.open_cases() if case.kind == "gap"]
    assert case.detail == "rows 2 to 2 did not come before row 3"
    assert Kiosk.objects.get().max_contiguous_seq == 1
    world.upload(second)
    assert Kiosk.objects.get().max_contiguous_seq == 4
    assert [case for case in world.open_cases() if case.kind == "gap"] == []


def test_row_set_aside_leaves_no_gap(world: World) -> None:
    world.upload_all(world.checkout(world.dune), {"id": "x", "seq": 2}, {**world.checkin(world.dune), "seq": 3})
    assert Kiosk.objects.get().max_contiguous_seq == 3


def test_loan_and_answer_are_one_database_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between loan and answer: neither is stored, and the row can be sent again."""

    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    row = world.checkout(world.dune)
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(Transaction, "save", power_cut)
        world.upload(row)
    assert world.loans(world.dune) == []
    assert world.event_kinds() == []
    assert world.upload(row)["outcome"] == "accepted"


def test_obstacle_refuses_a_row_unless_it_is_no_block(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("circulation"), "obstacle", lambda: Block(Reason.CENTRAL_REFUSED))
    row = world.checkout(world.dune)
    assert world.upload(row)["reason"] == "central_refused"
    assert world.upload({**row, "no_block": True})["outcome"] == "accepted"


def test_next_checkout_closes_a_provisional_return(world: World) -> None:
    world.upload(world.checkout(world.dune))
    handed_in = world.upload(world.checkin(world.dune))
    assert (handed_in["outcome"], handed_in["place"]) == ("accepted", "A")
    assert [loan.state for loan in world.loans(world.dune)] == ["handed_in"]
    assert world.upload(world.checkout(world.dune, LIN_UID))["outcome"] == "accepted"
    adas_loan, lins_loan = world.loans(world.dune)
    assert (adas_loan.state, lins_loan.state) == (Loan.State.RETURNED, Loan.State.ON_LOAN)
    assert PendingReturn.objects.get().state == PendingReturn.State.LENT


def test_return_without_a_loan_is_refused_unless_no_block(world: World) -> None:
    row = world.checkin(world.dune)
    assert world.upload(row)["reason"] == "not_on_loan"
    assert world.upload({**row, "no_block": True})["outcome"] == "accepted"
    assert world.upload(world.row("checkin", no_block=True, item="999", mode="bin"))["outcome"] == "set_aside"


def test_no_block_checkout_closes_the_patrons_open_loan_of_the_item(world: World) -> None:
    world.upload(world.checkout(world.dune))
    again = world.checkout(world.dune)
    assert world.upload(again)["reason"] == "already_yours"
    assert world.upload({**again, "no_block": True})["outcome"] == "accepted"
    assert [loan.state for loan in world.loans(world.dune)] == ["returned", "on_loan"]


def test_undo_closes_the_loan_once(world: World) -> None:
    loan = world.checkout(world.dune)
    world.upload(loan)
    assert world.upload(world.undo(loan))["outcome"] == "accepted"
    assert [each.state for each in world.loans(world.dune)] == ["undone"]
    assert world.upload(world.undo(loan))["reason"] == "nothing_to_undo"


def test_undo_of_a_set_aside_checkout_closes_its_exception(world: World) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    promised = world.checkout(world.dune, no_block=True)
    assert world.upload(promised)["outcome"] == "set_aside"
    assert world.upload(world.undo(promised, no_block=True))["outcome"] == "accepted"
    assert world.open_cases() == []


def test_undo_of_another_kiosks_checkout_is_refused(world: World) -> None:
    back = world.add_kiosk("back")
    loan = world.checkout(world.dune)
    world.upload(loan)
    undo = {**world.undo(loan), "seq": 1}
    assert world.post(undo, by=back).json()["answers"][0]["reason"] == "nothing_to_undo"


def test_undo_of_a_renewal_restores_the_due_date(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.advance(days=7)
    renewal = world.renewal(world.dune)
    assert world.upload(renewal)["due"] == "2026-12-30T23:59:00+08:00"
    assert world.upload(world.undo(renewal))["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.due, loan.renewals) == (DUE, 0)


def test_exception_can_be_reapplied_once_the_obstacle_is_gone(world: World) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    (case,) = world.open_cases()
    refused = exceptions.apply_again(case, "grace", NOW)
    assert refused is not None and refused.reason is Reason.ON_LOAN_TO_OTHER
    world.upload(world.checkin(world.dune, "trusted"))
    assert exceptions.apply_again(case, "grace", NOW) is None
    assert exceptions.apply_again(case, "grace", NOW) is None
    assert len(world.loans(world.dune)) == 2
    case.refresh_from_db()
    assert (case.resolved_by, case.resolution) == ("grace", "done again")
    assert str(world.loans(world.dune)[-1].transaction) == row["id"]


def test_exception_can_be_resolved_with_a_note(world: World) -> None:
    world.upload({"id": "nonsense"})
    (case,) = world.open_cases()
    exceptions.resolve(case, "grace", "looked at it", NOW)
    assert ExceptionCase.objects.get().resolution == "looked at it"


def test_malformed_or_oversized_upload_is_rejected(world: World) -> None:
    row = world.checkout(world.dune)

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


def test_unknown_card_or_item_is_refused_or_set_aside_if_no_block(world: World) -> None:
    unknown_card = world.checkout(world.dune, "DEADBEEF")
    unknown_item = world.row("renew", card=cards.hash_number("04A1B2C3"), item="999", due=DUE.isoformat())
    unknown_cards_renewal = world.renewal(world.dune, "DEADBEEF")
    rows = [unknown_card, unknown_item, unknown_cards_renewal]
    assert [each["reason"] for each in world.upload_all(*rows)] == ["unknown_card", "unknown_item", "unknown_card"]
    promised = world.upload_all(*[{**row, "no_block": True} for row in rows])
    assert [each["outcome"] for each in promised] == ["set_aside"] * 3
    assert len(world.open_cases()) == 3


def test_no_block_checkout_clears_the_lost_condition(world: World) -> None:
    loan_changes.lose(world.by, world.dune)
    row = world.checkout(world.dune)
    assert world.upload(row)["reason"] == "item_lost"
    assert world.upload({**row, "no_block": True})["outcome"] == "accepted"
    world.dune.refresh_from_db()
    assert world.dune.condition == "normal"


def test_no_block_renewal_keeps_its_due_date_despite_a_hold(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.place_hold(world.lin, world.dune)
    later = DUE + timedelta(days=10)
    row = world.renewal(world.dune, due=later)
    assert world.upload(row)["reason"] == "someone_waits"
    assert world.upload({**row, "no_block": True})["due"] == later.isoformat().replace("+00:00", "Z")
    others = world.renewal(world.dune, LIN_UID, no_block=True)
    assert world.upload(others)["outcome"] == "set_aside"


def test_finding_about_a_tag_opens_one_case_and_changes_no_loan(world: World) -> None:
    row = world.row("tag", item=world.dune.barcode, finding="rings")
    first = world.upload(row)
    assert first["outcome"] == "accepted" and world.upload(row) == first
    (case,) = world.open_cases()
    assert (case.kind, case.reason, exceptions.item_of(case)) == ("tag", "rings", world.dune.barcode)
    assert world.loans(world.dune) == []
    assert world.upload(world.row("tag", item=world.dune.barcode, finding="dances"))["outcome"] == "set_aside"


def test_exception_names_its_item_if_readable(world: World) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    world.upload_all(world.checkout(world.dune, no_block=True), world.row("dance"), {"id": "x"})
    assert [exceptions.item_of(case) for case in world.open_cases()] == [world.dune.barcode, None, None]


def test_hub_error_sets_the_row_aside_without_logging_patron_data(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The library's time zone is misspelled: due dates cannot be computed, but returns can be stored."""
    loan_changes.checkout(world.by, world.ada, world.emma)
    Library.objects.update(timezone="Mars/Olympus")
    checkout, checkin = world.checkout(world.dune, no_block=True), world.checkin(world.emma)
    with caplog.at_level(logging.ERROR, "hub"):
        answers = world.upload_all(checkout, checkin)
    assert [each["outcome"] for each in answers] == ["set_aside", "accepted"]
    (case,) = world.open_cases()
    assert (case.kind, case.reason) == ("set_aside", "hub error: ZoneInfoNotFoundError")
    assert answers[0]["exception"] == case.pk
    assert "apply_transaction.py" in caplog.text
    assert not [text for text in (world.dune.barcode, cards.hash_number(ADA_UID), "Ada") if text in caplog.text]
    assert world.upload(checkout) == answers[0]
    assert Kiosk.objects.get().max_contiguous_seq == 2


def test_hub_error_rolls_the_row_back_and_it_can_be_reapplied(world: World) -> None:
    """A signal receiver fails after the loan was written."""

    def fails(**_kwargs: object) -> None:
        raise ZeroDivisionError

    checkout, checkin = world.checkout(world.dune), world.checkin(world.utopia, no_block=True)
    post_save.connect(fails, sender=Loan)
    try:
        assert [each["outcome"] for each in world.upload_all(checkout, checkin)] == ["set_aside", "accepted"]
    finally:
        post_save.disconnect(fails, sender=Loan)
    assert world.loans(world.dune) == []
    assert world.event_kinds() == []
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", NOW) is None
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_row_violating_a_constraint_is_tried_twice_then_set_aside(world: World) -> None:
    """The row would fail again for ever, so the kiosk's other rows must not wait for it."""
    attempts: list[int] = []

    def forbids(**_kwargs: object) -> None:
        attempts.append(1)
        raise IntegrityError

    row, after = world.checkout(world.dune, no_block=True), world.checkin(world.utopia, no_block=True)
    post_save.connect(forbids, sender=Loan)
    try:
        answers = world.upload_all(row, after)
    finally:
        post_save.disconnect(forbids, sender=Loan)
    assert [each["outcome"] for each in answers] == ["set_aside", "accepted"]
    assert len(attempts) == 2
    (case,) = world.open_cases()
    assert case.reason == "hub error: IntegrityError"
    assert world.loans(world.dune) == []


def test_row_with_a_transient_conflict_succeeds_at_the_second_try(world: World) -> None:
    attempts: list[int] = []

    def forbids_once(**_kwargs: object) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise IntegrityError

    post_save.connect(forbids_once, sender=Loan)
    try:
        answer = world.upload(world.checkout(world.dune))
    finally:
        post_save.disconnect(forbids_once, sender=Loan)
    assert answer["outcome"] == "accepted"
    assert world.event_kinds() == ["checkout"]


A_JOURNAL, ANOTHER = "01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b"


def upload_from_journal(world: World, journal: str, *seqs: int) -> None:
    """Upload a return for each sequence number, one request each."""
    for seq in seqs:
        row = {**world.checkin(world.emma, no_block=True), "seq": seq}
        envelope = {"wire": 1, "journal": journal, "rows": [row]}
        posted = world.client().post("/api/v1/transactions", envelope, content_type="application/json")
        assert posted.json()["answers"][0]["outcome"] == "accepted"


def gaps(world: World) -> list[str]:
    return [case.detail for case in world.open_cases() if case.kind == "gap"]


def test_new_journal_is_counted_from_its_first_row(world: World) -> None:
    upload_from_journal(world, A_JOURNAL, 1, 2, 3, 4, 5)
    upload_from_journal(world, ANOTHER, 1, 4)
    assert gaps(world) == ["rows 2 to 3 did not come before row 4"]
    assert Kiosk.objects.get().max_contiguous_seq == 1
    upload_from_journal(world, ANOTHER, 2, 3)
    assert gaps(world) == []
    assert Kiosk.objects.get().max_contiguous_seq == 4


def test_each_journal_has_its_own_gaps(world: World) -> None:
    upload_from_journal(world, A_JOURNAL, 1, 3)
    upload_from_journal(world, ANOTHER, 1, 3)
    assert gaps(world) == ["rows 2 to 2 did not come before row 3"] * 2
    upload_from_journal(world, A_JOURNAL, 2)
    assert Kiosk.objects.get().max_contiguous_seq == 3
    assert [case.journal for case in world.open_cases()] == [ANOTHER]


def test_naming_the_journal_later_continues_the_count(world: World) -> None:
    upload_from_journal(world, "", 1, 2, 4)
    upload_from_journal(world, A_JOURNAL, 5)
    assert gaps(world) == ["rows 3 to 3 did not come before row 4"]
    upload_from_journal(world, A_JOURNAL, 3)
    assert gaps(world) == []
    assert Kiosk.objects.get().max_contiguous_seq == 5


def test_first_named_journal_starting_at_one_is_a_new_journal(world: World) -> None:
    upload_from_journal(world, "", 1, 2, 3)
    upload_from_journal(world, A_JOURNAL, 1, 3)
    assert gaps(world) == ["rows 2 to 2 did not come before row 3"]


def test_row_set_aside_early_is_counted_once_the_gap_closes(world: World) -> None:
    first, second, third = world.checkin(world.dune), world.checkin(world.dune), world.checkin(world.dune)
    world.upload(first)
    assert world.upload({**third, "boot": "has blanks"})["outcome"] == "set_aside"
    ExceptionCase.objects.filter(kind="gap").update(resolved_at=NOW)  # staff resolved the gap
    world.upload(second)
    assert Kiosk.objects.get().max_contiguous_seq == 3


def test_row_repeated_under_another_number_is_counted_once(world: World) -> None:
    row, next_one = world.checkin(world.dune), world.checkin(world.dune)
    world.upload(row)
    world.upload({**row, "seq": 2})
    assert Kiosk.objects.get().max_contiguous_seq == 1
    world.upload({**row, "seq": 4})
    assert gaps(world) == ["rows 2 to 3 did not come before row 4"]
    world.upload(next_one)
    assert Kiosk.objects.get().max_contiguous_seq == 2
    assert gaps(world) == []


def fails(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError


def test_failed_result_event_sets_the_row_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "append_result", fails)
    checkout, checkin = world.checkout(world.dune, no_block=True), world.checkin(world.utopia, no_block=True)
    answers = world.upload_all(checkout, checkin)
    assert [each["outcome"] for each in answers] == ["set_aside", "set_aside"]
    assert [case.reason for case in world.open_cases()] == ["hub error: ZeroDivisionError"] * 2
    assert world.loans(world.dune) == []
    assert Kiosk.objects.get().max_contiguous_seq == 2
    monkeypatch.undo()
    assert world.upload_all(checkout, checkin) == answers


def test_row_set_aside_after_an_error_keeps_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "append_result", fails)
    world.upload(world.checkout(world.dune, no_block=True))
    assert Transaction.objects.get().happened_at is not None


def test_failed_unseen_result_case_sets_the_row_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "open_unseen_result", fails)
    assert world.upload({**world.checkout(world.dune), "untold": True})["outcome"] == "set_aside"
    assert [case.reason for case in world.open_cases()] == ["hub error: ZeroDivisionError"]


@pytest.mark.parametrize(
    ("place", "later"), [("append_late_result", {"no_block": True}), ("open_unseen_result", {"untold": True})]
)
def test_error_on_a_repeated_row_keeps_its_first_answer_and_opens_an_exception(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str, later: dict[str, bool]
) -> None:
    row = world.checkout(world.dune)
    first = world.upload(row)
    monkeypatch.setattr(exceptions, place, fails)
    assert world.upload({**row, **later}) == first
    assert len(world.loans(world.dune)) == 1
    (case,) = world.open_cases()
    assert (case.detail, str(case.transaction_id)) == ("hub error: ZeroDivisionError", row["id"])


def test_error_while_unsealing_sets_the_row_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_rows, "decrypt_row", fails)
    answer = world.upload(world.checkout(world.dune, no_block=True))
    (case,) = world.open_cases()
    assert (answer["outcome"], answer["exception"]) == ("set_aside", case.pk)
    assert case.detail == "hub error: ZeroDivisionError"
    assert Kiosk.objects.get().max_contiguous_seq == 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "unsent.jsonl"


def write_journal(file: Path, *rows: dict[str, object]) -> Path:
    file.write_text("".join(json.dumps({"wire": 1, "rows": [row]}) + "\n" for row in rows), encoding="utf-8")
    return file


def import_journal(file: Path, kiosk: str) -> int:
    return main(["take-journal", str(file), "--kiosk", kiosk])


def test_journal_imported_twice_creates_each_loan_once(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(file, world.checkout(world.dune), world.checkout(world.emma))
    for _ in range(2):
        assert import_journal(file, world.kiosk.name) == 0
        assert "2 accepted" in capsys.readouterr().out
    assert len(world.loans(world.dune)) == len(world.loans(world.emma)) == 1


def test_unreadable_row_is_set_aside_and_the_others_are_accepted(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(file, {**world.checkout(world.dune), "kind": "conjure"}, world.checkout(world.emma))
    assert import_journal(file, world.kiosk.name) == 0
    assert "1 accepted, 1 set_aside" in capsys.readouterr().out
    assert len(world.open_cases()) == 1


def test_unknown_kiosk_or_malformed_line_imports_nothing(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(file, world.checkout(world.dune))
    assert import_journal(file, "unknown") == 1
    with file.open("a") as more:
        more.write("{}\n")
    assert import_journal(file, world.kiosk.name) == 1
    errors = capsys.readouterr().err
    assert f"known are: {world.kiosk.name}" in errors and f"{file}, line 2" in errors
    assert world.loans(world.dune) == []
