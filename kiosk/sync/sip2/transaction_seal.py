"""How rows rest at the kiosk: a return goes with what was known of its loan when the book was put down; asks nobody.

While it waits more may be learnt, and that may be of the next loan.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.sync.sip2.device_keys import DeviceKeys
from lending.model import CardRef, ItemId

END = "\n"
"""Between a row's body and what goes with it: canonical JSON has none."""


@dataclass(frozen=True, slots=True)
class LoanAtReturn:
    """Who had an item, and until when; None where that was not known."""

    card: CardRef | None = None
    due: datetime | None = None


class TransactionSeal:
    """Seals with the device's keys. `known` tells what is known of an item's loan now."""

    def __init__(self, keys: DeviceKeys, known: Callable[[ItemId], LoanAtReturn]) -> None:
        self._keys = keys
        self._known = known

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        facts = json.loads(body)
        if "mode" not in facts:
            return self._keys.close(body)
        then = LoanAtReturn(borrower) if borrower else self._known(facts["item"])
        return self._keys.close(body + END + _written(then))

    def open(self, body: str) -> tuple[str, LoanAtReturn | None]:
        """A row's body, and what went with it: nothing with a row of an older version. Raises SealBroken."""
        plain, found, then = self._keys.open(body).partition(END)
        return plain, _read(then) if found else None

    def mark_item(self, item: ItemId) -> str:
        return self._keys.mark_item(item)

    def mark_body(self, kind: str, body: str) -> str:
        return self._keys.mark_body(kind, body)


def _written(then: LoanAtReturn) -> str:
    return json.dumps({"card": then.card, "due": then.due.isoformat() if then.due else None})


def _read(text: str) -> LoanAtReturn:
    facts = json.loads(text)
    return LoanAtReturn(facts["card"], datetime.fromisoformat(facts["due"]) if facts["due"] else None)
