"""Test the identity file: owner-only, complete or absent, and kept during a new enrolment."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.sync.identity import Identity, IdentityFile, NotEnrolled
from kiosk.sync.request_counter import RequestCounter
from kiosk.sync.request_signer import Signer

OLD = Identity("0" * 32, "front", "ab" * 32, b"k" * 32, b"c" * 32)
NEW = Identity("1" * 32, "front", "ab" * 32, b"n" * 32, b"c" * 32)


@pytest.fixture
def file(tmp_path: Path) -> IdentityFile:
    return IdentityFile(tmp_path / "state")


def enrolled(file: IdentityFile, identity: Identity) -> None:
    file.begin()
    file.keep(identity)
    file.adopt()


def test_it_is_read_as_it_was_kept_and_is_its_owners_alone(file: IdentityFile) -> None:
    enrolled(file, OLD)
    assert file.load() == OLD
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert not file.fresh.exists()


def test_its_picture_shows_no_secret() -> None:
    assert "6b" * 32 not in repr(OLD)
    assert repr(b"k" * 32)[2:-1] not in repr(OLD)
    assert repr(b"c" * 32)[2:-1] not in repr(OLD)


def test_a_kiosk_that_was_never_enrolled_says_what_to_do(file: IdentityFile) -> None:
    with pytest.raises(NotEnrolled, match=r"not enrolled, .*identity.json is missing: .*sudo kiosk enrol"):
        file.load()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"private_key": "12"}', b'{"device": "0"}', b"\xff\xfe"])
def test_a_file_that_is_no_identity_is_named(file: IdentityFile, content: bytes) -> None:
    enrolled(file, OLD)
    file.path.write_bytes(content)
    with pytest.raises(NotEnrolled, match=r"cannot read this kiosk's identity from .*identity.json") as told:
        file.load()
    assert "private" not in str(told.value)


def test_the_old_one_stays_until_the_hub_has_answered(file: IdentityFile) -> None:
    enrolled(file, OLD)
    key = file.begin()
    assert file.load() == OLD
    assert file.begin() == key, "a lost answer is asked for again with the same key"
    assert json.loads(file.fresh.read_text())["private_key"] == key.hex()
    assert file.fresh.stat().st_mode & 0o777 == 0o600


def test_a_power_cut_after_the_answer_loses_neither(file: IdentityFile) -> None:
    enrolled(file, OLD)
    file.begin()
    file.keep(NEW)
    assert json.loads(file.path.read_text())["device"] == OLD.device
    assert file.load() == NEW, "what the hub has answered holds"
    assert file.load() == NEW
    assert not file.fresh.exists()


def test_one_that_the_hub_took_back_leaves_the_old_one(file: IdentityFile) -> None:
    enrolled(file, OLD)
    file.begin()
    file.keep(NEW)
    file.forget()
    assert file.load() == OLD


def test_a_second_enrolment_begins_with_another_key(file: IdentityFile) -> None:
    enrolled(file, OLD)
    first = file.begin()
    file.keep(NEW)
    assert file.begin() != first
    assert file.load() == NEW


def test_half_a_new_file_does_not_hide_the_old_one(file: IdentityFile) -> None:
    enrolled(file, OLD)
    file.fresh.write_bytes(b'{"private_key": "6b6b')
    assert file.load() == OLD
    assert len(file.begin()) == 32


def test_a_new_key_of_the_hubs_takes_the_place_of_the_one_before(file: IdentityFile) -> None:
    enrolled(file, OLD)
    assert file.seal_to(OLD.device, "ef" * 32)
    assert file.load() == replace(OLD, seal_key="ef" * 32)
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_told_to_the_device_before_is_not_put_under_the_new_one(file: IdentityFile) -> None:
    enrolled(file, NEW)
    assert not file.seal_to(OLD.device, "ef" * 32)
    assert file.load() == NEW


def test_it_seals_to_the_new_key_once_that_is_on_the_disk(file: IdentityFile, tmp_path: Path) -> None:
    enrolled(file, OLD)

    def full(device: str, key: str) -> bool:
        raise OSError(28, "No space left on device")

    signer = Signer(file.load, RequestCounter(tmp_path / "counter"), full)
    with pytest.raises(OSError, match="No space"):
        signer.seal_to(OLD.device, "ef" * 32)
    assert signer.identity == OLD
    signer = Signer(file.load, RequestCounter(tmp_path / "counter"), file.seal_to)
    signer.seal_to(NEW.device, "ef" * 32)
    assert signer.identity == OLD
    signer.seal_to(OLD.device, "ef" * 32)
    assert signer.identity == file.load() == replace(OLD, seal_key="ef" * 32)
