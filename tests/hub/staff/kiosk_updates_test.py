"""Test the rollout on the page of the kiosks, and the page on which releases are added and rollouts started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.fleet import releases, rollouts
from hub.fleet.models import Channel, KioskImage, Release, Rollout
from hub.staff import kiosk_updates
from tests.hub.fleet.rollouts_test import OLD, VERSION, add_release, devices, fall_back, report, start
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.support.update_bundles import Authority

PIECE = 50_000


def test_rollout_is_drawn_paused_and_resumed(world: World, grace: Grace) -> None:
    first, second, third = devices(world, 3)
    start(add_release())
    for device in (first, second, third):
        report(device)
    report(first, VERSION)
    page = grace.page("kiosks")
    assert f"Version {VERSION} is rolling out 1 of 3 kiosks done" in page
    assert f"shelf-0 : {VERSION}" in page and "shelf-1 : Waiting" in page
    report(second)
    fall_back(second)
    page = grace.page("kiosks")
    assert f"Version {VERSION} is paused" in page and "Paused automatically after a rollback" in page
    assert f"shelf-1 rolled back to {OLD}" in page and f"Rolled back from {VERSION}" in page
    assert "rolls out again" in grace.post("kiosk_updates_act", "resume")
    assert report(third)
    assert "Updating" in grace.page("kiosks")
    assert "Paused. A kiosk that has begun" in grace.post("kiosk_updates_act", "pause")
    assert "Paused by grace" in grace.page("kiosks")
    assert "shelf-1 Rolled back to 2026.11.1: the new version failed" in grace.page("kiosk_updates")


def test_rollback_is_offered_only_where_the_version_before_reads_the_journal(world: World, grace: Grace) -> None:
    (device,) = devices(world, 1)
    add_release(OLD)
    start(add_release())
    report(device)
    report(device, VERSION)
    assert "Roll back 1 kiosk" in grace.page("kiosks")
    assert "between two visits" in grace.post("kiosk_updates_act", "back")
    assert report(device, VERSION)["version"] == OLD
    assert f"Version {VERSION} is being rolled back" in grace.page("kiosks")
    start(add_release("2027.1.1", journal=4))
    report(device)
    report(device, "2027.1.1")
    assert "There is no way back" in grace.page("kiosks")
    grace.post("kiosk_updates_act", "back")
    assert Rollout.objects.latest("pk").going_back_at is None


def test_rollout_is_started_for_a_channel_branches_a_share_and_hours(world: World, grace: Grace) -> None:
    devices(world, 1)
    add_release()
    asked = {"version": VERSION, "channel": "early", "share": "20", "when": "hours"}
    refused = grace.client.post(reverse("staff:kiosk_updates_act", args=("start",)), asked)
    assert refused.status_code == 422 and "two different times" in words(refused.content)
    page = grace.post("kiosk_updates_act", "start", **asked, begin="22:00", end="06:00", branches="main")
    assert f"{VERSION} rolls out to 0 kiosks" in page
    for part in ("from 22:00 to 06:00", "Early channel only", "Only Main", "Share of the kiosks: 20%"):
        assert part in page
    assert Rollout.objects.get().history.get().history_user == grace.user


def test_channel_of_a_kiosk_is_changed_and_undone(world: World, grace: Grace) -> None:
    (device,) = devices(world, 1)
    report(device)
    kiosk = Kiosk.objects.get(name="shelf-0")
    page = grace.post_and_undo("kiosk_channel", kiosk.pk, channel="early")
    assert "shelf-0 is now in the channel: Stable" in page
    kept = KioskImage.history.filter(kiosk=kiosk, history_type="~").values_list("channel", flat=True)
    assert list(kept) == [Channel.STABLE, Channel.EARLY]
    clerk = Grace(role="clerk", name="ida")
    page = clerk.page("kiosks")
    assert "Stable" in page and "Pause" not in page
    assert clerk.client.post(reverse("staff:kiosk_channel", args=(kiosk.pk,)), {"channel": "early"}).status_code == 403


def test_five_hundred_kiosks_fit_on_the_line(world: World) -> None:
    start(add_release())
    made = Kiosk.objects.bulk_create(Kiosk(name=f"shelf-{number}", branch=world.main) for number in range(500))
    KioskImage.objects.bulk_create(KioskImage(kiosk=each, running=OLD) for each in made)
    fallen = {"state": rollouts.FALLEN_BACK, "before": OLD, "changed_at": hub_clock().now()}
    Rollout.objects.get().steps.create(kiosk=made[7], **fallen)
    panel = kiosk_updates.rollout_panel()
    assert panel is not None
    assert len(panel.spines) <= kiosk_updates.MOST_SPINES
    assert [each.state for each in panel.spines].count(rollouts.FALLEN_BACK) == 1
    assert panel.each_stands_for == "Each spine stands for 11 kiosks."


def test_bundle_is_uploaded_in_pieces(
    world: World, grace: Grace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.create(tmp_path / "library")
    monkeypatch.setattr(settings, "STATE", tmp_path)
    releases.keyring().write_bytes(authority.keyring.read_bytes())

    def send(file: Path, begin: int) -> Any:
        content = file.read_bytes()
        piece = SimpleUploadedFile("piece", content[begin : begin + PIECE])
        fields = {"name": file.name, "size": len(content), "begin": begin, "piece": piece}
        return grace.client.post(reverse("staff:kiosk_updates_upload"), fields).json()

    bundle = authority.bundle(VERSION)
    answer = send(bundle, 0)
    assert answer == {"have": PIECE}
    assert send(bundle, 3 * PIECE) == {"have": PIECE}, "a piece is missing"
    while "then" not in answer:
        answer = send(bundle, answer["have"])
    assert Release.objects.get().version == VERSION
    assert releases.file_of(Release.objects.get()).read_bytes() == bundle.read_bytes()
    stranger = Authority.create(tmp_path / "stranger").bundle("2026.12.2")
    answer = {"have": 0}
    while "have" in answer:
        answer = send(stranger, answer["have"])
    assert "not signed by an authority" in answer["fault"]
    assert [each.name for each in releases.folder().iterdir()] == [f"{VERSION}.raucb"]
