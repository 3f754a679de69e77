"""Store the transaction ids of each printed receipt code, so that staff find their cases by the code.

Without a hub, only this file has the code. It holds transaction ids, and no data of patrons or items.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

from lending import atomic_file
from lending.transactions import TransactionId

log = logging.getLogger(__name__)

MOST_BYTES = 512 * 1024
"""Size at which the older half of the file is dropped: some 2,000 receipts."""


class Receipts:
    """A file of one line per receipt, oldest first."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "receipts"

    def keep(self, code: str, transactions: Sequence[TransactionId]) -> None:
        """Append a receipt. If the disk fails, the error is logged and the code cannot be looked up."""
        try:
            atomic_file.append(self._path, json.dumps([code, *transactions]).encode())
            if self._path.stat().st_size > MOST_BYTES:
                lines = self._path.read_bytes().splitlines(keepends=True)
                atomic_file.write(self._path, b"".join(lines[len(lines) // 2 :]))
        except OSError as error:
            log.error("Cannot write %s: %s. Staff cannot find this receipt by its code.", self._path, error.strerror)

    def find(self, code: str) -> Collection[TransactionId]:
        """Return the transactions of every receipt with that code; empty if there is none."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        found = [json.loads(line) for line in lines if line.startswith(f'["{code}"') and line.endswith("]")]
        return {TransactionId(each) for _, *ids in found for each in ids}
