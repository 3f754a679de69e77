"""A kiosk answers a remote task once, and what it sent is deleted after a week."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.core.roles import Role
from hub.fleet import enrolment, remote_tasks
from hub.fleet.models import RemoteTask
from tests.hub.fleet.health_test import send_report
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.device import Device, enrolled_device
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


@pytest.fixture
def device(world: World) -> Device:
    return enrolled_device(world.kiosk)


def answer(device: Device, task: str, **result: object) -> int:
    body = {"wire": 1, "outcome": "done", **result}
    return int(device.post(f"/api/v1/fleet/tasks/{task}", body).status_code)


def tasks(device: Device) -> list[dict[str, Any]]:
    return list(send_report(device)["tasks"])


def test_log_is_asked_once_fetched_and_shown(world: World, grace: Grace, device: Device) -> None:
    for _press in range(2):
        assert "sends its log within a minute" in grace.post("kiosk_task", world.kiosk.pk, "log")
    (task,) = tasks(device)
    assert task["kind"] == "log" and "Requested, expected within a minute" in grace.page("kiosk", world.kiosk.pk)
    assert answer(device, task["id"], log="2026-12-02Z INFO <b>started</b>") == 204
    assert tasks(device) == []
    page = grace.client.get(reverse("staff:kiosk_result", args=(world.kiosk.pk, task["id"])))
    assert "INFO <b>started</b>" in words(page.content) and b"&lt;b&gt;" in page.content
    assert answer(device, task["id"], log="another") == 204, "a repeated answer changes nothing"
    assert "another" not in grace.page("kiosk_result", world.kiosk.pk, task["id"])


def test_screenshot_is_served_as_sent_and_only_as_png(world: World, grace: Grace, device: Device) -> None:
    grace.post("kiosk_task", world.kiosk.pk, "screenshot")
    (task,) = tasks(device)
    assert answer(device, task["id"], screenshot=base64.b64encode(b"<svg onload=x>").decode()) == 404
    assert answer(device, task["id"], screenshot=base64.b64encode(PNG).decode()) == 204
    shown = grace.client.get(reverse("staff:kiosk_screenshot", args=(world.kiosk.pk, task["id"])))
    assert (shown.content, shown["Content-Type"]) == (PNG, "image/png")


def test_refusal_during_a_visit_and_silence_are_said(world: World, grace: Grace, device: Device) -> None:
    grace.post("kiosk_task", world.kiosk.pk, "screenshot")
    (task,) = tasks(device)
    answer(device, task["id"], outcome="visit")
    assert "A patron was at the kiosk" in grace.page("kiosk", world.kiosk.pk)
    grace.post("kiosk_task", world.kiosk.pk, "restart")
    world.advance(minutes=11)
    assert tasks(device) == [], "a kiosk that was away does not restart later"
    assert "did not answer within 10 minutes" in grace.page("kiosk", world.kiosk.pk)


def test_kiosk_answers_its_own_tasks_only(world: World, grace: Grace, device: Device) -> None:
    grace.post("kiosk_task", world.kiosk.pk, "log")
    (task,) = tasks(device)
    RemoteTask.objects.update(kiosk=enrolment.add("other", world.main))
    assert answer(device, task["id"], log="x") == 404
    assert RemoteTask.objects.get().answered_at is None


def test_asking_needs_a_right_of_its_own(world: World, device: Device) -> None:
    for role in (Role.CLERK, Role.LIBRARIAN, Role.MARKETING):
        staff = Grace(role=role, name=f"{role}-1")
        response = staff.client.post(reverse("staff:kiosk_task", args=(world.kiosk.pk, "log")))
        assert response.status_code == 403, role
        assert "Remote access" not in words(staff.client.get(reverse("staff:kiosk", args=(world.kiosk.pk,))).content)
    assert not RemoteTask.objects.exists()


def test_result_is_deleted_after_a_week_and_who_asked_later(world: World, grace: Grace, device: Device) -> None:
    grace.post("kiosk_task", world.kiosk.pk, "log")
    (task,) = tasks(device)
    answer(device, task["id"], log="started")
    world.advance(days=6)
    assert remote_tasks.delete_old(hub_clock().now()) == 0
    world.advance(days=2)
    assert remote_tasks.delete_old(hub_clock().now()) == 1
    kept = RemoteTask.objects.get()
    assert (kept.log, kept.asked_by) == ("", "grace")
    grace.sign_in()
    url = reverse("staff:kiosk_result", args=(world.kiosk.pk, task["id"]))
    assert grace.client.get(url).status_code == 404
    world.advance(days=400)
    remote_tasks.delete_old(hub_clock().now())
    assert not RemoteTask.objects.exists()
