"""Test the identity file: owner-only, complete or absent, and kept during a new enrolment."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.sync.identity import Identity, IdentityFile, NotEnrolled
from kiosk.sync.request_signer import RequestCounter, Signer

OLD = Identity("0" * 32, "front", "ab" * 32, b"k" * 32, b"c" * 32)
NEW = Identity("1" * 32, "front", "ab" * 32, b"n" * 32, b"c" * 32)


@pytest.fixture
def file(tmp_path: Path) -> IdentityFile:
    return IdentityFile(tmp_path / "state")


def enrolled(file: IdentityFile, identity: Identity) -> None:
    file.begin()
    file.keep(identity)
    file.adopt()


def test_identity_round_trips_and_is_owner_only(file: IdentityFile) -> None:
    enrolled(file, OLD)
    assert file.load() == OLD
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert not file.fresh.exists()


def test_repr_hides_secrets() -> None:
    assert "6b" * 32 not in repr(OLD)
    assert repr(b"k" * 32)[2:-1] not in repr(OLD)
    assert repr(b"c" * 32)[2:-1] not in repr(OLD)


def test_missing_identity_explains_how_to_enrol(file: IdentityFile) -> None:
    with pytest.raises(NotEnrolled, match=r"not enrolled, .*identity.json is missing: .*sudo kiosk enrol"):
        file.load()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"private_key": "12"}', b'{"device": "0"}', b"\xff\xfe"])
def test_invalid_identity_file_is_named_without_secrets(file: IdentityFile, content: bytes) -> None:
    enrolled(file, OLD)
    file.path.write_bytes(content)
    with pytest.raises(NotEnrolled, match=r"cannot read this kiosk's identity from .*identity.json") as error:
        file.load()
    assert "private" not in str(error.value)


def test_old_identity_stays_until_the_hub_answers(file: IdentityFile) -> None:
    enrolled(file, OLD)
    key = file.begin()
    assert file.load() == OLD
    assert file.begin() == key, "a lost answer is asked for again with the same key"
    assert json.loads(file.fresh.read_text())["private_key"] == key.hex()
    assert file.fresh.stat().st_mode & 0o777 == 0o600


def test_new_identity_survives_a_power_cut(file: IdentityFile) -> None:
    enrolled(file, OLD)
    file.begin()
    file.keep(NEW)
    assert json.loads(file.path.read_text())["device"] == OLD.device
    assert file.load() == NEW, "the identity confirmed by the hub is used"
    assert file.load() == NEW
    assert not file.fresh.exists()


def test_forgotten_enrolment_keeps_the_old_identity(file: IdentityFile) -> None:
    enrolled(file, OLD)
    file.begin()
    file.keep(NEW)
    file.forget()
    assert file.load() == OLD


def test_second_enrolment_uses_a_new_key(file: IdentityFile) -> None:
    enrolled(file, OLD)
    first = file.begin()
    file.keep(NEW)
    assert file.begin() != first
    assert file.load() == NEW


def test_partial_new_file_does_not_hide_the_old_identity(file: IdentityFile) -> None:
    enrolled(file, OLD)
    file.fresh.write_bytes(b'{"private_key": "6b6b')
    assert file.load() == OLD
    assert len(file.begin()) == 32


def test_new_seal_key_replaces_the_old_one(file: IdentityFile) -> None:
    enrolled(file, OLD)
    assert file.seal_to(OLD.device, "ef" * 32)
    assert file.load() == replace(OLD, seal_key="ef" * 32)
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_seal_key_for_another_device_is_rejected(file: IdentityFile) -> None:
    enrolled(file, NEW)
    assert not file.seal_to(OLD.device, "ef" * 32)
    assert file.load() == NEW


def test_signer_uses_the_new_seal_key_only_once_stored(file: IdentityFile, tmp_path: Path) -> None:
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
