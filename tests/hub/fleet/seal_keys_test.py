"""Test the rotation of sealing keys: older ones still decrypt, and needed ones cannot be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from hub.circulation import unseal
from hub.core.state_directory import HubServes, secrets_kept, serving
from hub.fleet import devices, enrolment, seal_keys
from hub.fleet.models import KioskStatus
from hub.fleet.seal_keys import Key, KeyNeeded
from lending import sealing
from tests.hub.circulation.unseal_test import sealed
from tests.hub.fleet.health_test import HEALTH, report, tells
from tests.hub.support.device import Device
from tests.hub.support.world import NOW, World


@pytest.fixture(autouse=True)
def one_key() -> Iterator[None]:
    """The hub's keys as they were, whatever a story does to them."""
    unseal.public_key()
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


def given() -> str:
    return sealing.name_of(unseal.public_key())


def older(name: str) -> Key:
    (found,) = (key for key in seal_keys.all_kept() if key.name == name)
    return found


def rows(key: str, queued: int, kept: int) -> dict[str, object]:
    return {"key": key, "queued": queued, "kept": kept}


def test_a_new_key_is_told_to_kiosks_and_the_older_opens_still(world: World, device: Device) -> None:
    before, name = unseal.public_key(), given()
    assert tells(device)["seal_key"] == before
    aside = seal_keys.rotate(NOW)
    assert (aside, given() == name) == ("seal_key.20261125-063000", False)
    assert tells(device)["seal_key"] == unseal.public_key()
    for key in (before, unseal.public_key()):
        row = world.borrows(world.dune if key == before else world.emma)
        assert world.tell(sealed(row, key))["outcome"] == "accepted"
    assert {aside, "seal_key"} <= set(secrets_kept(settings.STATE)), "a backup has both"


def test_two_new_keys_in_one_second_lose_none() -> None:
    names = {given(), *((seal_keys.rotate(NOW), given())[1] for _ in range(3))}
    assert set(unseal.kept().values()) == names
    assert len(names) == 4


def test_a_key_goes_when_nobody_needs_it(world: World, device: Device) -> None:
    name = given()
    tells(device, seal=name, sealed=[rows(name, 2, 5)])
    seal_keys.rotate(NOW)
    with pytest.raises(KeyNeeded, match=f"{world.kiosk} keeps 5 rows that are sealed to it, 2 of them wait"):
        seal_keys.delete(name)
    tells(device, seal=given(), sealed=[rows(name, 0, 3), rows(given(), 1, 1)])
    with pytest.raises(KeyNeeded, match="keeps 3 rows that are sealed to it, 0 of them wait"):
        seal_keys.delete(name)
    tells(device, seal=given(), sealed=[rows(given(), 0, 4)])
    (file,) = seal_keys.delete(name)
    assert not (Path(settings.STATE) / file).exists()
    assert [key.name for key in seal_keys.all_kept()] == [given()]


def test_who_does_not_seal_to_the_new_key_yet_may_need_any_older(device: Device) -> None:
    name = given()
    tells(device, seal=name, sealed=[])
    seal_keys.rotate(NOW)
    (need,) = older(name).needs
    assert (need.queued, need.kept, need.behind) == (0, 0, True)
    with pytest.raises(KeyNeeded, match="has not taken up the key that is given out now"):
        seal_keys.delete(name)


def test_what_a_kiosk_does_not_tell_it_may_need(world: World, device: Device) -> None:
    name = given()
    seal_keys.rotate(NOW)
    several: list[dict[str, object]] = [{}, {"seal": given()}, {"sealed": []}]
    for told in several:
        with pytest.raises(KeyNeeded, match="has not told which keys it needs"):
            seal_keys.delete(name)
        assert device.post(HEALTH, report(**told)).status_code == 200
    with pytest.raises(KeyNeeded, match="has not told which keys it needs"):
        seal_keys.delete(name)
    devices.revoke(world.kiosk, NOW)
    with pytest.raises(KeyNeeded, match="say --without NAME"):
        seal_keys.delete(name)
    seal_keys.delete(name, without=[str(world.kiosk)])


def test_a_kiosk_that_was_never_enrolled_needs_no_key(world: World) -> None:
    enrolment.add("attic", world.main)
    seal_keys.rotate(NOW)
    assert {need.kiosk for key in seal_keys.all_kept() for need in key.needs} == {str(world.kiosk)}


def test_the_key_that_is_given_out_stays_and_so_does_a_name_that_is_none(device: Device) -> None:
    tells(device, seal=given(), sealed=[])
    with pytest.raises(KeyNeeded, match="is the key that kiosks seal to"):
        seal_keys.delete(given())
    with pytest.raises(KeyNeeded, match="this hub has no key 0123456789abcdef"):
        seal_keys.delete("0123456789abcdef")


def test_no_key_changes_while_a_backup_is_being_restored() -> None:
    before = given()
    with serving(settings.STATE, alone=True), pytest.raises(HubServes, match="a backup is being restored"):
        seal_keys.rotate(NOW)
    assert given() == before


def test_a_file_that_holds_no_key_opens_nothing_and_stops_nothing(world: World) -> None:
    (Path(settings.STATE) / "seal_key.txt").write_bytes(b"\xffnot a key\n")
    assert world.tell(sealed(world.borrows(world.dune)))["outcome"] == "accepted"
    assert [key.file for key in seal_keys.all_kept()] == ["seal_key"]


@pytest.mark.parametrize(
    "more", [{"seal": "Ada"}, {"sealed": [{"key": "ab" * 8, "queued": 1, "kept": 1, "of": "ada"}]}]
)
def test_nothing_else_has_a_place_there(device: Device, more: dict[str, object]) -> None:
    assert device.post(HEALTH, report(**more)).status_code == 422
    assert not KioskStatus.objects.exists()
