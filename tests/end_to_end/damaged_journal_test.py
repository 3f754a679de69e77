"""Test a kiosk that starts with a damaged journal: it serves, and staff and technician are notified."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tests.support.patience import PATIENCE
from tests.support.real_kiosk import NO_SERVER, House, house

pytestmark = pytest.mark.long  # whole kiosks


@pytest.fixture(scope="module")
def library() -> Iterator[House]:
    with house(hub=True) as found:
        yield found


def damaged_in_row(journal: Path, number: int) -> None:
    """Flip one bit of the row's body on disk."""
    db = apsw.Connection(str(journal))
    db.pragma("locking_mode", "exclusive")
    body = str(db.execute("SELECT body FROM rows WHERE seq = ?", (number,)).get)
    db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    db.close()
    content = bytearray(journal.read_bytes())
    content[content.index(body.encode()) + 20] ^= 1
    journal.write_bytes(content)


def test_readable_rows_reach_the_hub_and_missing_rows_are_reported(library: House) -> None:
    items = [library.item(case) for case in ("free_01", "free_02", "free_03")]
    set_up = library.set_up().with_journal()
    with set_up.kiosk():
        pass
    with set_up.kiosk(NO_SERVER) as kiosk:
        kiosk.tap(library.card("plain_1"))
        for item in items:
            kiosk.scan(item)
        assert kiosk.look()["journal"]["queued"] == 3
    damaged_in_row(set_up.config.paths.journal, 2)
    with set_up.kiosk() as kiosk:
        assert kiosk.look()["view"] == "Welcome"
        assert kiosk.until_health("damaged_journal")["reason"] == "rows_lost"
        kiosk.wait(30)
        assert kiosk.look()["journal"]["queued"] == 0
    assert [len(library.loans(item)) for item in items] == [1, 0, 1]
    cases = library.runner.run(library.hub.hub.state_of([], items))["exceptions"]
    assert [case["detail"] for case in cases if case["kind"] == "gap"] == ["rows 2 to 2 did not come before row 3"]
    checked = subprocess.run(
        [sys.executable, "-m", "kiosk.cli", "check", "--config", str(set_up.file)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "2 records exported up to number 3; 2 of them were waiting to upload; missing: 2" in checked.stdout
    assert checked.returncode == 1
