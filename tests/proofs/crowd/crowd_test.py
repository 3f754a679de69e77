"""Test concurrent uploads of all kiosks to a real hub in a short run, on both databases."""

from pathlib import Path

import pytest

from kiosk.benchmarks.hub import DATABASES, FarKiosk, HubWorkload, running_hub
from kiosk.sync.identity import IdentityFile
from kiosk.sync.request_signer import TRIES, RequestCounter, Signer
from tests.proofs.crowd.concurrent_uploads import BROKEN, storm

pytestmark = [pytest.mark.long, pytest.mark.judge]


@pytest.mark.parametrize("database", DATABASES)
def test_duplicate_concurrent_uploads_are_executed_once(database: str) -> None:
    found = storm(database, seed=7, kiosks=12, rounds=2)
    assert (found.rows, found.lost, found.doubled, found.corrupt) == (24, 0, 0, 0)
    assert found.done == 12, "of two kiosks requesting one item, one succeeds"


def test_hub_without_unique_ids_is_detected() -> None:
    assert storm("sqlite", seed=7, kiosks=6, rounds=1, program=BROKEN).doubled > 0


def test_row_with_overtaken_request_numbers_is_retried(tmp_path: Path) -> None:
    with running_hub("sqlite", tmp_path, HubWorkload(kiosks=1, loans=1)) as ground:
        kiosk, item = ground.kiosks[0], ground.items[0]
        file = IdentityFile(tmp_path / "kiosks" / "bench-0")
        late = FarKiosk(Signer(file.load, Late(file.counter)), kiosk.line, kiosk.journal)
        assert late.deliver(late.checkout(ground.cards[0], item), item).outcome == "accepted"


class Late(RequestCounter):
    """Counter whose first numbers are lower than those that the hub has accepted from this kiosk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._late = iter(range(1, TRIES + 1))

    def next(self) -> int:
        return next(self._late, None) or super().next()
