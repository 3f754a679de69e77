"""Simulate a technician who types answers in order; further questions get their default."""

from __future__ import annotations

from collections.abc import Mapping


class Technician:
    """Technician with `answers` by question fragment; other questions are answered with Enter."""

    def __init__(self, answers: Mapping[str, str | list[str]]) -> None:
        self._answers = {part: [said] if isinstance(said, str) else list(said) for part, said in answers.items()}
        self.asked: list[str] = []
        self.printed: list[str] = []

    def tell(self, text: str) -> None:
        self.printed.append(text)

    def ask(self, question: str, default: str) -> str:
        self.asked.append(question)
        for part, left in self._answers.items():
            if part in question and left:
                return left.pop(0) or default
        return default

    def ask_secretly(self, question: str) -> str:
        return self.ask(question, "")

    @property
    def read(self) -> str:
        """Return all that was printed."""
        return "\n".join(self.printed)
