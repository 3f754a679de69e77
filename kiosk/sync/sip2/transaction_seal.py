"""Encrypt SIP2 rows; a return is stored with the loan as it was known when the item was returned.

While the return is queued, newer information may already describe the next loan.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.sync.sip2.device_keys import DeviceKeys
from lending.model import CardRef, ItemId

END = "\n"
"""Separates a row's body from the loan that follows it: canonical JSON contains no line feed."""


@dataclass(frozen=True, slots=True)
class LoanAtReturn:
    """Borrower and due date of an item; None if unknown."""

    card: CardRef | None = None
    due: datetime | None = None


class TransactionSeal:
    """Encrypt with the device's keys. `known` returns what is known of an item's loan at present."""

    def __init__(self, keys: DeviceKeys, known: Callable[[ItemId], LoanAtReturn]) -> None:
        self._keys = keys
        self._known = known

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        facts = json.loads(body)
        if "mode" not in facts:
            return self._keys.close(body)
        then = LoanAtReturn(borrower) if borrower else self._known(facts["item"])
        return self._keys.close(body + END + _encode_loan(then))

    def open(self, body: str) -> tuple[str, LoanAtReturn | None]:
        """Decrypt a row: its body and the loan; None in rows of older versions. Raises SealBroken."""
        plain, found, then = self._keys.open(body).partition(END)
        return plain, _read(then) if found else None

    def mark_item(self, item: ItemId) -> str:
        return self._keys.mark_item(item)

    def mark_body(self, kind: str, body: str) -> str:
        return self._keys.mark_body(kind, body)


def _encode_loan(then: LoanAtReturn) -> str:
    return json.dumps({"card": then.card, "due": then.due.isoformat() if then.due else None})


def _read(text: str) -> LoanAtReturn:
    facts = json.loads(text)
    return LoanAtReturn(facts["card"], datetime.fromisoformat(facts["due"]) if facts["due"] else None)
