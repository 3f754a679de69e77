"""Test the export of queued rows to a file; they stay in the journal."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.config import load, write_example
from kiosk.journal.journal import Journal, Moment
from kiosk.sync.identity import IdentityFile
from kiosk.sync.request_signer import RequestCounter
from lending import sealing, wire
from lending.model import ItemId
from lending.transactions import Checkin, ClockTrust, ReturnMode
from tests.kiosk.sync.seal_keys import HUBS, IDENTITY

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_example(tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1:9")


def queue(file: Path, count: int) -> None:
    path = load(file).paths.journal
    Journal.create(path)
    journal = Journal.open(path)
    kind, body = wire.encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    for _ in range(count):
        journal.append(kind, body, Moment(NOW, ClockTrust.SYNCED, "boot", 1), no_block=True)
    journal.close_file()


def export(file: Path, out: Path) -> int:
    return cli.main(["journal", "export", "--config", str(file), "--out", str(out)])


def test_export_contains_every_queued_row_in_order_and_keeps_the_journal(file: Path, tmp_path: Path) -> None:
    queue(file, 120)
    out = tmp_path / "unsent.jsonl"
    assert export(file, out) == 0
    envelopes = [wire.TransactionsRequest.model_validate_json(line) for line in out.read_bytes().splitlines()]
    assert [row["seq"] for each in envelopes for row in each.rows] == list(range(1, 121))
    assert len({each.journal for each in envelopes}) == 1 and envelopes[0].journal
    assert max(len(each.rows) for each in envelopes) == wire.MOST_ROWS
    journal = Journal.open(load(file).paths.journal)
    assert journal.counts().queued == 120


def test_exported_row_without_a_shown_result_is_marked_untold(file: Path, tmp_path: Path) -> None:
    """The kiosk is stopped, so no patron awaits the hub's response: staff must see the result."""
    queue(file, 1)
    path = load(file).paths.journal
    journal = Journal.open(path)
    kind, body = wire.encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    journal.append(kind, body, Moment(NOW, ClockTrust.SYNCED, "boot", 2), no_block=False)
    journal.close_file()
    out = tmp_path / "unsent.jsonl"
    assert export(file, out) == 0
    (envelope,) = map(wire.TransactionsRequest.model_validate_json, out.read_bytes().splitlines())
    rows = [wire.WireRow.model_validate(row) for row in envelope.rows]
    assert [(row.no_block, row.untold) for row in rows] == [(True, False), (False, True)]


def test_export_is_private_and_names_no_patron(file: Path, tmp_path: Path) -> None:
    queue(file, 1)
    out = tmp_path / "unsent.jsonl"
    export(file, out)
    assert out.stat().st_mode & 0o077 == 0
    assert "ada" not in json.loads(out.read_text())["rows"][0]["body"]


def test_export_is_sealed_to_the_hub(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows that an earlier version wrote unsealed are sealed on export."""
    queue(file, 2)
    identity = IdentityFile(load(file).paths.state)
    identity.begin()
    identity.keep(IDENTITY)
    identity.adopt()
    out = tmp_path / "unsent.jsonl"
    assert export(file, out) == 0
    assert "not encrypted" not in capsys.readouterr().out
    assert b"30000000000004" not in out.read_bytes()
    rows = wire.TransactionsRequest.model_validate_json(out.read_bytes().splitlines()[0]).rows
    for raw in rows:
        row = wire.WireRow.model_validate(raw)
        box = sealing.read(row.body)
        assert box is not None
        plain = sealing.decrypt(HUBS, box)
        assert wire.decode(row.kind, plain) == Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL)
        assert row.mark == sealing.mark_of_body(IDENTITY.card_key, row.kind, plain)


def test_export_without_an_identity_reports_unencrypted_rows(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue(file, 3)
    assert export(file, tmp_path / "unsent.jsonl") == 0
    assert "3 of them are not encrypted" in capsys.readouterr().out


def test_empty_journal_exports_an_empty_file(file: Path, tmp_path: Path) -> None:
    queue(file, 0)
    assert export(file, tmp_path / "unsent.jsonl") == 0
    assert (tmp_path / "unsent.jsonl").read_bytes() == b""


def test_existing_file_is_not_overwritten(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue(file, 1)
    (tmp_path / "kept").write_text("kept")
    assert export(file, tmp_path / "kept") == 2
    assert (tmp_path / "kept").read_text() == "kept"
    assert cli.main(["journal", "export", "--config", str(file)]) == 2
    assert "already exists" in capsys.readouterr().err


def test_unwritable_folder_is_reported(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue(file, 1)
    assert export(file, tmp_path / "missing" / "unsent.jsonl") == 1
    assert "Cannot write" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for another")
def test_journal_created_by_root_belongs_to_the_kiosk_user(file: Path) -> None:
    for folder in itertools.takewhile(lambda each: each != Path(tempfile.gettempdir()), file.parents):
        folder.chmod(0o755)  # root writes there with the owner's rights
    state = load(file).paths.state
    state.mkdir()
    os.chown(state, 12345, 23456)
    assert cli.main(["journal", "create", "--config", str(file)]) == 0
    RequestCounter(state / "counter").next()
    owners = {(each.stat().st_uid, each.stat().st_gid) for each in state.iterdir()}
    assert owners == {(12345, 23456)} and len(list(state.iterdir())) == 3
