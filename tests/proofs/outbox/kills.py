"""Let workers send while they are killed at random, and compare the mail with the outbox."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hub.load_test.postgresql import postgresql
from tests.hub.outreach.messaging.mailbox import Mailbox, OnAnyPort
from tests.proofs.outbox.worker import SOUND

WORKERS = 2
PROGRAM = (sys.executable, "-m", "tests.proofs.outbox.worker")
ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 4.0
"""Seconds per message."""


@dataclass(frozen=True, slots=True)
class Found:
    """Result: `again` counts repeats under a key that the mail server has seen and can recognise."""

    messages: int
    kills: int
    lost: int
    again: int
    strange: int
    """Keys beyond one per message: the mail server could not recognise these as repeats."""

    @property
    def doubled(self) -> int:
        """Return the repeats beyond the one per kill that may be sent again under its key."""
        return self.strange + max(0, self.again - self.kills)


def killed(database: str, messages: int, seed: int, fault: str = SOUND, longest: float = 1.5) -> Found:
    """Send the messages, with a kill after `longest` seconds at most, until none is open."""
    with tempfile.TemporaryDirectory(prefix="kiosk-outbox-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(postgresql(folder)) if database == "postgresql" else ""
        environment = {**os.environ, "KIOSK_HUB_STATE": str(folder / "hub"), "DATABASE_URL": url}
        box = Mailbox()
        sink = OnAnyPort(box)
        sink.start()
        stack.callback(sink.stop)
        (folder / "hub").mkdir()
        subprocess.run(
            (*PROGRAM, "fill", str(messages), str(sink.port)), env=environment, cwd=ROOT, check=True, timeout=600
        )
        kills = _storm(environment, fault, Random(seed), longest, messages * PATIENCE)
        seen = Counter(str(each["Message-ID"]) for each in box.mails)
    return Found(
        messages=messages,
        kills=kills,
        lost=max(0, messages - len(seen)),
        again=sum(seen.values()) - len(seen),
        strange=max(0, len(seen) - messages),
    )


def _storm(environment: dict[str, str], fault: str, chance: Random, longest: float, patience: float) -> int:
    """Keep this many workers running and kill them one by one; end when one of them ends on its own."""
    kills, end = 0, time.monotonic() + patience
    running = [_started(environment, fault) for _ in range(WORKERS)]
    try:
        while time.monotonic() < end:
            victim = chance.randrange(WORKERS)
            try:
                running[victim].wait(timeout=chance.uniform(0.1, longest))
            except subprocess.TimeoutExpired:
                running[victim].kill()
                running[victim].wait()
                kills += 1
                running[victim] = _started(environment, fault)
                continue
            assert running[victim].returncode == 0, "a worker failed by itself"
            return kills
        raise TimeoutError("the outbox was not empty in time")
    finally:
        for each in running:
            each.kill()
            each.wait()


def _started(environment: dict[str, str], fault: str) -> subprocess.Popen[str]:
    process = subprocess.Popen((*PROGRAM, "send", fault), env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
