"""Upload transactions from a kiosk to a running demo hub, so that staff have something to decide."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from itertools import count

import uuid6

from lending.transactions import TransactionId, receipt_code
from tests.hub.support.browsers import DemoHub
from tests.hub.support.remote_device import enrolled_at
from tests.support.patience import PATIENCE


class KioskAtWork:
    """Uploads rows as the demo library's kiosk."""

    def __init__(self, hub: DemoHub) -> None:
        self._url = hub.url
        self._session, self._key = enrolled_at(hub.url, "demo-kiosk")
        self._seq = count(1)
        self.code = ""
        """Receipt code of the last transaction."""

    def accepts_loans(self, card: str, item: str) -> None:
        """Upload a no-block checkout."""
        due = (datetime.now(UTC) + timedelta(days=28)).isoformat()
        hashed = hmac.new(self._key, card.encode(), hashlib.sha256).hexdigest()
        self._send("checkout", {"card": hashed, "item": item, "due": due, "verified": "card"})

    def takes(self, item: str) -> None:
        """Upload a provisional return."""
        self._send("checkin", {"item": item, "mode": "provisional"})

    def says(self, kind: str, body: dict[str, str]) -> None:
        """Upload a row of any kind, such as one of another kiosk version."""
        self._send(kind, body)

    def _send(self, kind: str, body: dict[str, str]) -> None:
        row = {
            "id": str(uuid6.uuid7()),
            "seq": next(self._seq),
            "boot": "b",
            "mono_ns": 1,
            "at": datetime.now(UTC).isoformat(),
            "trust": "synced",
            "kind": kind,
            "no_block": True,
            "body": json.dumps(body, sort_keys=True),
        }
        self.code = receipt_code(TransactionId(str(row["id"])))
        response = self._session.post(
            f"{self._url}/api/v1/transactions", json={"wire": 1, "rows": [row]}, timeout=PATIENCE
        )
        response.raise_for_status()
