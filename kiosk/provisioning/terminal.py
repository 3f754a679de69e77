"""What a technician is asked through; knows no question."""

from __future__ import annotations

from typing import Protocol


class Terminal(Protocol):
    def tell(self, text: str) -> None: ...

    def ask(self, question: str, default: str) -> str:
        """The answer, `default` where nothing was typed."""
        ...

    def ask_secretly(self, question: str) -> str: ...
