"""Test health reports: the last one is kept, a call for help counts once, instructions are returned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import uuid6
from django.utils.translation import override

from hub.core.clock import hub_clock
from hub.fleet import devices, health_reports
from hub.fleet.models import HelpCall, KioskStatus
from hub.staff import kiosks
from lending import request_signature
from lending.model import Reason
from tests.hub.support.device import Device, enrolled_device
from tests.hub.support.world import NOW, World

HEALTH = "/api/v1/fleet/health"


@pytest.fixture
def device(world: World) -> Device:
    return enrolled_device(world.kiosk)


def report(**changes: object) -> dict[str, object]:
    return {
        "wire": 1,
        "version": "0.1.0",
        "boot": "b3f1",
        "uptime": 3600,
        "now": hub_clock().now().isoformat(),
        "trust": "synced",
        "parts": {"card_reader": {"condition": "ready", "reason": ""}, "lights": {"condition": "absent"}},
        "queued": 2,
        "set_aside": 0,
        "oldest": 90,
        "in_service": True,
        **changes,
    }


def send_report(device: Device, **changes: object) -> Any:
    response = device.post(HEALTH, report(**changes))
    assert response.status_code == 200, response.content
    return response.json()


def test_new_report_replaces_the_previous_one(world: World, device: Device) -> None:
    send_report(device)
    send_report(
        device, queued=0, oldest=None, parts={"receipt_printer": {"condition": "faulty", "reason": "out_of_paper"}}
    )
    kept = KioskStatus.objects.get()
    assert (kept.kiosk, kept.queued, kept.oldest, kept.version) == (world.kiosk, 0, None, "0.1.0")
    assert kept.parts == {"receipt_printer": {"condition": "faulty", "reason": "out_of_paper"}}
    assert abs(kept.told_at - NOW) < timedelta(minutes=1)
    assert abs(kept.clock_off) < 60


def test_wrong_clock_is_recorded(world: World, device: Device) -> None:
    send_report(device, now="1970-01-01T00:10:00+00:00", trust="unknown")
    kept = KioskStatus.objects.get()
    assert kept.clock_off < -(50 * 365 * 86400)
    assert kept.trust == "unknown"


def test_repeated_call_for_help_counts_once(world: World, device: Device) -> None:
    call = {"id": str(uuid6.uuid7()), "at": NOW.isoformat()}
    assert send_report(device)["help_seen"] is True
    assert send_report(device, help=[call])["help_seen"] is False
    assert send_report(device, help=[call])["help_seen"] is False
    assert HelpCall.objects.count() == 1
    assert health_reports.help_seen(world.kiosk, "grace", NOW) == 1
    assert send_report(device, help=[call])["help_seen"] is True
    assert health_reports.waiting_calls() == {}


@pytest.mark.parametrize(
    ("why", "unasked", "expected"),
    [
        ("", False, ""),
        ("unknown_item", False, "Not in the catalogue"),
        ("fees", False, "Owes too much"),
        ("no_renewals_left", True, "Refused 3 times, last: No renewals left"),
        ("out_of_order", False, "Out of order"),
        ("of_a_later_kiosk", True, ""),
    ],
)
def test_reason_of_a_call_for_help_is_shown_in_words(device: Device, why: str, unasked: bool, expected: str) -> None:
    send_report(device, help=[{"id": str(uuid6.uuid7()), "at": NOW.isoformat(), "why": why, "unasked": unasked}])
    ((_count, call),) = health_reports.waiting_calls().values()
    with override("en"):
        assert kiosks.call_reason(call) == expected


def test_every_reason_has_a_text_without_facts(device: Device) -> None:
    for reason in Reason:
        words = kiosks.call_reason(HelpCall(why=reason.value))
        assert words and "None" not in words and words.strip() == words, reason


def test_out_of_service_text_is_sent_until_reopened(world: World, device: Device) -> None:
    health_reports.close(world.kiosk, {"zh": "正在搬迁", "en": "We are moving"}, "grace", NOW)
    assert send_report(device)["out_of_service"] == {"words": {"zh": "正在搬迁", "en": "We are moving"}}
    assert send_report(device, in_service=False)["out_of_service"] is not None
    assert KioskStatus.objects.get().in_service is False
    health_reports.reopen(world.kiosk)
    assert send_report(device)["out_of_service"] is None


def test_identify_order_lasts_three_minutes(world: World, device: Device) -> None:
    health_reports.identify(world.kiosk, hub_clock().now())
    assert send_report(device)["identify"] is True
    world.advance(minutes=3)
    assert send_report(device)["identify"] is False


def test_answer_is_signed_for_this_request(device: Device) -> None:
    response = device.post(HEALTH, report())
    text = request_signature.answer_text(device.id, device.counter, response.content)
    signature = response.headers[request_signature.ANSWER_HEADER]
    assert request_signature.verifies(devices.hub_public_key(), text, signature)
    earlier = request_signature.answer_text(device.id, device.counter - 1, response.content)
    assert not request_signature.verifies(devices.hub_public_key(), earlier, signature)


@pytest.mark.parametrize("more", [{"patron": "ada"}, {"parts": {"Ada Sample": {"condition": "ready"}}}, {"queued": -1}])
def test_unknown_or_invalid_fields_are_refused(device: Device, more: dict[str, object]) -> None:
    assert device.post(HEALTH, report(**more)).status_code == 422
    assert not KioskStatus.objects.exists()
