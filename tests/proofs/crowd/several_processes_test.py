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
from kiosk.benchmarks.hub import FarKiosk, Ground, HubWorkload, RowResult, at_once, line_to, running_hub
from kiosk.benchmarks.process_stats import children, cpu_seconds
from kiosk.visit_player.processes import PATIENCE

KIOSKS = 24
LINES = 12
"""Concurrent new connections, enough for each process to receive some."""
PROCESSES = min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
PATH = "/api/v1/items/0"
BUSY_S = 0.1
"""CPU seconds that a process uses only if it answers requests."""

pytestmark = [pytest.mark.long, pytest.mark.skipif(PROCESSES == 1, reason="one core runs one process")]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with running_hub(
        "postgresql", tmp_path_factory.mktemp("hub"), HubWorkload(kiosks=KIOSKS, loans=2 * KIOSKS)
    ) as ground:
        yield ground
    assert not Path(f"/proc/{ground.pid}").exists()


def test_every_process_answers(ground: Ground) -> None:
    before = {each: cpu_seconds(each) for each in children(ground.pid)}
    assert len(before) == PROCESSES
    header, last = ground.kiosks[2].signer.claim("GET", PATH, b"").header, time.monotonic() + PATIENCE

    def idle() -> list[int]:
        return [each for each, used in before.items() if cpu_seconds(each) - used < BUSY_S]

    while idle() and time.monotonic() < last:
        statuses_at_once(ground, header)
    assert not idle()


def status_of(ground: Ground, authorization: str) -> int:
    """Return the HTTP status of this request, sent on a connection of its own."""
    with closing(line_to(ground.url)) as line:
        line.request("GET", PATH, headers={"Authorization": authorization})
        return line.getresponse().status


def statuses_at_once(ground: Ground, authorization: str) -> Counter[int]:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(status_of(ground, authorization))) for _ in range(LINES)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return Counter(found)


def test_request_is_accepted_once_across_processes(ground: Ground) -> None:
    kiosk = ground.kiosks[0]
    for _ in range(5):
        assert statuses_at_once(ground, kiosk.signer.claim("GET", PATH, b"").header) == {404: 1, 401: LINES - 1}


def test_any_process_accepts_a_devices_next_request_number(ground: Ground) -> None:
    kiosk = ground.kiosks[1]
    assert {status_of(ground, kiosk.signer.claim("GET", PATH, b"").header) for _ in range(2 * LINES)} == {404}


def test_all_processes_have_the_same_time(ground: Ground) -> None:
    moment = datetime.now(UTC) + timedelta(hours=3)
    requests.post(f"{ground.url}/api/demo/clock", json={"now": moment.isoformat()}, timeout=PATIENCE)
    times = [requests.get(f"{ground.url}/api/v1/health", timeout=PATIENCE).json()["now"] for _ in range(LINES)]
    requests.post(f"{ground.url}/api/demo/clock", json={"now": datetime.now(UTC).isoformat()}, timeout=PATIENCE)
    assert all(datetime.fromisoformat(each) >= moment for each in times)


def test_one_requested_refusal_refuses_one_transaction(ground: Ground) -> None:
    requests.post(f"{ground.url}/api/demo/refuse-next", timeout=PATIENCE)
    results = at_once(
        [checkouts(*each) for each in zip(ground.kiosks, ground.cards, ground.items[-LINES:], strict=False)]
    )
    assert Counter(each.outcome for each in results) == {"refused": 1, "accepted": LINES - 1}


def checkouts(kiosk: FarKiosk, card: str, *items: str) -> Callable[[], Sequence[RowResult]]:
    """Return a function that checks out the items one after the other."""
    return lambda: [kiosk.deliver(kiosk.checkout(card, item), item) for item in items]


def test_killed_process_loses_nothing_and_is_replaced(ground: Ground) -> None:
    kiosk, victim = ground.kiosks[0], min(children(ground.pid))
    used = kiosk.signer.claim("GET", PATH, b"").header
    assert status_of(ground, used) == 404
    work = zip(ground.kiosks, ground.cards, ground.items[:KIOSKS], ground.items[KIOSKS : 2 * KIOSKS], strict=False)
    killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
    killer.start()
    results = at_once([checkouts(*each) for each in work])
    killer.join()
    account = ground.account(results)
    assert (account.lost, account.doubled) == (0, 0)
    assert Counter(each.outcome for each in results) == {"accepted": 2 * KIOSKS}
    last = time.monotonic() + PATIENCE
    while len(children(ground.pid).keys() - {victim}) < PROCESSES and time.monotonic() < last:
        time.sleep(0.02)
    assert len(children(ground.pid).keys() - {victim}) == PROCESSES
    assert statuses_at_once(ground, used) == {401: LINES}, (
        "the new process knows the numbers that the killed one accepted"
    )
    assert statuses_at_once(ground, kiosk.signer.claim("GET", PATH, b"").header) == {404: 1, 401: LINES - 1}
