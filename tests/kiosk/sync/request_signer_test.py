"""Test that no request number is used twice: after a power cut, without the file, in two processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.sync.request_signer import BLOCK, RequestCounter

NEVER_SET = 1_000
"""Milliseconds since 1970 on a machine without a clock battery, a second after its start."""
TODAY = 1_795_000_000_000


class Machine:
    """A device that can lose power and whose clock can be wrong."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "counter"
        self.now = TODAY

    def start(self) -> RequestCounter:
        return RequestCounter(self.file, lambda: self.now)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_numbers_continue_after_a_power_cut(machine: Machine) -> None:
    machine.now = NEVER_SET
    last = 0
    for used in (1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK):
        counter = machine.start()
        for _ in range(used):
            number = counter.next()
            assert number > last
            last = number


def test_numbers_are_reserved_on_disk_before_use(machine: Machine) -> None:
    counter = machine.start()
    for _ in range(2 * BLOCK + 5):
        assert counter.next() <= int(machine.file.read_text())


def test_disk_is_written_once_per_block(machine: Machine) -> None:
    counter = machine.start()
    counter.next()
    written = machine.file.stat().st_mtime_ns, machine.file.stat().st_ino
    for _ in range(BLOCK - 1):
        counter.next()
    assert (machine.file.stat().st_mtime_ns, machine.file.stat().st_ino) == written


@pytest.mark.parametrize("content", [None, b"", b"\x00\x00", b"-5", b"9" * 40, "书".encode()])
def test_missing_or_damaged_file_continues_by_the_clock(machine: Machine, content: bytes | None) -> None:
    last = machine.start().next()
    machine.now += 60_000
    machine.file.unlink() if content is None else machine.file.write_bytes(content)
    assert machine.start().next() > last


def test_clock_set_back_never_repeats_a_number(machine: Machine) -> None:
    counter = machine.start()
    last = counter.next()
    machine.now = NEVER_SET
    assert counter.next() == last + 1
    assert machine.start().next() > last + 1
    counter.leap()
    assert counter.next() > last + 1


def test_restored_disk_image_is_overtaken_once_the_clock_is_right(machine: Machine) -> None:
    machine.start().next()
    old = machine.file.read_bytes()
    machine.now += 3_600_000
    last = machine.start().next()
    machine.file.write_bytes(old)
    machine.now = NEVER_SET
    counter = machine.start()
    assert counter.next() < last, "undetectable before the clock is set"
    machine.now = TODAY + 7_200_000
    counter.leap()
    assert counter.next() > last


def test_two_processes_never_use_the_same_number(machine: Machine) -> None:
    one, other = machine.start(), machine.start()
    numbers = [counter.next() for _ in range(BLOCK + 10) for counter in (one, other)]
    assert len(set(numbers)) == len(numbers)
    one.leap()
    assert one.next() > max(numbers)


def test_many_threads_never_use_the_same_number(machine: Machine) -> None:
    counter = machine.start()
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: counter.next(), range(3 * BLOCK)))
    assert len(set(numbers)) == len(numbers)


def test_unwritable_disk_still_yields_numbers_and_logs_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(tmp_path / "no such folder")
    counter = machine.start()
    numbers = [counter.next() for _ in range(2 * BLOCK + 1)]
    assert numbers == sorted(set(numbers))
    assert caplog.text.count("Cannot write") == 1
