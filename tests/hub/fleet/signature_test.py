"""Test request signatures: every covered part matters, and no request is accepted twice."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.circulation.models import Kiosk
from hub.fleet.devices import BLOCK, RequestCounters
from lending import request_signature
from lending.request_signature import Claim
from tests.hub.support.device import Device, enrolled_device, post_signed
from tests.hub.support.world import World
from tests.support.patience import PATIENCE

PATH = "/api/v1/fleet/health?page=1"
BODY = b'{"wire": 1}'
"""Signed but not a valid report, so 422 means that the signature was accepted."""


NEARLY = st.from_regex(r"Kiosk [0-9a-f]{30,33} [0-9]{0,20} [0-9a-f]{126,129}", fullmatch=True)


@pytest.fixture
def device(world: World) -> Device:
    return enrolled_device(world.kiosk)


def refusal(answer: Any) -> str:
    assert answer.status_code == 401, answer.content
    return str(answer.json()["detail"])


def test_signed_request_is_accepted(device: Device) -> None:
    assert post_signed(PATH, BODY, device.claim("POST", PATH, BODY).header).status_code == 422


def with_changed_end(text: str) -> str:
    """Return the text with another last character."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@pytest.mark.parametrize("part", ["method", "path", "query", "body", "device", "counter", "signature"])
def test_change_of_any_signed_part_is_refused(world: World, device: Device, part: str) -> None:
    other = world.add_kiosk("back")
    method, path, query, body = "POST", "/api/v1/fleet/health", "page=1", BODY
    claim = device.claim(method, f"{path}?{query}", body)
    match part:
        case "method":
            item = "/api/v1/items/1"
            answer = Client().get(item, headers={"Authorization": device.claim("POST", item).header})
        case "path":
            item = "/api/v1/items/1"
            answer = Client().get("/api/v1/items/2", headers={"Authorization": device.claim("GET", item).header})
        case "query":
            answer = post_signed("/api/v1/fleet/health?page=2", body, claim.header)
        case "body":
            answer = post_signed(PATH, b'{"wire": 2}', claim.header)
        case "device":
            answer = post_signed(PATH, body, replace(claim, device=other.id).header)
        case "counter":
            answer = post_signed(PATH, body, replace(claim, counter=claim.counter + 1).header)
        case _:
            answer = post_signed(PATH, body, replace(claim, signature=with_changed_end(claim.signature)).header)
    assert refusal(answer) == "bad_signature"
    honest = post_signed(PATH, body, claim.header).status_code if part != "path" else device.get(path).status_code
    assert honest in (405, 422), "a refused request does not advance the counter"


def test_replayed_request_is_refused(world: World, device: Device) -> None:
    row = {"wire": 1, "rows": [world.checkout(world.dune)]}
    raw = json.dumps(row).encode()
    claim = device.claim("POST", "/api/v1/transactions", raw)
    assert post_signed("/api/v1/transactions", raw, claim.header).status_code == 200
    assert refusal(post_signed("/api/v1/transactions", raw, claim.header)) == "old_counter"


def test_older_counter_is_refused_and_a_gap_accepted(device: Device) -> None:
    assert post_signed(PATH, BODY, device.claim("POST", PATH, BODY, counter=50_000).header).status_code == 422
    assert refusal(post_signed(PATH, BODY, device.claim("POST", PATH, BODY, counter=49_999).header)) == "old_counter"
    assert post_signed(PATH, BODY, device.claim("POST", PATH, BODY, counter=50_001).header).status_code == 422


def restart_hub() -> None:
    """Drop the counters that the hub keeps in memory."""
    apps.get_app_config("fleet").counters = RequestCounters()


def test_restarted_hub_accepts_no_request_again(world: World, device: Device) -> None:
    claims = [device.claim("POST", PATH, BODY, counter=number) for number in (5, 6, 700)]
    assert [post_signed(PATH, BODY, claim.header).status_code for claim in claims] == [422] * 3
    restart_hub()
    assert [refusal(post_signed(PATH, BODY, claim.header)) for claim in claims] == ["old_counter"] * 3
    assert post_signed(PATH, BODY, device.claim("POST", PATH, BODY, counter=700 + BLOCK).header).status_code == 422


def test_two_processes_on_one_database_accept_each_number_once(world: World, device: Device) -> None:
    first_hub, second_hub = RequestCounters(), RequestCounters()
    numbers = [1, 500, 1001, 1002, 1500, 2500, 3600]
    taken = []
    for place, number in enumerate(numbers):
        hubs = (first_hub, second_hub) if place % 2 else (second_hub, first_hub)
        taken += [number for hub in hubs if hub.take(device.id, number)]
    assert taken == numbers


def test_request_does_not_wait_for_the_disk(world: World, device: Device) -> None:
    """SQLite is written once for many requests, PostgreSQL without waiting."""
    device.get("/api/v1/items/1")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            device.get("/api/v1/items/1")
    writes = [each["sql"] for each in queries.captured_queries if not each["sql"].startswith("SELECT")]
    if connection.vendor == "sqlite":
        assert not writes
    assert all("set_config(" in each for each in writes)


def test_unknown_device_or_wrong_key_is_refused(device: Device) -> None:
    stranger = Device("0" * 32, device.key)
    assert refusal(stranger.get("/api/v1/items/1")) == "unknown_device"
    thief = Device(device.id, b"t" * 32)
    assert refusal(thief.get("/api/v1/items/1")) == "bad_signature"


def test_escaped_and_plain_paths_are_equivalent(device: Device) -> None:
    target = "/api/v1/items/A%2F17%20B%2B%E4%B9%A6"
    assert device.get(target).status_code == 404
    assert device.get("/api/v1/items/A/17%20B+%E4%B9%A6").status_code == 404


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.text(max_size=300) | NEARLY)
def test_any_invalid_header_is_refused(world: World, header: str) -> None:
    safe = header.replace("\r", "").replace("\n", "")
    assert Client().get("/api/v1/items/1", headers={"Authorization": safe}).status_code == 401


def test_counter_is_limited_to_what_the_database_can_hold() -> None:
    claim = Claim("0" * 32, request_signature.LARGEST_COUNTER, "0" * 128)
    assert request_signature.read_claim(claim.header) == claim
    assert request_signature.read_claim(replace(claim, counter=claim.counter + 1).header) is None
    assert request_signature.read_claim(claim.header.replace(str(claim.counter), "007")) is None
    assert request_signature.read_claim(claim.header + "\n") is None


def test_oversized_body_is_refused(device: Device) -> None:
    raw = b" " * (64 * 1024 + 1)
    assert device.post("/api/v1/transactions", raw).status_code == 413


def test_last_contact_is_recorded_to_the_minute(world: World, device: Device) -> None:
    device.get("/api/v1/items/1")
    first = Kiosk.objects.get().seen_at
    device.get("/api/v1/items/1")
    assert Kiosk.objects.get().seen_at == first
    world.advance(minutes=2)
    device.get("/api/v1/items/1")
    assert Kiosk.objects.get().seen_at - first >= timedelta(minutes=2)


def test_openapi_document_names_the_signature_scheme(world: World) -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser("grace"))
    document = staff.get("/api/v1/openapi.json").json()
    scheme = document["components"]["securitySchemes"]["SignatureAuth"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "Kiosk")
    assert "counter" in scheme["description"]
    paths = document["paths"]
    assert {"SignatureAuth": []} in paths["/api/v1/fleet/health"]["post"]["security"]
    assert "security" not in paths["/api/v1/fleet/enrolments"]["post"]


PROCESSES = 4
NUMBERS = range(2, 100)


def accepted_counts(device: str, counters: Callable[[], RequestCounters]) -> Counter[int]:
    """Return how many processes, each with its own counters, accept each number when all try at once."""
    reading, writing = os.pipe()
    processes = []
    connections.close_all()
    for _ in range(PROCESSES):
        if process := os.fork():
            processes.append(process)
            continue
        try:  # in the forked process, which must not return to pytest
            own_counters = counters()
            os.write(
                writing, json.dumps([each for each in NUMBERS if own_counters.take(device, each)]).encode() + b"\n"
            )
        finally:
            os._exit(0)
    os.close(writing)
    for process in processes:
        os.waitpid(process, 0)
    with os.fdopen(reading) as reader:
        return Counter(number for line in reader for number in json.loads(line))


@pytest.mark.django_db(transaction=True)
def test_number_is_accepted_by_one_process_only(world: World) -> None:
    device, before = enrolled_device(world.kiosk), RequestCounters()
    assert before.take(device.id, 1)
    if connection.vendor == "sqlite":
        assert set(accepted_counts(device.id, RequestCounters)) == set(), (
            "the block belongs to the process that reserved it"
        )
        assert before.take(device.id, BLOCK)
        return
    taken = accepted_counts(device.id, RequestCounters)
    assert set(taken.values()) == {1}
    assert max(taken) == max(NUMBERS)
    assert not before.take(device.id, max(taken))
    assert before.take(device.id, max(taken) + 1)


@pytest.mark.django_db(transaction=True)
def test_number_of_a_new_device_is_accepted_by_one_process_only(world: World) -> None:
    assert set(accepted_counts(enrolled_device(world.kiosk).id, RequestCounters).values()) == {1}


class Slow(RequestCounters):
    """Delays its first reservation, so that another request arrives meanwhile."""

    def __init__(self, arrived: threading.Event) -> None:
        super().__init__()
        self._arrived, self._first = arrived, True

    def _reserve(self, device: str, counter: int) -> bool:
        if self._first:
            self._first = False
            self._arrived.set()
            time.sleep(0.1)
        return super()._reserve(device, counter)


@pytest.mark.django_db(transaction=True)
def test_second_of_two_concurrent_numbers_is_accepted_too(world: World) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite reserves numbers in blocks")
    device, arrived = enrolled_device(world.kiosk), threading.Event()
    counters = Slow(arrived)

    def take(number: int) -> bool:
        try:
            return counters.take(device.id, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(take, 1)
        assert arrived.wait(PATIENCE)
        second = pool.submit(take, 2)
        assert (first.result(), second.result()) == (True, True)
    assert not counters.take(device.id, 2)


class Forgetful(RequestCounters):
    """Accepts numbers by its own memory only, without the database."""

    def take(self, device: str, counter: int) -> bool:
        known = self._take_reserved(device, counter)
        return self._reserve(device, counter) if known is None else known

    def _reserve(self, device: str, counter: int) -> bool:
        self._taken[device] = counter, 0
        return True


def test_without_the_database_each_process_accepts_the_number() -> None:
    taken = accepted_counts("0" * 32, Forgetful)
    assert set(taken.values()) == {PROCESSES}
