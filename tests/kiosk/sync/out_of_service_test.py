"""Test that an out-of-service instruction survives restarts, and that a failing disk stops nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from kiosk.central import OutOfService
from kiosk.sync.fleet_client import REVOKED
from kiosk.sync.out_of_service import OutOfServiceStore

MOVING = OutOfService("正在搬迁", "We are moving")


@pytest.mark.parametrize("closed", [MOVING, OutOfService("", ""), REVOKED])
def test_instruction_is_stored_and_removed(tmp_path: Path, closed: OutOfService) -> None:
    assert OutOfServiceStore(tmp_path).closed is None
    OutOfServiceStore(tmp_path).keep(closed)
    assert OutOfServiceStore(tmp_path).closed == closed
    OutOfServiceStore(tmp_path).keep(None)
    assert OutOfServiceStore(tmp_path).closed is None
    assert list(tmp_path.iterdir()) == []


def test_latest_message_is_kept(tmp_path: Path) -> None:
    store = OutOfServiceStore(tmp_path)
    for closed in (MOVING, REVOKED, OutOfService("明天恢复", "Back tomorrow")):
        store.keep(closed)
    assert OutOfServiceStore(tmp_path).closed == OutOfService("明天恢复", "Back tomorrow")


def test_unchanged_instruction_is_not_written_again(tmp_path: Path) -> None:
    store = OutOfServiceStore(tmp_path)
    store.keep(MOVING)
    (written,) = tmp_path.iterdir()
    before = written.stat().st_ino
    OutOfServiceStore(tmp_path).keep(OutOfService("正在搬迁", "We are moving"))
    store.keep(MOVING)
    assert written.stat().st_ino == before


@pytest.mark.parametrize("content", [b"", b"\x00\x00", b"[]", b'{"zh": 1}', "书".encode("gb18030")])
def test_damaged_file_is_ignored_until_the_hub_repeats_the_instruction(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    OutOfServiceStore(tmp_path).keep(MOVING)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    caplog.clear()
    store = OutOfServiceStore(tmp_path)
    assert store.closed is None
    assert "until the hub says otherwise" in caplog.text
    store.keep(MOVING)
    assert OutOfServiceStore(tmp_path).closed == MOVING


def test_write_failure_is_logged_once_and_retried(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "state"
    store = OutOfServiceStore(folder)
    with caplog.at_level(logging.WARNING):
        store.keep(MOVING)
        store.keep(MOVING)
    assert len(caplog.records) == 1
    folder.mkdir()
    store.keep(MOVING)
    assert OutOfServiceStore(folder).closed == MOVING
