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
from hub.circulation.intake import unseal
from hub.circulation.models import ExceptionCase, Transaction
from lending import sealing, wire
from tests.hub.support.world import World

ANOTHER = "ab" * 32


def key_file() -> Path:
    unseal.public_key()
    return Path(settings.STATE) / "seal_key"


def sealed(row: dict[str, Any], key: str = "") -> dict[str, Any]:
    """Return the row encrypted, as a kiosk stores and sends it."""
    card_key = bytes.fromhex(cards.card_key())
    mark = sealing.mark_of_body(card_key, row["kind"], row["body"])
    return {**row, "body": sealing.encrypt(key or unseal.public_key(), row["body"]), "mark": mark}


@pytest.fixture
def old_key() -> Iterator[str]:
    """Give the hub a new key; yield the public half of the previous one."""
    file, before = key_file(), unseal.public_key()
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
    assert unseal.public_key() != old_key
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
