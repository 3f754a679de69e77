"""Test repeated kills of the hub during uploads: each loan exists once, with its first answer."""

import hmac
import json
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import uuid6

from hub.demo.sample_data import Cases
from tests.hub.support.served_hub import Served
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.long

NOW = "2026-11-25T14:30:00+08:00"
KILLS = 4


def row(card: str, barcode: str, seq: int) -> dict[str, Any]:
    body = {"card": card, "due": "2026-12-23T15:59:00+00:00", "item": barcode, "verified": "card"}
    return {
        "id": str(uuid6.uuid7()),
        "seq": seq,
        "boot": "b",
        "mono_ns": seq,
        "at": "2026-11-25T06:30:00+00:00",
        "trust": "synced",
        "kind": "checkout",
        "no_block": True,
        "body": json.dumps(body),
    }


class Sender(threading.Thread):
    """Upload rows one by one and keep every answer until the connection breaks."""

    def __init__(
        self, hub: Served, rows: list[dict[str, Any]], answers: dict[str, list[dict[str, Any]]], target: int
    ) -> None:
        super().__init__(daemon=True)
        self._hub, self._rows, self._answers, self._left = hub, rows, answers, target
        self.reached_target = threading.Event()
        self.cut_off = False

    def run(self) -> None:
        for each in self._rows:
            try:
                (answer,) = self._hub.post("/api/v1/transactions", {"wire": 1, "rows": [each]}).json()["answers"]
            except requests.RequestException:
                self.cut_off = True
                return
            self._answers[each["id"]].append(answer)
            self._left -= 1
            if self._left == 0:
                self.reached_target.set()


def test_killed_hub_keeps_each_loan_once_with_its_first_answer(tmp_path: Path) -> None:
    state = tmp_path / "state"
    demo(state, datetime.fromisoformat(NOW))
    key = bytes.fromhex((state / "card_key").read_text())
    uid = Cases().patron("plain_1").card
    card = hmac.new(key, uid.encode(), "sha256").hexdigest()
    free = [each.barcode for each in Cases().items if each.case.startswith("free_")][:40]
    rows = [row(card, barcode, seq) for seq, barcode in enumerate(free, start=1)]
    answers: dict[str, list[dict[str, Any]]] = {each["id"]: [] for each in rows}
    for kill in range(KILLS + 1):
        hub = Served(state)
        hub.post("/api/demo/clock", {"now": NOW})
        sender = Sender(hub, rows, answers, target=5 + 8 * kill)
        sender.start()
        if kill < KILLS:
            assert sender.reached_target.wait(PATIENCE)
            hub.kill()
        sender.join(PATIENCE)
        assert not sender.is_alive()
        assert sender.cut_off == (kill < KILLS)
    patron = Cases().patron("plain_1").identifier
    kept = hub.get(f"/api/demo/state?patrons={patron}").json()
    hub.process.terminate()
    assert {replies[-1]["outcome"] for replies in answers.values()} == {"accepted"}
    assert all(answer == replies[0] for replies in answers.values() for answer in replies)
    assert sorted(loan["transaction"] for loan in kept["loans"]) == sorted(answers)
    assert sorted(loan["item"] for loan in kept["loans"]) == sorted(free)
    over_the_limit = [(each["kind"], each["reason"]) for each in kept["exceptions"]]
    assert over_the_limit == [("against", "limit")] * 30, "one exception per loan over the limit"
