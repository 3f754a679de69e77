"""Define how a technician is asked."""

from __future__ import annotations

from typing import Protocol


class Terminal(Protocol):
    """Dialogue with the technician."""

    def tell(self, text: str) -> None: ...

    def ask(self, question: str, default: str) -> str:
        """Return the answer; `default` if it is empty."""
        ...

    def ask_secretly(self, question: str) -> str: ...
