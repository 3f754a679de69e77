"""Test power cuts during snapshot writes: the real writer holds, and one that syncs too little fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from lending import atomic_file
from tests.proofs.power.rules import Harm
from tests.proofs.power.snapshot_cuts import Cut, cuts, prove


@pytest.mark.long
def test_no_power_cut_leaves_a_partial_snapshot_and_controls_do() -> None:
    records, wrong = prove(seed=1, seeds=3, control_seeds=2)
    assert wrong == []
    assert [(record.n, record.control) for record in records] == [(300, False), (200, True), (200, True)]
    assert all(record.held for record in records), records


def harms(folder: Path) -> list[Cut]:
    """Return the cuts that did harm in the first seeds."""
    found = []
    for seed in (1, 2):
        (folder / str(seed)).mkdir()
        found += [cut for cut in cuts(seed, folder / str(seed)) if cut.harm]
    return found


def test_replacing_file_without_a_sync_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_file, "sync", lambda path: None)
    assert any(cut.harm is Harm.CORRUPT for cut in harms(tmp_path))
