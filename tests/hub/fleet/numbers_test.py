"""Test request counters in a hub of several processes: each number is accepted once."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from hub.fleet.devices import BLOCK, RequestCounters
from tests.hub.support.device import enrolled_device
from tests.hub.support.world import World
from tests.support.patience import PATIENCE

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
