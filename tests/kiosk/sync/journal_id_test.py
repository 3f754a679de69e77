"""Test that each row carries its journal's id, from file to wire: a new journal starts at 1 again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.central import Accepted
from kiosk.journal.journal import Journal, Moment
from kiosk.sync.http import Host, Reply
from kiosk.sync.hub_client import HubClient
from lending.transactions import ClockTrust
from lending.wire import TransactionsRequest
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.unknown_device import unknown_signer

NOW = Moment(datetime(2026, 11, 25, 6, 30, tzinfo=UTC), ClockTrust.SYNCED, "boot", 7)


def fresh(path: Path) -> Journal:
    Journal.create(path)
    return Journal.open(path)


def test_row_keeps_its_journal_id_after_reopening(tmp_path: Path) -> None:
    first, second = fresh(tmp_path / "first"), fresh(tmp_path / "second")
    row = first.append("checkin", "{}", NOW, no_block=True)
    assert row.journal == first.kiosk != second.kiosk
    assert second.append("checkin", "{}", NOW, no_block=True).journal == second.kiosk
    first.close_file()
    assert Journal.open(tmp_path / "first").pending() == [row]


@run_async
async def test_upload_names_the_journal_and_the_current_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    journal = fresh(tmp_path / "journal")
    row = journal.append("checkin", '{"item":"1","mode":"bin"}', NOW, no_block=True)

    def answers(_host: Host, _path: str, _most: int, body: bytes, _again: bool) -> Reply:
        sent.append(body)
        reply = {"wire": 1, "answers": [{"id": row.id, "outcome": "accepted"}]}
        return Reply(200, json.dumps(reply).encode(), 0.0)

    monkeypatch.setattr(Host, "post", answers)
    assert await HubClient("http://127.0.0.1:9", unknown_signer()).hand_over([row]) == [Accepted()]
    silent = TransactionsRequest.model_validate_json(sent[0])
    assert (silent.journal, silent.boot, silent.mono_ns) == (journal.kiosk, "", None)
    counting = iter((("boot", 70), ("boot", 80)))
    stamped = HubClient("http://127.0.0.1:9", unknown_signer(), stamp=lambda: next(counting))
    await stamped.hand_over([row])
    await stamped.hand_over([row])
    uploads = [TransactionsRequest.model_validate_json(body) for body in sent[1:]]
    assert [(each.boot, each.mono_ns) for each in uploads] == [("boot", 70), ("boot", 80)]
