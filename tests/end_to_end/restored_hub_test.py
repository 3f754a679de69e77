"""Test a hub restored from a backup while a real kiosk continues: lost transactions arrive again, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.librarian import Librarian
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import house

pytestmark = pytest.mark.long


def hub(state: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "hub.cli", *arguments],
        env={**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""},
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )


def test_transactions_lost_by_a_restored_hub_are_sent_again_once(tmp_path: Path) -> None:
    with house(hub=True) as library:
        state, file = library.folder / "hub", tmp_path / "hub.backup"
        set_up = library.set_up().with_journal()
        before, after, handed_in = (library.item(case) for case in ("free_01", "free_02", "free_03"))
        with set_up.kiosk() as kiosk:
            kiosk.ask("ready")
            kiosk.tap(library.card("plain_1"))
            kiosk.scan(before)
            kiosk.scan(handed_in)
            hub(state, "backup", str(file), "--clear")
            kiosk.scan(after)
            kiosk.press("finish")
            kiosk.press("receipt_none")
            kiosk.press("return")
            kiosk.scan(handed_in)
            kiosk.press("finish")
            known = {item: library.loans(item) for item in (before, after, handed_in)}
            library.runner.run(library.hub.hub.stop())
            hub(state, "restore", str(file), "--replace")
            library.runner.run(library.hub.hub.start())
            assert library.loans(after) == []
            assert library.loans(handed_in)[0]["state"] == "on_loan"
            kiosk.until(lambda: library.loans(after) != [] and library.loans(handed_in)[0]["state"] == "handed_in")
            assert {item: library.loans(item) for item in (before, after, handed_in)} == known
            staff = Librarian(library.hub.hub.url, state)
            page = staff.kiosk("kiosk-1")
            kiosk.until(lambda: "all up to number 5" in staff.page(page))
            assert "not received" not in staff.page(page)
            kept = library.runner.run(library.hub.hub.state_of([], []))
            kinds = [each["kind"] for each in kept["transactions"]]
            assert kinds == ["checkout", "checkout", "checkout", "said", "checkin"]
            assert [each for each in kept["exceptions"] if not each["resolved"]] == []
            assert kiosk.ask("look")["health"]["central"]["condition"] == "ready"
            staff.close()
