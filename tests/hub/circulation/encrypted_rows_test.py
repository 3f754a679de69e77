"""Test the decryption of rows, and what happens to rows that cannot be decrypted."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hub.circulation import cards
from hub.circulation.intake import encrypted_rows
from hub.circulation.models import ExceptionCase, Loan, Transaction
from hub.core.clock import hub_clock
from lending import sealing, wire
from lending.transactions import TransactionId, receipt_code
from tests.hub.fleet.health_test import send_report
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

ANOTHER = "ab" * 32


def key_file() -> Path:
    encrypted_rows.public_key()
    return Path(settings.STATE) / "seal_key"


def sealed(row: dict[str, Any], key: str = "") -> dict[str, Any]:
    """Return the row encrypted, as a kiosk stores and sends it."""
    card_key = bytes.fromhex(cards.card_key())
    mark = sealing.mark_of_body(card_key, row["kind"], row["body"])
    return {**row, "body": sealing.encrypt(key or encrypted_rows.public_key(), row["body"]), "mark": mark}


@pytest.fixture
def old_key() -> Iterator[str]:
    """Give the hub a new key; yield the public half of the previous one."""
    file, before = key_file(), encrypted_rows.public_key()
    text = file.read_text(encoding="ascii")
    file.rename(file.with_name("seal_key.2026"))
    yield before
    file.with_name("seal_key.2026").unlink()
    file.write_text(text, encoding="ascii")


def test_sealed_row_is_applied_and_stored_decrypted(world: World) -> None:
    row = world.checkout(world.dune)
    answer = world.upload(sealed(row))
    assert answer["outcome"] == "accepted"
    assert world.upload(sealed(row)) == answer
    kept = Transaction.objects.get(pk=row["id"])
    assert (kept.body, kept.body_hash) == (row["body"], wire.body_hash(row["kind"], row["body"]))
    assert len(world.loans(world.dune)) == 1


def test_known_id_with_another_sealed_body_is_a_readable_conflict(world: World) -> None:
    row = world.checkout(world.dune)
    world.upload(sealed(row))
    other = {**row, "body": world.checkout(world.emma)["body"]}
    assert world.upload(sealed(other))["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert (case.kind, json.loads(case.raw)["body"]) == (ExceptionCase.Kind.CONFLICT, other["body"])


@pytest.mark.parametrize("damaged", ["box", "mark", "no mark", "kind"])
def test_row_with_an_invalid_seal_is_set_aside_and_the_next_is_accepted(world: World, damaged: str) -> None:
    row = sealed(world.checkout(world.dune))
    match damaged:
        case "box":
            row["body"] = row["body"][:40] + ("A" if row["body"][40] != "A" else "B") + row["body"][41:]
        case "mark":
            row["mark"] = "0" * 64
        case "no mark":
            del row["mark"]
        case "kind":
            row["kind"] = "renew"
    first, second = world.upload_all(row, sealed(world.checkout(world.emma)))
    assert (first["outcome"], second["outcome"]) == ("set_aside", "accepted")
    assert "body:" in first["reason"]
    assert world.upload(row) == first


def test_row_sealed_to_an_older_key_is_decrypted(world: World, old_key: str) -> None:
    assert encrypted_rows.public_key() != old_key
    assert world.upload(sealed(world.checkout(world.dune), old_key))["outcome"] == "accepted"


def test_row_with_a_missing_key_is_deferred_and_accepted_once_the_key_is_restored(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    row, later = sealed(world.checkout(world.dune), sealing.public_of(ANOTHER)), sealed(world.checkout(world.emma))
    with caplog.at_level(logging.ERROR):
        assert [each["outcome"] for each in world.upload_all(row, later)] == ["again", "again"]
    assert "copy the file seal_key from this hub's backup there" in caplog.text
    assert [case.kind for case in world.open_cases()] == [ExceptionCase.Kind.NO_KEY]
    back = key_file().with_name("seal_key.back")
    back.write_text(f"{ANOTHER}\n", encoding="ascii")
    try:
        assert [each["outcome"] for each in world.upload_all(row, later)] == ["accepted", "accepted"]
    finally:
        back.unlink()


PRIVATE = "cd" * 32
KEY = sealing.public_of(PRIVATE)
NAME = sealing.name_of(KEY)


@pytest.fixture(autouse=True)
def remove_restored_key() -> Iterator[None]:
    """Remove the key that a test restored."""
    yield
    (Path(settings.STATE) / "seal_key.back").unlink(missing_ok=True)


def restore_key() -> None:
    key_file().with_name("seal_key.back").write_text(f"{PRIVATE}\n", encoding="ascii")


def outcomes(world: World, *rows: dict[str, Any]) -> list[str]:
    return [each["outcome"] for each in world.upload_all(*rows)]


def only_open_case(world: World) -> ExceptionCase:
    (case,) = world.open_cases()
    return case


def mark_key_lost(world: World, grace: Grace) -> None:
    assert "resolved" in grace.post("fix", only_open_case(world).pk, fix="lose", note="the disk burnt")


def code_of(row: dict[str, Any]) -> str:
    return receipt_code(TransactionId(row["id"]))


def test_staff_see_the_blocked_queue_and_the_steps_to_restore_the_key(world: World, grace: Grace) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    for _ in range(3):
        assert outcomes(world, row) == ["again"]
    send_report(world.device, seal=NAME, sealed=[{"key": NAME, "queued": 12, "kept": 12}])
    case = only_open_case(world)
    assert "Missing key: no transaction of this kiosk can be processed" in grace.page("exceptions")
    assert "Rows waiting for a missing key" in grace.page("kiosks")
    assert "Missing key" in grace.page("kiosk", world.kiosk.pk)
    page = grace.page("exception", case.pk)
    assert f"The kiosk keeps 12 rows encrypted to the key {NAME}" in page
    assert "Copy the file seal_key from a backup" in page
    assert "Mark key lost" in page
    assert "Mark as resolved" not in page


def test_restored_key_processes_the_queue_and_closes_the_exception(world: World, grace: Grace) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    assert outcomes(world, row) == ["again"]
    send_report(world.device)
    assert len(world.open_cases()) == 1
    restore_key()
    assert outcomes(world, row) == ["accepted"]
    send_report(world.device)
    assert world.open_cases() == []
    assert "Key restored" in grace.page("exceptions", query="?show=settled")


def test_key_missing_again_opens_the_exception_again(world: World) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    outcomes(world, row)
    restore_key()
    send_report(world.device)
    assert world.open_cases() == []
    (Path(settings.STATE) / "seal_key.back").unlink()
    assert outcomes(world, row) == ["again"]
    assert only_open_case(world).reason == NAME


def test_missing_key_exception_cannot_be_resolved_and_marking_it_lost_needs_a_reason(
    world: World, grace: Grace
) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    outcomes(world, row)
    number = only_open_case(world).pk
    assert "does not fit this exception" in grace.post("fix", number, fix="settle", note="so what")
    assert "Briefly say why" in grace.post("fix", number, fix="lose", note=" ")
    assert outcomes(world, row) == ["again"]


def test_rows_of_a_lost_key_are_set_aside_and_later_rows_processed(world: World, grace: Grace) -> None:
    first, second = world.checkout(world.dune, no_block=True), world.checkin(world.utopia, no_block=True)
    later = sealed(world.checkout(world.emma, no_block=True))
    rows = [sealed(first, KEY), sealed(second, KEY), later]
    assert outcomes(world, *rows) == ["again"] * 3
    mark_key_lost(world, grace)
    answers = world.upload_all(*rows)
    assert [each["outcome"] for each in answers] == ["set_aside", "set_aside", "accepted"]
    assert world.upload_all(*rows) == answers, "a repeated upload gets the same answers"
    one, other = world.open_cases()
    assert [each["exception"] for each in answers[:2]] == [one.pk, other.pk]
    assert (one.kind, one.seq, json.loads(one.raw)["body"]) == (ExceptionCase.Kind.UNOPENED, 1, rows[0]["body"])
    world.kiosk.refresh_from_db()
    assert world.kiosk.max_contiguous_seq == 3, "no gap remains"
    page = grace.page("exception", one.pk)
    assert f"1 Check out today 14:30 {code_of(first)}" in page
    assert "Key lost: content cannot be read" in page
    assert "Ask the person who brings the receipt" in page
    assert "x25519" not in page


def test_receipt_code_shows_the_rows_of_its_visit_up_to_that_row(world: World, grace: Grace) -> None:
    world.upload_all(sealed(world.checkout(world.utopia, no_block=True), KEY))
    mark_key_lost(world, grace)
    others = world.checkout(world.utopia, no_block=True)
    world.advance(hours=1)
    first, last = world.checkout(world.dune, no_block=True), world.checkout(world.emma, no_block=True)
    after = world.checkin(world.dune, no_block=True)
    world.upload_all(*(sealed(row, KEY) for row in (others, first, last, after)))
    page = grace.page("receipt", code_of(last))
    assert "the action is known, the patron is not" in page
    assert page.count("Check out") == 2
    assert code_of(first) in page
    assert code_of(others) not in page
    assert code_of(after) not in page
    assert "Not received yet" not in page
    assert "Not received yet" in grace.page("receipt", "222222")


def test_marking_a_key_lost_applies_to_every_kiosk_and_only_that_key(world: World, grace: Grace) -> None:
    another = world.add_kiosk("attic")
    own, theirs = (sealed(world.checkout(item, no_block=True), KEY) for item in (world.dune, world.emma))
    world.upload_all(own)
    world.post(theirs, by=another)
    third = sealed(world.checkout(world.utopia, no_block=True), sealing.public_of("ef" * 32))
    assert [case.reason for case in world.open_cases()] == [NAME, NAME]
    grace.post("fix", world.open_cases()[0].pk, fix="lose", note="the disk burnt")
    assert world.open_cases() == []
    assert world.post(theirs, by=another).json()["answers"][0]["outcome"] == "set_aside"
    assert outcomes(world, own, third) == ["set_aside", "again"]


def test_repeated_row_of_a_lost_key_gets_the_same_answer_as_no_block(world: World, grace: Grace) -> None:
    """If the kiosk confirmed the row after all, it uploads it again as no-block, for the same case."""
    row = sealed(world.checkout(world.dune), KEY)
    world.upload_all(row)
    mark_key_lost(world, grace)
    first, again = world.upload(row), world.upload({**row, "no_block": True})
    assert first == again


def test_stored_row_is_answered_without_its_key(world: World) -> None:
    """The answer was lost on the network, and the key after that."""
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    restore_key()
    answer = world.upload(row)
    (Path(settings.STATE) / "seal_key.back").unlink()
    assert world.upload(row) == answer
    assert world.open_cases() == []
    other = {**row, "mark": "0" * 64}
    assert outcomes(world, other) == ["again"], "another body is not mistaken for the stored row"


def test_found_key_decrypts_the_rows_that_were_set_aside(world: World, grace: Grace) -> None:
    row = world.checkout(world.dune, no_block=True)
    world.upload_all(sealed(row, KEY))
    mark_key_lost(world, grace)
    world.upload_all(sealed(row, KEY))
    number = only_open_case(world).pk
    assert "Decrypt now" not in grace.page("exception", number)
    assert "does not fit this exception" in grace.post("fix", number, fix="read")
    restore_key()
    assert "Decrypt now" in grace.page("exception", number)
    page = grace.post("fix", number, fix="read")
    assert "Readable now" in page
    assert "Dune" in page
    assert "Ada S." in page
    assert Loan.objects.count() == 0, "staff decide"
    assert "promise_refused" in world.event_kinds()
    assert world.upload(sealed(row, KEY))["outcome"] == "set_aside", "the answer stays the same"
    assert "resolved" in grace.post("fix", number, fix="lend")
    (loan,) = world.loans(world.dune)
    assert loan.patron == world.ada
    assert "Dune" in grace.page("receipt", code_of(row))


def test_row_processed_after_the_key_is_found_closes_its_exception(world: World, grace: Grace) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    world.upload_all(row)
    mark_key_lost(world, grace)
    world.upload_all(row)
    restore_key()
    assert world.upload(row)["outcome"] == "accepted"
    encrypted_rows.read_row(only_open_case(world), hub_clock().now())
    assert world.open_cases() == []
    assert len(world.loans(world.dune)) == 1


def test_malformed_envelope_of_a_lost_key_is_set_aside_with_its_fault(world: World, grace: Grace) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    world.upload_all(row)
    mark_key_lost(world, grace)
    answer = world.upload({**row, "trust": "perhaps"})
    assert (answer["outcome"], "trust" in answer["reason"]) == ("set_aside", True)


def test_exception_of_an_unreadable_row_contains_no_patron_data(world: World, grace: Grace) -> None:
    row = sealed(world.checkout(world.dune, no_block=True), KEY)
    world.upload_all(row)
    mark_key_lost(world, grace)
    world.upload_all(row)
    case = only_open_case(world)
    kept = json.dumps([case.raw, case.facts, case.detail, case.reason])
    for secret in (cards.hash_number("04A1B2C3"), world.dune.barcode, world.ada.identifier):
        assert secret not in kept
    assert not Transaction.objects.exists()
