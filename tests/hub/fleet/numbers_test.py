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

from hub.fleet.request_counters import BLOCK, RequestCounters
from tests.hub.support.device import enrolled
from tests.hub.support.world import World
from tests.support.patience import PATIENCE

PROCESSES = 4
NUMBERS = range(2, 100)


def all_taken(device: str, counters: Callable[[], RequestCounters]) -> Counter[int]:
    """How often each number is taken where so many processes, each with counters of its own, try them all at once."""
    reading, writing = os.pipe()
    processes = []
    connections.close_all()
    for _ in range(PROCESSES):
        if process := os.fork():
            processes.append(process)
            continue
        try:  # in the new process, which must not come back to the tests
            ours = counters()
            os.write(writing, json.dumps([each for each in NUMBERS if ours.take(device, each)]).encode() + b"\n")
        finally:
            os._exit(0)
    os.close(writing)
    for process in processes:
        os.waitpid(process, 0)
    with os.fdopen(reading) as said:
        return Counter(number for line in said for number in json.loads(line))


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_by_one_process_only(world: World) -> None:
    device, before = enrolled(world.kiosk), RequestCounters()
    assert before.take(device.id, 1)
    if connection.vendor == "sqlite":
        assert set(all_taken(device.id, RequestCounters)) == set(), "the block belongs to the process that reserved it"
        assert before.take(device.id, BLOCK)
        return
    taken = all_taken(device.id, RequestCounters)
    assert set(taken.values()) == {1}
    assert max(taken) == max(NUMBERS)
    assert not before.take(device.id, max(taken))
    assert before.take(device.id, max(taken) + 1)


@pytest.mark.django_db(transaction=True)
def test_a_new_devices_number_is_taken_by_one_process_only(world: World) -> None:
    assert set(all_taken(enrolled(world.kiosk).id, RequestCounters).values()) == {1}


class Slow(RequestCounters):
    """Lets the next one come while the first of its numbers is written down."""

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
def test_of_two_new_numbers_at_once_the_second_is_taken_too(world: World) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite reserves numbers in blocks")
    device, arrived = enrolled(world.kiosk), threading.Event()
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
    """Takes what is new to its own memory: the database has no word in it."""

    def take(self, device: str, counter: int) -> bool:
        known = self._remembered(device, counter)
        return self._reserve(device, counter) if known is None else known

    def _reserve(self, device: str, counter: int) -> bool:
        self._taken[device] = counter, 0
        return True


def test_without_the_databases_word_it_is_taken_by_each() -> None:
    taken = all_taken("0" * 32, Forgetful)
    assert set(taken.values()) == {PROCESSES}
