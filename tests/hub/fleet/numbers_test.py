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
from django.db import connection

from hub.fleet.request_counters import BLOCK, RequestCounters
from tests.hub.device import enrolled
from tests.hub.world import World
from tests.patience import PATIENCE

PROCESSES = 4
NUMBERS = range(2, 400)


def all_taken(device: str, counters: Callable[[], RequestCounters]) -> Counter[int]:
    """How often each number is taken where so many processes, each with these counters, try them all at once."""
    reading, writing = os.pipe()
    processes = []
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


def test_a_number_is_taken_by_one_process_only(world: World) -> None:
    device, counters = enrolled(world.kiosk), RequestCounters()
    assert counters.take(device.id, 1), "which reserves the numbers behind it, so that no process asks the database"
    taken = all_taken(device.id, lambda: counters)
    assert taken
    assert set(taken.values()) == {1}
    assert not counters.take(device.id, max(taken)), "and the one that began them knows of it"
    assert counters.take(device.id, BLOCK)


class Slow(RequestCounters):
    """Lets the next one come while the first of its numbers is written down."""

    def __init__(self, arrived: threading.Event) -> None:
        super().__init__()
        self._arrived, self._first = arrived, True

    def _reserve(self, device: str, key: bytes, counter: int) -> bool:
        if self._first:
            self._first = False
            self._arrived.set()
            time.sleep(0.1)
        return super()._reserve(device, key, counter)


@pytest.mark.django_db(transaction=True)
def test_of_two_new_numbers_at_once_the_second_is_taken_too(world: World) -> None:
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
    """Takes what is new to it: neither the other processes nor the database have a word in it."""

    def _reserve(self, device: str, key: bytes, counter: int) -> bool:
        with self._kept.turn:
            self._kept[key] = counter.to_bytes(8, "little") + bytes(8)
        return True


def test_without_memory_in_common_and_the_databases_word_it_is_taken_by_each() -> None:
    taken = all_taken("0" * 32, Forgetful)
    assert set(taken.values()) == {PROCESSES}
