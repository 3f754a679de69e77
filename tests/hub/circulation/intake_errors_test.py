"""Test errors of the hub itself: the row is set aside with a case, and the kiosk's other rows go on."""

import pytest

from hub.circulation.intake import exceptions, offline_result_events, unseal
from hub.circulation.models import Kiosk, Transaction
from tests.hub.support.world import World


def fails(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError


def test_failed_result_event_sets_the_row_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline_result_events, "append_result", fails)
    checkout, checkin = world.checkout(world.dune, no_block=True), world.checkin(world.utopia, no_block=True)
    answers = world.upload_all(checkout, checkin)
    assert [each["outcome"] for each in answers] == ["set_aside", "set_aside"]
    assert [case.reason for case in world.open_cases()] == ["hub error: ZeroDivisionError"] * 2
    assert world.loans(world.dune) == []
    assert Kiosk.objects.get().max_contiguous_seq == 2
    monkeypatch.undo()
    assert world.upload_all(checkout, checkin) == answers


def test_row_set_aside_after_an_error_keeps_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline_result_events, "append_result", fails)
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
    monkeypatch.setattr(offline_result_events if place == "append_late_result" else exceptions, place, fails)
    assert world.upload({**row, **later}) == first
    assert len(world.loans(world.dune)) == 1
    (case,) = world.open_cases()
    assert (case.detail, str(case.transaction_id)) == ("hub error: ZeroDivisionError", row["id"])


def test_error_while_unsealing_sets_the_row_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseal, "decrypt_row", fails)
    answer = world.upload(world.checkout(world.dune, no_block=True))
    (case,) = world.open_cases()
    assert (answer["outcome"], answer["exception"]) == ("set_aside", case.pk)
    assert case.detail == "hub error: ZeroDivisionError"
    assert Kiosk.objects.get().max_contiguous_seq == 1
