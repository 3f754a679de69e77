"""Test a rotation of the hub's sealing key while a real kiosk's queue waits: all rows arrive once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lending import sealing
from tests.support.librarian import Librarian
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import House, Kiosk, house

pytestmark = pytest.mark.long

DAY = 24 * 3600


def seal_key(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", "seal-key", *arguments],
        env={**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def names(state: Path) -> list[str]:
    """Return the names of the hub's keys, the current one first."""
    return re.findall(r"^([0-9a-f]{16})  seal_key", seal_key(state, "list").stdout, re.MULTILINE)


def sealed_to(kiosk: Kiosk) -> str:
    """Return the name of the key to which the kiosk encrypts."""
    identity = kiosk.set_up.config.paths.state / "identity.json"
    return sealing.name_of(json.loads(identity.read_text())["seal_key"])


def borrows(kiosk: Kiosk, card: str, item: str) -> None:
    kiosk.tap(card)
    kiosk.scan(item)
    kiosk.press("finish")
    kiosk.press("receipt_none")


def _cases(library: House) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = library.runner.run(library.hub.hub.state_of([], []))["exceptions"]
    return cases


def test_rows_queued_before_and_after_a_key_rotation_arrive_once(tmp_path: Path) -> None:
    with house(hub=True) as library:
        state = library.folder / "hub"
        set_up = library.set_up().with_journal()
        before, after, later = (library.item(case) for case in ("free_01", "free_02", "free_03"))
        card = library.card("plain_1")
        with set_up.kiosk() as kiosk:
            kiosk.tap(card)
            kiosk.press("finish")
            library.runner.run(library.hub.hub.stop())
            borrows(kiosk, card, before)
            (old,) = names(state)
            rotated = seal_key(state, "rotate")
            assert rotated.returncode == 0, rotated.stderr
            assert "Make a backup now" in rotated.stdout
            new = names(state)[0]
            (file,) = state.glob("seal_key.2*")
            file = file.rename(tmp_path / file.name)
            library.runner.run(library.hub.hub.start())
            kiosk.until(lambda: sealed_to(kiosk) == new)
            borrows(kiosk, card, after)
            assert library.loans(before) == library.loans(after) == [], "without the old key the queue is not processed"
            file.rename(state / file.name)
            kiosk.until(lambda: library.loans(before) != [] and library.loans(after) != [])
            borrows(kiosk, card, later)
            kept = library.runner.run(library.hub.hub.state_of([], []))
            assert [each["kind"] for each in kept["transactions"] if each["kind"] != "said"] == ["checkout"] * 3
            assert all(len(library.loans(item)) == 1 for item in (before, after, later))
            kiosk.until(lambda: all(each["resolved"] for each in _cases(library)))
            assert [each["kind"] for each in _cases(library)] == ["no_key"], "staff saw the missing key in the meantime"
            kiosk.until(lambda: "kiosk-1: 0 rows waiting, 1 kept (told" in seal_key(state, "list").stdout)
            refused = seal_key(state, "delete", old)
            assert (refused.returncode, "kiosk-1 keeps 1 rows that are sealed to it" in refused.stderr) == (1, True)
            assert seal_key(state, "delete", new).returncode == 1
            kiosk.wait(DAY)
            kiosk.until(lambda: "kiosk-1" not in seal_key(state, "list").stdout)
            refused = seal_key(state, "delete", old)
            assert (refused.returncode, "demo-kiosk has not told" in refused.stderr) == (1, True)
            assert seal_key(state, "delete", old, "--without", "demo-kiosk").returncode == 0
            assert names(state) == [new]


def test_queue_continues_after_staff_give_up_a_lost_key(tmp_path: Path) -> None:
    with house(hub=True) as library:
        state = library.folder / "hub"
        set_up = library.set_up().with_journal()
        before, after = library.item("free_01"), library.item("free_02")
        card = library.card("plain_1")
        with set_up.kiosk() as kiosk:
            kiosk.tap(card)
            kiosk.press("finish")
            library.runner.run(library.hub.hub.stop())
            borrows(kiosk, card, before)
            lost = sealed_to(kiosk)
            (state / "seal_key").unlink()
            library.runner.run(library.hub.hub.start())
            staff = Librarian(library.hub.hub.url, state)
            page = staff.kiosk("kiosk-1")
            kiosk.until(lambda: "Missing key" in staff.page(page) and sealed_to(kiosk) != lost)
            borrows(kiosk, card, after)
            assert library.loans(after) == []
            (number,) = set(re.findall(r"exceptions/(\d+)/", staff.browser.get(f"{staff.url}/staff/{page}").text))
            staff.post(f"exceptions/{number}/fix/", fix="lose", note="the disk burnt")
            kiosk.until(lambda: library.loans(after) != [])
            assert library.loans(before) == []
            kept = library.runner.run(library.hub.hub.state_of([], []))
            assert [each["kind"] for each in kept["transactions"] if each["kind"] != "said"] == ["checkout"]
            assert [each["kind"] for each in kept["exceptions"] if not each["resolved"]] == ["unopened"]
            assert "Key lost: content cannot be read" in staff.page("exceptions/")
            assert kiosk.ask("queue")["queued"] == 0
            staff.close()
