"""Test a hub with several processes on PostgreSQL: kiosks and the demo's visits notice nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from hub.serve import MOST_PROCESSES
from kiosk.benchmarks.concurrent_kiosks import FarKiosk, RowResult, at_once, line_to
from kiosk.benchmarks.hub import Ground, HubWorkload, served
from kiosk.benchmarks.process_stats import children, cpu_seconds
from kiosk.visit_player.processes import PATIENCE

KIOSKS = 24
LINES = 12
"""New ones, so that some lead to each process."""
PROCESSES = min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
PATH = "/api/v1/items/0"
ANSWERS = 0.1
"""Seconds of the processor that a process uses only when it answers."""

pytestmark = [pytest.mark.long, pytest.mark.skipif(PROCESSES == 1, reason="on one core there is one process")]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with served("postgresql", tmp_path_factory.mktemp("hub"), HubWorkload(kiosks=KIOSKS, loans=2 * KIOSKS)) as ground:
        yield ground
    assert not Path(f"/proc/{ground.pid}").exists()


def test_there_are_several_and_each_answers(ground: Ground) -> None:
    before = {each: cpu_seconds(each) for each in children(ground.pid)}
    assert len(before) == PROCESSES
    header, last = ground.kiosks[2].signer.claim("GET", PATH, b"").header, time.monotonic() + PATIENCE

    def resting() -> list[int]:
        return [each for each, used in before.items() if cpu_seconds(each) - used < ANSWERS]

    while resting() and time.monotonic() < last:
        said_at_once(ground, header)
    assert not resting()


def asked(ground: Ground, authorization: str) -> int:
    """What the hub says to this request on a line of its own."""
    with closing(line_to(ground.url)) as line:
        line.request("GET", PATH, headers={"Authorization": authorization})
        return line.getresponse().status


def said_at_once(ground: Ground, authorization: str) -> Counter[int]:
    found: list[int] = []
    asks = [threading.Thread(target=lambda: found.append(asked(ground, authorization))) for _ in range(LINES)]
    for each in asks:
        each.start()
    for each in asks:
        each.join()
    return Counter(found)


def test_a_request_is_taken_once_whichever_process_it_comes_to(ground: Ground) -> None:
    kiosk = ground.kiosks[0]
    for _ in range(5):
        assert said_at_once(ground, kiosk.signer.claim("GET", PATH, b"").header) == {404: 1, 401: LINES - 1}


def test_a_devices_next_number_is_taken_by_any_of_them_at_the_first_try(ground: Ground) -> None:
    kiosk = ground.kiosks[1]
    assert {asked(ground, kiosk.signer.claim("GET", PATH, b"").header) for _ in range(2 * LINES)} == {404}


def test_all_of_them_have_the_same_time(ground: Ground) -> None:
    moment = datetime.now(UTC) + timedelta(hours=3)
    requests.post(f"{ground.url}/api/demo/clock", json={"now": moment.isoformat()}, timeout=PATIENCE)
    told = [requests.get(f"{ground.url}/api/v1/health", timeout=PATIENCE).json()["now"] for _ in range(LINES)]
    requests.post(f"{ground.url}/api/demo/clock", json={"now": datetime.now(UTC).isoformat()}, timeout=PATIENCE)
    assert all(datetime.fromisoformat(each) >= moment for each in told)


def test_one_refusal_that_was_asked_for_is_one(ground: Ground) -> None:
    requests.post(f"{ground.url}/api/demo/refuse-next", timeout=PATIENCE)
    told = at_once([lends(*each) for each in zip(ground.kiosks, ground.cards, ground.items[-LINES:], strict=False)])
    assert Counter(each.outcome for each in told) == {"refused": 1, "accepted": LINES - 1}


def lends(kiosk: FarKiosk, card: str, *items: str) -> Callable[[], Sequence[RowResult]]:
    """One loan after the other."""
    return lambda: [kiosk.deliver(kiosk.checkout(card, item), item) for item in items]


def test_a_process_that_is_killed_loses_nothing_and_another_takes_its_place(ground: Ground) -> None:
    kiosk, victim = ground.kiosks[0], min(children(ground.pid))
    used = kiosk.signer.claim("GET", PATH, b"").header
    assert asked(ground, used) == 404
    work = zip(ground.kiosks, ground.cards, ground.items[:KIOSKS], ground.items[KIOSKS : 2 * KIOSKS], strict=False)
    killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
    killer.start()
    told = at_once([lends(*each) for each in work])
    killer.join()
    account = ground.account(told)
    assert (account.lost, account.doubled) == (0, 0)
    assert Counter(each.outcome for each in told) == {"accepted": 2 * KIOSKS}
    last = time.monotonic() + PATIENCE
    while len(children(ground.pid).keys() - {victim}) < PROCESSES and time.monotonic() < last:
        time.sleep(0.02)
    assert len(children(ground.pid).keys() - {victim}) == PROCESSES
    assert said_at_once(ground, used) == {401: LINES}, "the new one knows what the dead one has taken"
    assert said_at_once(ground, kiosk.signer.claim("GET", PATH, b"").header) == {404: 1, 401: LINES - 1}
