"""Test the rotation of sealing keys: older ones still decrypt, and needed ones cannot be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from hub.circulation.intake import encrypted_rows
from hub.core.state_directory import HubServes, secrets_kept, serving
from hub.fleet import devices, enrolment, seal_keys
from hub.fleet.models import KioskStatus
from hub.fleet.seal_keys import Key, KeyNeeded
from lending import sealing
from tests.hub.circulation.encrypted_rows_test import sealed
from tests.hub.fleet.health_test import HEALTH, report, send_report
from tests.hub.support.device import Device
from tests.hub.support.world import NOW, World


@pytest.fixture(autouse=True)
def one_key() -> Iterator[None]:
    """Restore the hub's keys after the test."""
    encrypted_rows.public_key()
    folder = Path(settings.STATE)
    before = {path: path.read_bytes() for path in folder.glob("seal_key*")}
    yield
    for path in folder.glob("seal_key*"):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


@pytest.fixture
def device(world: World) -> Device:
    return world.device


def current_name() -> str:
    return sealing.name_of(encrypted_rows.public_key())


def older(name: str) -> Key:
    (found,) = (key for key in seal_keys.all_kept() if key.name == name)
    return found


def rows(key: str, queued: int, kept: int) -> dict[str, object]:
    return {"key": key, "queued": queued, "kept": kept}


def test_new_key_is_sent_to_kiosks_and_the_old_one_still_decrypts(world: World, device: Device) -> None:
    before, name = encrypted_rows.public_key(), current_name()
    assert send_report(device)["seal_key"] == before
    aside = seal_keys.rotate(NOW)
    assert (aside, current_name() == name) == ("seal_key.20261125-063000", False)
    assert send_report(device)["seal_key"] == encrypted_rows.public_key()
    for key in (before, encrypted_rows.public_key()):
        row = world.checkout(world.dune if key == before else world.emma)
        assert world.upload(sealed(row, key))["outcome"] == "accepted"
    assert {aside, "seal_key"} <= set(secrets_kept(settings.STATE)), "backed up"


def test_two_rotations_in_one_second_keep_all_keys() -> None:
    names = {current_name(), *((seal_keys.rotate(NOW), current_name())[1] for _ in range(3))}
    assert set(encrypted_rows.key_names().values()) == names
    assert len(names) == 4


def test_key_can_be_deleted_once_no_kiosk_needs_it(world: World, device: Device) -> None:
    name = current_name()
    send_report(device, seal=name, sealed=[rows(name, 2, 5)])
    seal_keys.rotate(NOW)
    with pytest.raises(KeyNeeded, match=f"{world.kiosk} keeps 5 rows that are sealed to it, 2 of them wait"):
        seal_keys.delete(name)
    send_report(device, seal=current_name(), sealed=[rows(name, 0, 3), rows(current_name(), 1, 1)])
    with pytest.raises(KeyNeeded, match="keeps 3 rows that are sealed to it, 0 of them wait"):
        seal_keys.delete(name)
    send_report(device, seal=current_name(), sealed=[rows(current_name(), 0, 4)])
    (file,) = seal_keys.delete(name)
    assert not (Path(settings.STATE) / file).exists()
    assert [key.name for key in seal_keys.all_kept()] == [current_name()]


def test_key_is_kept_until_every_kiosk_seals_to_the_new_one(device: Device) -> None:
    name = current_name()
    send_report(device, seal=name, sealed=[])
    seal_keys.rotate(NOW)
    (need,) = older(name).needs
    assert (need.queued, need.kept, need.behind) == (0, 0, True)
    with pytest.raises(KeyNeeded, match="has not taken up the key that is given out now"):
        seal_keys.delete(name)


def test_key_is_kept_while_a_kiosk_has_not_reported_its_needs(world: World, device: Device) -> None:
    name = current_name()
    seal_keys.rotate(NOW)
    incomplete: list[dict[str, object]] = [{}, {"seal": current_name()}, {"sealed": []}]
    for report_fields in incomplete:
        with pytest.raises(KeyNeeded, match="has not told which keys it needs"):
            seal_keys.delete(name)
        assert device.post(HEALTH, report(**report_fields)).status_code == 200
    with pytest.raises(KeyNeeded, match="has not told which keys it needs"):
        seal_keys.delete(name)
    devices.revoke(world.kiosk, NOW)
    with pytest.raises(KeyNeeded, match="say --without NAME"):
        seal_keys.delete(name)
    seal_keys.delete(name, without=[str(world.kiosk)])


def test_never_enrolled_kiosk_needs_no_key(world: World) -> None:
    enrolment.add("attic", world.main)
    seal_keys.rotate(NOW)
    assert {need.kiosk for key in seal_keys.all_kept() for need in key.needs} == {str(world.kiosk)}


def test_current_or_unknown_key_cannot_be_deleted(device: Device) -> None:
    send_report(device, seal=current_name(), sealed=[])
    with pytest.raises(KeyNeeded, match="is the key that kiosks seal to"):
        seal_keys.delete(current_name())
    with pytest.raises(KeyNeeded, match="this hub has no key 0123456789abcdef"):
        seal_keys.delete("0123456789abcdef")


def test_keys_cannot_be_rotated_during_a_restore() -> None:
    before = current_name()
    with serving(settings.STATE, alone=True), pytest.raises(HubServes, match="a backup is being restored"):
        seal_keys.rotate(NOW)
    assert current_name() == before


def test_file_without_a_key_is_ignored(world: World) -> None:
    (Path(settings.STATE) / "seal_key.txt").write_bytes(b"\xffnot a key\n")
    assert world.upload(sealed(world.checkout(world.dune)))["outcome"] == "accepted"
    assert [key.file for key in seal_keys.all_kept()] == ["seal_key"]


@pytest.mark.parametrize(
    "more", [{"seal": "Ada"}, {"sealed": [{"key": "ab" * 8, "queued": 1, "kept": 1, "of": "ada"}]}]
)
def test_unknown_fields_in_a_report_are_refused(device: Device, more: dict[str, object]) -> None:
    assert device.post(HEALTH, report(**more)).status_code == 422
    assert not KioskStatus.objects.exists()
