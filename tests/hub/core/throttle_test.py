"""Test the throttle of attempts: its rules, what it stores, and that processes at once share the last attempt."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from hub.core.models import Attempt
from hub.core.throttle import Delay, Limit, Throttle, forget_old

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PROCESSES, ROUNDS = 4, 12
THREE = Throttle("three", Limit(3, MINUTE))

pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_attempt_above_the_limit_waits_for_the_oldest_to_expire() -> None:
    assert all(THREE.take("ada", at(second)) for second in (0, 10, 20))
    assert THREE.take("ada", at(30)) is None
    assert THREE.wait("ada", at(30)) == timedelta(seconds=30)
    assert THREE.take("ada", at(61))
    assert THREE.take("ada", at(62)) is None, "the attempt at 10 s is now the oldest"


def test_keys_and_scopes_are_independent() -> None:
    for _ in range(3):
        assert THREE.take("ada", NOW)
    assert not THREE.wait("lin", NOW)
    assert not Throttle("four", Limit(3, MINUTE)).wait("ada", NOW)


def test_attempt_given_back_does_not_count() -> None:
    for _ in range(9):
        attempt = THREE.take("ada", NOW)
        assert attempt is not None
        attempt.give_back()


def test_attempt_must_satisfy_all_rules() -> None:
    both = Throttle("both", Limit(2, MINUTE), Limit(3, 60 * MINUTE))
    assert both.take("ada", at(0)) and both.take("ada", at(1))
    assert both.take("ada", at(2)) is None
    assert both.take("ada", at(70))
    assert both.wait("ada", at(140)) == timedelta(seconds=3600 - 140)


def test_delay_grows_with_the_attempts() -> None:
    slow = Throttle("slow", Delay(60 * MINUTE, lambda number: timedelta(seconds=number * 10)))
    assert slow.take("ada", at(0))
    assert slow.wait("ada", at(4)) == timedelta(seconds=6)
    assert slow.take("ada", at(10))
    assert slow.wait("ada", at(10)) == timedelta(seconds=20)
    slow.forget("ada")
    assert not slow.wait("ada", at(10))


def test_only_a_keyed_hash_is_stored_until_it_expires() -> None:
    THREE.take("20000000000012", NOW)
    assert "20000000000012" not in str(list(Attempt.objects.values_list()))
    forget_old(at(59))
    assert Attempt.objects.count() == 1
    THREE.take("another", at(60))
    assert Attempt.objects.count() == 1


class Unlocked(Throttle):
    """Checks before it counts, without a lock, and leaves the others time in between."""

    def take(self, key: str, now: datetime, mark: str = "") -> Attempt | None:
        wait = self.wait(key, now)
        time.sleep(0.02)
        return None if wait else self.count(key, now, mark)


def takers_per_key(throttle: Throttle) -> list[int]:
    """Return for each key how many of several processes take its last attempt."""
    for number in range(ROUNDS):
        for _ in range(2):
            throttle.count(str(number), NOW)
    connections.close_all()
    gates = [os.pipe() for _ in range(ROUNDS)]
    reading, writing = os.pipe()
    processes = [process for process in (_process(throttle, gates, writing) for _ in range(PROCESSES)) if process]
    os.close(writing)
    for reader, writer in gates:  # closing a gate releases all waiting processes at once
        os.close(reader)
        os.close(writer)
    for process in processes:
        os.waitpid(process, 0)
    with os.fdopen(reading, "rb") as results:
        rounds = results.read()
    return [rounds.count(number) for number in range(ROUNDS)]


def _process(throttle: Throttle, gates: list[tuple[int, int]], writing: int) -> int:
    if process := os.fork():
        return process
    try:  # in the forked process, which must not return to pytest
        for _reader, writer in gates:
            os.close(writer)
        throttle.wait("connected", NOW)
        for number, (reader, _writer) in enumerate(gates):
            os.read(reader, 1)
            if throttle.take(str(number), NOW) is not None:
                os.write(writing, bytes([number]))
    finally:
        os._exit(0)


@pytest.mark.django_db(transaction=True)
def test_one_of_several_processes_takes_the_last_attempt() -> None:
    assert takers_per_key(THREE) == [1] * ROUNDS


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_several_processes_take_the_last_attempt() -> None:
    assert max(takers_per_key(Unlocked("three", Limit(3, MINUTE)))) > 1
