"""Test that no request number is used twice: after a power cut, without the file, in two processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.sync.request_counter import BLOCK, RequestCounter

NEVER_SET = 1_000
"""Milliseconds since 1970 on a machine without a clock battery, a second after its start."""
TODAY = 1_795_000_000_000


class Machine:
    """A device whose power goes and whose clock is not to be trusted."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "counter"
        self.now = TODAY

    def starts(self) -> RequestCounter:
        return RequestCounter(self.file, lambda: self.now)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_after_a_power_cut_the_numbers_go_on_behind_the_last(machine: Machine) -> None:
    machine.now = NEVER_SET
    last = 0
    for used in (1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK):
        counter = machine.starts()
        for _ in range(used):
            number = counter.next()
            assert number > last
            last = number


def test_what_was_used_is_on_the_disk_before_it_is_used(machine: Machine) -> None:
    counter = machine.starts()
    for _ in range(2 * BLOCK + 5):
        assert counter.next() <= int(machine.file.read_text())


def test_the_disk_is_written_once_for_many_requests(machine: Machine) -> None:
    counter = machine.starts()
    counter.next()
    written = machine.file.stat().st_mtime_ns, machine.file.stat().st_ino
    for _ in range(BLOCK - 1):
        counter.next()
    assert (machine.file.stat().st_mtime_ns, machine.file.stat().st_ino) == written


@pytest.mark.parametrize("spoilt", [None, b"", b"\x00\x00", b"-5", b"9" * 40, "书".encode()])
def test_without_its_file_it_goes_on_by_the_clock(machine: Machine, spoilt: bytes | None) -> None:
    last = machine.starts().next()
    machine.now += 60_000
    machine.file.unlink() if spoilt is None else machine.file.write_bytes(spoilt)
    assert machine.starts().next() > last


def test_a_clock_that_went_back_takes_no_number_back(machine: Machine) -> None:
    counter = machine.starts()
    last = counter.next()
    machine.now = NEVER_SET
    assert counter.next() == last + 1
    assert machine.starts().next() > last + 1
    counter.leap()
    assert counter.next() > last + 1


def test_an_old_picture_of_the_disk_is_overtaken_as_soon_as_the_clock_is_right(machine: Machine) -> None:
    machine.starts().next()
    old = machine.file.read_bytes()
    machine.now += 3_600_000
    last = machine.starts().next()
    machine.file.write_bytes(old)
    machine.now = NEVER_SET
    counter = machine.starts()
    assert counter.next() < last, "nobody can know before the clock is set"
    machine.now = TODAY + 7_200_000
    counter.leap()
    assert counter.next() > last


def test_two_processes_with_one_file_never_say_the_same(machine: Machine) -> None:
    one, other = machine.starts(), machine.starts()
    said = [counter.next() for _ in range(BLOCK + 10) for counter in (one, other)]
    assert len(set(said)) == len(said)
    one.leap()
    assert one.next() > max(said)


def test_many_threads_never_say_the_same(machine: Machine) -> None:
    counter = machine.starts()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: counter.next(), range(3 * BLOCK)))
    assert len(set(said)) == len(said)


def test_on_a_disk_that_cannot_be_written_it_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(tmp_path / "no such folder")
    counter = machine.starts()
    numbers = [counter.next() for _ in range(2 * BLOCK + 1)]
    assert numbers == sorted(set(numbers))
    assert caplog.text.count("Cannot write") == 1
