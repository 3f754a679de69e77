"""Test releases and rollouts: what is accepted, who gets it when, and what stops it."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from hub.circulation.models import Kiosk
from hub.cli import main
from hub.core.clock import hub_clock
from hub.fleet import releases, rollout_hours, rollouts
from hub.fleet.models import Channel, KioskImage, Release, Rollout
from tests.hub.circulation.concurrency_test import concurrently
from tests.hub.fleet.health_test import send_report
from tests.hub.support.device import Device, enrolled_device
from tests.hub.support.world import NOW, World, make_world
from tests.support.update_bundles import Authority

VERSION, OLD = "2026.12.1", "2026.11.1"


def add_release(version: str = VERSION, journal: int = 3) -> Release:
    now = hub_clock().now()
    release = Release.objects.create(
        version=version, compatible="any", journal_format=journal, sha256="ab" * 32, size=1000, added_at=now
    )
    hub_clock().set(now + timedelta(seconds=1))
    return release


def start(release: Release, **more: Any) -> Rollout:
    return rollouts.start(release, "grace", hub_clock().now(), **{"hours": rollout_hours.ANY_TIME, **more})


def report(device: Device, running: str = OLD, **more: object) -> Any:
    update = {"slot": "A", "running": running, "confirmed": True, **more}
    return send_report(device, update=update)["update"]


def devices(world: World, count: int) -> list[Device]:
    names = [f"shelf-{number}" for number in range(count)]
    return [enrolled_device(Kiosk.objects.create(name=name, branch=world.main)) for name in names]


def fall_back(device: Device) -> None:
    assert report(device, state="fallen_back", target=VERSION) is None


def test_kiosks_that_ask_at_the_same_time_are_counted_one_after_the_other(transactional_db: None) -> None:
    kiosks = devices(make_world(), 6)
    start(add_release())
    offers = concurrently(*[lambda each=each: report(each) for each in kiosks])
    assert len([each for each in offers if each is not None]) == 1


def test_one_kiosk_updates_at_a_time_and_each_confirms(world: World) -> None:
    first, second = devices(world, 2)
    start(add_release())
    offer = report(first)
    assert offer == {
        "version": VERSION, "sha256": "ab" * 32, "size": 1000, "path": f"/api/v1/fleet/releases/{VERSION}"
    }  # fmt: skip
    assert report(second) is None
    assert report(first, state="loading", target=VERSION, progress=50) == offer
    assert report(first, VERSION, confirmed=False) is None
    assert report(second) is None, "the new version has not proved itself yet"
    assert report(first, VERSION) is None
    assert report(second) == offer


def test_a_kiosk_that_fell_silent_does_not_hold_up_the_others(world: World) -> None:
    first, second = devices(world, 2)
    start(add_release())
    assert report(first)
    world.advance(minutes=11)
    assert report(second)


def test_a_kiosk_that_falls_back_pauses_the_rollout(world: World) -> None:
    first, second = devices(world, 2)
    rollout = start(add_release())
    assert report(first)
    fall_back(first)
    rollout.refresh_from_db()
    assert rollout.paused_at is not None
    assert report(second) is None
    rollouts.resume(rollout, "grace", hub_clock().now())
    assert report(second)
    assert report(first, state="fallen_back", target=VERSION) is None, "it is not tried twice"
    assert [event.what for event in rollout.events.all()][:4] == ["offered", "resumed", "paused", "fallen_back"]


def test_rollback_gives_each_kiosk_its_own_old_version(world: World) -> None:
    first, second = devices(world, 2)
    rollout = start(add_release())
    report(first, "2026.10.2")
    report(first, VERSION)
    report(second)
    rollouts.go_back(rollout, "grace", hub_clock().now())
    assert report(second) is None, "it never ran the new version"
    assert report(first, VERSION) == {"version": "2026.10.2", "sha256": "", "size": 0, "path": ""}
    assert report(first, "2026.10.2") is None
    assert [each.state for each in rollouts.kiosks_of(rollout)] == ["gone_back", "gone_back"]


def test_kiosk_that_had_the_version_already_goes_back_to_what_it_ran_before_that(world: World) -> None:
    first, second = devices(world, 2)
    release = add_release()
    start(release)
    report(first, "2026.10.2")
    report(first, VERSION)
    again = start(release)
    assert report(first, VERSION) is None and report(second, VERSION) is None
    assert dict(again.steps.values_list("kiosk__name", "before")) == {"shelf-0": "2026.10.2", "shelf-1": ""}
    rollouts.go_back(again, "grace", hub_clock().now())
    assert report(first, VERSION)["version"] == "2026.10.2"
    assert report(second, VERSION) is None, "it has nothing to go back to"


def test_refusal_of_a_rollback_is_kept(world: World) -> None:
    (device,) = devices(world, 1)
    rollout = start(add_release())
    report(device)
    report(device, VERSION)
    rollouts.go_back(rollout, "grace", hub_clock().now())
    assert report(device, VERSION)
    assert report(device, VERSION, state="refused", target=OLD, why="no_way_back") is None
    (found,) = rollouts.kiosks_of(rollout)
    assert (found.state, found.why) == ("refused", "no_way_back")


def test_channel_branch_share_and_version_choose_the_kiosks(world: World) -> None:
    (device,) = devices(world, 1)
    release = add_release()
    start(release, channel=Channel.EARLY)
    assert report(device) is None
    KioskImage.objects.update(channel=Channel.EARLY)
    assert report(device)
    start(release, branches=[world.main], share=100)
    assert report(device)
    start(release, share=1)
    chosen = [
        name
        for name in (f"shelf-{number}" for number in range(200))
        if rollouts._turn(Rollout(release=release), Kiosk(name=name)) < 50
    ]
    assert 70 < len(chosen) < 130
    start(release)
    assert report(device, "2027.1.1") is None, "no downgrade"


def test_hours_are_those_of_the_rollout_or_when_the_branch_is_closed(world: World) -> None:
    week = ["09:00-18:00"] * 5 + ["", ""]
    assert not rollout_hours.may_happen("", week, NOW.replace(hour=12))
    assert rollout_hours.may_happen("", week, NOW.replace(hour=20))
    assert rollout_hours.may_happen("", week, NOW.replace(day=28, hour=12)), "Saturday"
    assert not rollout_hours.may_happen("", [], NOW.replace(hour=20))
    assert rollout_hours.may_happen("", [], NOW.replace(hour=23))
    assert rollout_hours.may_happen("22:00-06:00", week, NOW.replace(hour=5))
    (device,) = devices(world, 1)
    start(add_release(), hours="")
    assert report(device) is None, "14:30 in Shanghai"
    world.advance(hours=9)
    assert report(device)


def test_a_release_of_a_newer_journal_says_that_there_is_no_way_back(world: World) -> None:
    (device,) = devices(world, 1)
    add_release(OLD)
    report(device)
    assert rollouts.has_way_back(start(add_release("2026.11.2")))
    add_release("2026.11.3", journal=4)
    assert not rollouts.has_way_back(start(add_release(VERSION, journal=4))), "the kiosk never ran 2026.11.3"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("pki") / "library")


@pytest.fixture
def hub_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "STATE", tmp_path)
    return tmp_path


def test_a_bundle_is_served_by_ranges_to_signed_kiosks_only(
    world: World, authority: Authority, hub_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = authority.bundle(VERSION)
    assert main(["release", "add", str(bundle), "--keyring", str(authority.keyring)]) == 0
    assert f"{VERSION} for library-kiosk-test" in capsys.readouterr().out
    release = Release.objects.get()
    content = bundle.read_bytes()
    assert (release.sha256, release.size) == (hashlib.sha256(content).hexdigest(), len(content))
    path = releases.bundle_path(release)

    def fetch(asked: str, client: Client = world.client()) -> Any:  # noqa: B008
        return client.get(path, headers={"Range": asked} if asked else {})

    part = fetch("bytes=100-4099")
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 100-4099/{len(content)}"
    assert b"".join(part.streaming_content) == content[100:4100]
    assert b"".join(fetch(f"bytes={len(content) - 5}-999999999").streaming_content) == content[-5:]
    assert fetch(f"bytes={len(content)}-").status_code == 416
    assert b"".join(fetch("").streaming_content) == content
    assert fetch("bytes=0-9", Client()).status_code == 401
    releases.file_of(release).unlink()
    assert fetch("bytes=0-9").status_code == 404


def test_only_whole_bundles_of_the_librarys_authority_are_added(
    world: World, authority: Authority, hub_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(file: Path) -> str:
        code = main(["release", "add", str(file)])
        assert code == 1
        return capsys.readouterr().err

    bundle = authority.bundle(VERSION)
    assert "--keyring" in add(bundle)
    releases.keyring().write_bytes(authority.keyring.read_bytes())
    stranger = Authority.create(tmp_path / "stranger").bundle(VERSION)
    assert "not signed by an authority" in add(stranger)
    half = tmp_path / "half.raucb"
    half.write_bytes(bundle.read_bytes()[: bundle.stat().st_size // 2])
    assert "not a complete bundle" in add(half)
    assert main(["release", "add", str(bundle)]) == 0
    assert main(["release", "add", str(bundle)]) == 0, "the same again"
    again = authority.bundle(VERSION)
    assert "A version never changes" in add(again)
    assert Release.objects.count() == 1
    assert sorted(os.listdir(releases.folder())) == [f"{VERSION}.raucb"]
