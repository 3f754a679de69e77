"""Test the stored warnings of the hub that row numbers were used twice."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import pytest

from kiosk.sync.rollback_detector import CloneWarnings

DAYS = [date(2026, 11, 30), date(2026, 11, 28)]


def test_warnings_survive_a_restart_and_can_be_cleared(tmp_path: Path) -> None:
    CloneWarnings(tmp_path).keep(DAYS)
    warnings = CloneWarnings(tmp_path)
    assert warnings.days == DAYS
    warnings.keep([])
    assert CloneWarnings(tmp_path).days == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"[1]", b'["yesterday"]', b"{", b"\xff"])
def test_unreadable_file_counts_as_no_warning(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cloned-kiosk.json").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert CloneWarnings(tmp_path).days == []
    assert "Cannot read" in caplog.text


def test_failed_write_keeps_the_warnings_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    warnings = CloneWarnings(tmp_path / "none")
    warnings.keep(DAYS)
    assert warnings.days == DAYS
    assert "Cannot write" in caplog.text
