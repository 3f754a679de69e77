"""What a played visit leaves: visit.json, pictures, receipts; writes it down and judges nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.visit.bench import Receipt


@dataclass(frozen=True, slots=True)
class Played:
    """One step as it went. `ms` is from its verb to the settled redraw; `shot` a path relative to visit.json.

    `gap` is the longest time meanwhile without a frame, in milliseconds; 0 where the step failed.
    """

    n: int
    did: str
    view: str
    signal: str | None
    text: tuple[str, ...]
    ms: int
    gap: int
    shot: str | None

    def facts(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "did": self.did,
            "view": self.view,
            "signal": self.signal,
            "text": list(self.text),
            "ms": self.ms,
            "gap": self.gap,
            "shot": self.shot,
        }


@dataclass(slots=True)
class Report:
    visit: str
    folder: Path
    steps: list[Played] = field(default_factory=list)
    receipts: Sequence[Receipt] = ()
    journal: dict[str, int] = field(default_factory=lambda: {"queued": 0, "acknowledged": 0, "exceptions": 0})
    central: dict[str, Any] = field(default_factory=lambda: {"loans": [], "exceptions": []})
    undone: list[str] = field(default_factory=list)
    """The items whose loans were taken back at a library of its own."""
    left: list[str] = field(default_factory=list)
    """What could not be taken back at a library's own central, in sentences."""
    why: str = ""
    """Why the visit failed, in a sentence; empty when all was as expected."""

    @property
    def ok(self) -> bool:
        return not self.why

    def write(self) -> None:
        """Writes visit.json and the receipts; the pictures of the steps are there already."""
        printed = []
        for n, receipt in enumerate(self.receipts, 1):
            png = f"receipt-{n}.png"
            (self.folder / png).write_bytes(receipt.png)
            printed.append({"lines": list(receipt.lines), "png": png})
        facts = {
            "visit": self.visit,
            "ok": self.ok,
            "steps": [step.facts() for step in self.steps],
            "receipts": printed,
            "journal": self.journal,
            "central": self.central
            | ({"undone": self.undone} if self.undone else {})
            | ({"left": self.left} if self.left else {}),
        }
        if not self.ok:
            facts["why"] = self.why
        write_json(self.folder / "visit.json", facts)


def write_summary(out: Path, reports: Sequence[Report]) -> None:
    write_json(
        out / "summary.json",
        [{"visit": each.visit, "ok": each.ok, "dir": each.folder.relative_to(out).as_posix()} for each in reports],
    )


def write_json(path: Path, facts: object) -> None:
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
