"""Test enrolment: a code works once, for 15 minutes; a kiosk returns items at most in its allowed mode."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.test import Client

from hub.circulation import cards
from hub.circulation.models import Kiosk, Loan, PendingReturn, Transaction
from hub.core.models import Attempt
from hub.fleet import devices, enrolment
from hub.fleet.models import Device as Kept
from hub.fleet.models import EnrolmentCode
from lending import request_signature, wire
from lending.wire import fleet
from tests.hub.support.device import Device, enrol, enrolled_device, enrolment_request
from tests.hub.support.world import NOW, World

TRIES = 10
KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
def code(world: World) -> str:
    """Return a code for a kiosk that was never enrolled."""
    Kept.objects.all().delete()
    EnrolmentCode.objects.all().delete()
    return enrolment.new_code(world.kiosk, NOW)[0]


def test_enrolment_returns_library_keys_and_a_working_device(world: World, code: str) -> None:
    response = enrol(request_signature.format_code(code).lower(), KEY)
    answer = wire.parse(fleet.EnrolmentAnswer, response.content)
    assert (answer.kiosk, answer.branch, answer.card_key) == ("front", "main", cards.card_key())
    text = request_signature.answer_text(request_signature.public_of(KEY), 0, response.content)
    assert request_signature.verifies(answer.hub_key, text, response.headers[request_signature.ANSWER_HEADER])
    assert Device(answer.device, KEY).get("/api/v1/snapshot").status_code == 200


def test_code_is_stored_as_a_hash_and_has_60_random_bits(world: World, code: str) -> None:
    kept = EnrolmentCode.objects.get()
    assert code.startswith(kept.look_up)
    assert code[request_signature.LOOK_UP :] not in str(vars(kept))
    assert len(request_signature.LETTERS) ** request_signature.SECRET >= 2**60
    assert enrolment.new_code(world.kiosk, NOW)[0][request_signature.LOOK_UP :] != code[request_signature.LOOK_UP :]


@pytest.mark.parametrize(("seconds", "detail"), [(15 * 60, "expired_code"), (-15 * 60, "expired_code")])
def test_code_expires_after_15_minutes_or_if_the_clock_went_back(
    world: World, code: str, seconds: float, detail: str
) -> None:
    world.advance(seconds=seconds - 5 if seconds < 0 else seconds)
    assert (enrol(code, KEY).status_code, enrol(code, KEY).json()) == (403, {"detail": detail})
    assert not Kept.objects.exists()


def test_code_works_until_just_before_it_expires(world: World, code: str) -> None:
    world.advance(minutes=14, seconds=50)
    assert enrol(code, KEY).status_code == 200


def test_code_works_once_and_the_same_key_gets_its_answer_again(world: World, code: str) -> None:
    first = enrol(code, KEY).json()
    assert enrol(code, KEY).json()["device"] == first["device"], "the first answer may have been lost"
    assert (enrol(code, OTHER).status_code, enrol(code, OTHER).json()) == (403, {"detail": "used_code"})
    assert Kept.objects.count() == 1


def wrong(code: str, number: int) -> str:
    """Return the code with another last letter."""
    others = [letter for letter in request_signature.LETTERS if letter != code[-1]]
    return code[:-1] + others[number]


def test_five_wrong_attempts_invalidate_a_code(world: World, code: str) -> None:
    answer = [enrol(wrong(code, number), KEY).json()["detail"] for number in range(5)]
    assert answer == [*["wrong_code"] * 4, "dead_code"]
    assert (enrol(code, KEY).status_code, enrol(code, KEY).json()) == (403, {"detail": "dead_code"})


def test_four_wrong_attempts_do_not_invalidate_a_code(world: World, code: str) -> None:
    for number in range(4):
        assert enrol(wrong(code, number), KEY).status_code == 403
    assert enrol(code, KEY).status_code == 200


def test_many_attempts_from_one_address_are_delayed(world: World, code: str) -> None:
    for number in range(TRIES):
        assert enrol(f"0000{'0' * 11}{number}", KEY).status_code == 403
    answer = enrol(code, KEY)
    assert (answer.status_code, answer.json()) == (429, {"detail": "too_many_tries"})
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert (
        elsewhere.post(
            "/api/v1/fleet/enrolments", enrolment_request(code, KEY), content_type="application/json"
        ).status_code
        == 200
    )


def test_address_may_try_again_after_a_minute(world: World, code: str) -> None:
    for number in range(TRIES):
        enrol(f"0000{'0' * 11}{number}", KEY)
    world.advance(seconds=61)
    assert enrol(code, KEY).status_code == 200


def test_old_attempts_are_deleted(world: World) -> None:
    for number in range(30):
        elsewhere = Client(REMOTE_ADDR=f"192.0.2.{number}")
        elsewhere.post("/api/v1/fleet/enrolments", enrolment_request("0" * 16, KEY), content_type="application/json")
    assert Attempt.objects.count() == 30
    world.advance(seconds=61)
    enrol("0" * 16, KEY)
    assert Attempt.objects.count() == 1


def test_enrolment_needs_proof_of_the_private_key(world: World, code: str) -> None:
    stolen = {**enrolment_request(code, KEY), "public_key": request_signature.public_of(OTHER)}
    answer = Client().post("/api/v1/fleet/enrolments", stolen, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"][:6]) == (422, "proof:")
    assert enrol(code, KEY).status_code == 200


def test_old_device_works_until_the_new_one_has_signed(world: World) -> None:
    old = enrolled_device(world.kiosk)
    code, _ = enrolment.new_code(world.kiosk, NOW)
    fresh = Device(enrol(code, KEY).json()["device"], KEY)
    assert old.get("/api/v1/items/1").status_code == 404
    assert fresh.get("/api/v1/items/1").status_code == 404
    refused = old.get("/api/v1/items/1")
    assert (refused.status_code, refused.json()) == (401, {"detail": "revoked"})
    assert fresh.get("/api/v1/items/1").status_code == 404


def test_new_code_invalidates_the_previous_one(world: World, code: str) -> None:
    newer, _ = enrolment.new_code(world.kiosk, NOW)
    assert enrol(code, KEY).json() == {"detail": "wrong_code"}
    assert enrol(newer, KEY).status_code == 200


def test_revoked_kiosk_is_refused_and_keeps_its_history_when_enrolled_again(world: World) -> None:
    old = enrolled_device(world.kiosk)
    row = world.checkout(world.dune)
    assert old.post("/api/v1/transactions", {"wire": 1, "rows": [row]}).json()["answers"][0]["outcome"] == "accepted"
    waiting, _ = enrolment.new_code(world.kiosk, NOW)
    devices.revoke(world.kiosk, NOW)
    assert old.get("/api/v1/items/1").json() == {"detail": "revoked"}
    assert enrol(waiting, KEY).json() == {"detail": "wrong_code"}
    assert Kiosk.objects.get(pk=world.kiosk.pk).revoked_at is not None
    fresh = enrolled_device(world.kiosk)
    assert Kiosk.objects.get(pk=world.kiosk.pk).revoked_at is None
    assert Transaction.objects.get().kiosk == world.kiosk
    assert fresh.post("/api/v1/transactions", {"wire": 1, "rows": [row]}).json()["answers"][0]["outcome"] == "accepted"
    assert len(world.loans(world.dune)) == 1


def test_kiosk_moved_to_another_branch_keeps_device_and_history(world: World) -> None:
    device = enrolled_device(world.kiosk)
    world.main.pk, world.main.code = None, "east"
    world.main.save()
    assert enrolment.add("front", world.main) == world.kiosk
    assert device.get("/api/v1/items/1").status_code == 404
    assert Kiosk.objects.get().branch.code == "east"


def test_old_codes_are_deleted(world: World, code: str) -> None:
    enrol(code, os.urandom(32))
    enrolment.new_code(world.kiosk, NOW + timedelta(days=2))
    assert EnrolmentCode.objects.count() == 1


@pytest.mark.parametrize(
    ("allowed", "claimed", "closed", "alarm"),
    [
        ("provisional", "trusted", False, ["return_mode"]),
        ("provisional", "bin", False, ["return_mode"]),
        ("bin", "trusted", True, ["return_mode"]),
        ("bin", "bin", True, []),
        ("trusted", "trusted", True, []),
        ("trusted", "provisional", False, []),
    ],
)
def test_return_counts_at_most_as_the_mode_of_the_kiosk(
    world: World, allowed: str, claimed: str, closed: bool, alarm: list[str]
) -> None:
    Kiosk.objects.update(returns=allowed)
    world.upload(world.checkout(world.dune))
    for item in (world.dune, world.emma):
        assert world.upload(world.checkin(item, claimed))["outcome"] in ("accepted", "refused")
    (loan,) = world.loans(world.dune)
    assert (loan.state != Loan.State.ON_LOAN and not PendingReturn.objects.exists()) is closed
    assert [each.reason for each in world.open_cases()] == alarm, "once a day"


def test_new_kiosk_is_provisional_and_keeps_its_mode_when_moved(world: World) -> None:
    assert enrolment.add("new", world.main).returns == "provisional"
    assert enrolment.add("new", world.main, "bin").returns == "bin"
    assert enrolment.add("new", world.main).returns == "bin"
