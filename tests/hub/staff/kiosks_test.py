"""Test the page of the kiosks: health, enrolment codes, out of service and back, calls for help."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import uuid6

from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.fleet.models import HelpCall, KioskStatus
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.device import Device, enrol
from tests.hub.support.world import World


def send_health(device: Device, **changes: object) -> dict[str, object]:
    report = {
        "wire": 1,
        "version": "0.1.0",
        "boot": "b3f1",
        "uptime": 7200,
        "now": hub_clock().now().isoformat(),
        "trust": "synced",
        "parts": {"card_reader": {"condition": "ready"}, "keys": {"condition": "absent"}},
        "queued": 0,
        "set_aside": 0,
        "in_service": True,
        **changes,
    }
    answer = device.post("/api/v1/fleet/health", report)
    assert answer.status_code == 200, answer.content
    reply: dict[str, object] = answer.json()
    return reply


def test_working_kiosk_shows_its_version_and_queue(world: World, grace: Grace) -> None:
    send_health(world.device)
    page = grace.page("kiosks")
    assert "front Main Working 0.1.0 today 14:30" in page
    send_health(world.device, queued=3, oldest=3 * 3600)
    assert "3 waiting, the oldest for 3 hours" in grace.page("kiosks")


def test_faults_are_shown_in_words(world: World, grace: Grace) -> None:
    parts = {
        "receipt_printer": {"condition": "faulty", "reason": "out_of_paper"},
        "card_reader": {"condition": "faulty", "reason": "some_new_reason"},
        "holograms": {"condition": "ready", "reason": ""},
    }
    send_health(world.device, parts=parts, trust="unknown", set_aside=1)
    page = grace.page("kiosks")
    assert "Working, with faults" in page
    assert "Receipt printer: out of paper" in page
    assert "Card reader: some new reason" in page
    assert "Clock not synchronised" in page
    assert "1 transaction set aside" in page
    assert "holograms Ready" in grace.page("kiosk", world.kiosk.pk)
    send_health(world.device, now=(hub_clock().now() + timedelta(hours=8)).isoformat())
    assert "Clock wrong" in grace.page("kiosks")


def test_kiosk_without_contact_for_five_minutes_is_silent(world: World, grace: Grace) -> None:
    send_health(world.device)
    world.advance(minutes=4)
    assert "Silent" not in grace.page("kiosks")
    world.advance(minutes=2)
    assert "No contact since today 14:30" in grace.page("kiosks")


def test_silent_kiosk_with_a_queue_is_reported_after_a_day_and_three_days(world: World) -> None:
    send_health(world.device, queued=2, oldest=12 * 3600)
    world.advance(hours=11)
    assert "Loans may have waited" not in Grace().page("kiosks")
    world.advance(hours=2)
    assert "Loans may have waited 25 hours to upload" in Grace().page("kiosks")
    assert "stops lending" not in Grace().page("kiosk", world.kiosk.pk)
    world.advance(hours=48)
    assert "Loans may have waited 3 days to upload: loans stop after 1 week" in Grace().page("kiosks")


def test_backlog_of_a_kiosk_is_shown_in_words(world: World, grace: Grace) -> None:
    send_health(world.device, parts={"backlog": {"condition": "ready", "reason": "waits_long"}}, queued=2, oldest=90000)
    assert "To upload: waiting long" in grace.page("kiosks")
    send_health(world.device, parts={"backlog": {"condition": "faulty", "reason": "lending_stopped"}}, queued=5000)
    assert "To upload: loans stopped" in grace.page("kiosks")


def test_code_of_a_new_kiosk_is_shown_once_and_enrols_it(world: World, grace: Grace) -> None:
    shown = grace.client.post("/staff/kiosks/add/", {"name": "back", "branch": "main"}).content.decode()
    code = re.search(r'class="code">([^<]+)<', shown)
    assert code is not None
    assert "<svg" in shown[shown.index('class="qr"') :][:200]
    assert 'data-seconds="900"' in shown
    kiosk = Kiosk.objects.get(name="back")
    assert code[1] not in grace.client.get(f"/staff/kiosks/{kiosk.pk}/").content.decode()
    assert "Not enrolled yet" in grace.page("kiosks")
    answer = enrol(html.unescape(code[1]), b"k" * 32).json()
    assert answer["kiosk"] == "back"
    Device(answer["device"], b"k" * 32).get("/api/v1/items/1")
    assert "Not enrolled yet" not in grace.page("kiosks")


@pytest.mark.parametrize(
    ("name", "branch", "expected"),
    [
        ("two words", "main", "only letters, digits, - and _"),
        ("", "main", "only letters, digits, - and _"),
        ("back", "nowhere", "only letters, digits, - and _"),
        ("front", "main", "A kiosk with this name already exists"),
    ],
)
def test_invalid_or_taken_name_is_refused(world: World, grace: Grace, name: str, branch: str, expected: str) -> None:
    page = grace.client.post("/staff/kiosks/add/", {"name": name, "branch": branch}, follow=True)
    assert expected in words(page.content)
    assert Kiosk.objects.count() == 1


def test_revoked_kiosk_is_refused_until_enrolled_again(world: World, grace: Grace) -> None:
    assert "is revoked" in grace.post("kiosk_act", world.kiosk.pk, "revoke")
    assert world.device.get("/api/v1/items/1").json() == {"detail": "revoked"}
    assert "Revoked" in grace.page("kiosks")
    shown = grace.client.post(f"/staff/kiosks/{world.kiosk.pk}/code/").content.decode()
    code = re.search(r'class="code">([^<]+)<', shown)
    assert code is not None
    fresh = Device(enrol(code[1], b"k" * 32).json()["device"], b"k" * 32)
    assert fresh.get("/api/v1/items/1").status_code == 404
    assert "Revoked" not in grace.page("kiosks")


def test_closing_needs_both_languages_and_the_page_follows_the_kiosk(world: World, grace: Grace) -> None:
    send_health(world.device)
    assert "Enter the message to patrons." in grace.post("kiosk_act", world.kiosk.pk, "close", closing_en="Moving")
    assert send_health(world.device)["out_of_service"] is None
    assert "closes within a minute" in grace.post(
        "kiosk_act", world.kiosk.pk, "close", closing_zh="正在搬迁", closing_en="We are moving"
    )
    assert "Closing after this visit" in grace.page("kiosks")
    closing = {"words": {"zh": "正在搬迁", "en": "We are moving"}}
    assert send_health(world.device, in_service=False)["out_of_service"] == closing
    assert "Out of service" in grace.page("kiosks")
    assert KioskStatus.objects.get().closed_by == "grace"
    assert "reopens" in grace.post("kiosk_act", world.kiosk.pk, "reopen")
    assert send_health(world.device)["out_of_service"] is None


def test_call_for_help_is_shown_until_it_is_handled(world: World, grace: Grace) -> None:
    call = {"id": str(uuid6.uuid7()), "at": hub_clock().now().isoformat()}
    send_health(world.device, help=[call])
    page = grace.page("kiosks")
    assert "front, Main: 1 staff call, today 14:30 Mark as handled" in page
    assert "Kiosks 1" in page, "the count in the top bar"
    assert "1 call from front handled" in grace.post("kiosk_act", world.kiosk.pk, "heard")
    assert (HelpCall.objects.get().seen_by, HelpCall.objects.filter(seen_at=None).count()) == ("grace", 0)
    assert send_health(world.device, help=[call])["help_seen"] is True


def test_identify_order_reaches_the_kiosk(world: World, grace: Grace) -> None:
    send_health(world.device)
    assert "identifies itself" in grace.post("kiosk_act", world.kiosk.pk, "identify")
    assert send_health(world.device)["identify"] is True


def test_chinese_page_has_no_english_words(world: World) -> None:
    send_health(
        world.device, parts={"receipt_printer": {"condition": "faulty", "reason": "out_of_paper"}}, queued=2, oldest=60
    )
    page = Grace("zh-hans").page("kiosks")
    assert "凭条打印机：缺纸" in page
    assert "2 笔待传，最早的已等 1 分钟" in page
    assert not {"Working", "Kiosk", "Version", "Camera"} & set(page.split())


@pytest.mark.parametrize("what", ["add/", "1/code/", "1/revoke/"])
def test_get_request_changes_nothing(world: World, grace: Grace, what: str) -> None:
    assert grace.client.get(f"/staff/kiosks/{what}").status_code == 405
