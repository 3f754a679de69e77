"""Write what a played visit leaves: visit.json, screenshots, receipts and an index page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kiosk.visit_player.part_operator import Receipt

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Visits</title>
<style>
body {{ background: #F3EEE3; color: #1A1611; font: 16px/1.4 sans-serif; margin: 24px; }}
section {{ border-top: 2px solid #1A1611; padding: 8px 0 16px; }}
.failed p {{ color: #A82A2A; font-weight: bold; }}
h2 {{ margin: 4px 0; }}
p {{ margin: 4px 0 8px; }}
div {{ display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-start; }}
img {{ height: 140px; border: 1px solid #8A8172; display: block; }}
</style>
<h1>{count} visits</h1>
{body}
</html>
"""


@dataclass(frozen=True, slots=True)
class StepResult:
    """Result of one step.

    `ms` is the time from its verb to the settled redraw. `shot` is a path relative to visit.json. `gap` is the longest
    time without a frame, in milliseconds; 0 if the step failed.
    """

    n: int
    did: str
    view: str
    signal: str | None
    text: tuple[str, ...]
    ms: int
    gap: int
    shot: str | None


@dataclass(slots=True)
class VisitReport:
    """Result of one visit."""

    visit: str
    folder: Path
    steps: list[StepResult] = field(default_factory=list)
    receipts: Sequence[Receipt] = ()
    journal: dict[str, int] = field(default_factory=lambda: {"queued": 0, "acknowledged": 0, "exceptions": 0})
    central: dict[str, Any] = field(default_factory=lambda: {"loans": [], "exceptions": []})
    undone: list[str] = field(default_factory=list)
    """Items whose loans were undone at a library's own central."""
    left: list[str] = field(default_factory=list)
    """Sentences about what could not be undone at a library's own central."""
    why: str = ""
    """Why the visit failed, in a sentence; empty if it went as expected."""

    @property
    def ok(self) -> bool:
        return not self.why

    def write(self) -> None:
        """Write visit.json and the receipts; the screenshots exist already."""
        printed = []
        for n, receipt in enumerate(self.receipts, 1):
            png = f"receipt-{n}.png"
            (self.folder / png).write_bytes(receipt.png)
            printed.append({"lines": list(receipt.lines), "png": png})
        facts = {
            "visit": self.visit,
            "ok": self.ok,
            "steps": [asdict(step) for step in self.steps],
            "receipts": printed,
            "journal": self.journal,
            "central": self.central
            | ({"undone": self.undone} if self.undone else {})
            | ({"left": self.left} if self.left else {}),
        }
        if not self.ok:
            facts["why"] = self.why
        write_json(self.folder / "visit.json", facts)


def write_summary(out: Path, reports: Sequence[VisitReport]) -> None:
    """Write summary.json with every visit's verdict and folder."""
    write_json(
        out / "summary.json",
        [{"visit": each.visit, "ok": each.ok, "dir": each.folder.relative_to(out).as_posix()} for each in reports],
    )


def write_index(out: Path, reports: Sequence[VisitReport]) -> Path:
    """Write a page with each visit's verdict and small pictures of its screens and receipts; return its path."""
    page = out / "index.html"
    body = "\n".join(_section(out, each) for each in reports)
    page.write_text(PAGE.format(count=len(reports), body=body), encoding="utf-8")
    return page


def _section(out: Path, report: VisitReport) -> str:
    folder = report.folder.relative_to(out).as_posix()
    verdict = "as expected" if report.ok else f"FAILED: {report.why}"
    shots = [(step.shot, step.did) for step in report.steps if step.shot]
    shots += [(f"receipt-{n}.png", "receipt") for n in range(1, len(report.receipts) + 1)]
    pictures = "".join(
        f'<a href="{quote(f"{folder}/{shot}")}" title="{escape(did)}">'
        f'<img loading="lazy" src="{quote(f"{folder}/{shot}")}" alt="{escape(did)}"></a>'
        for shot, did in shots
    )
    return (
        f'<section class="{"ok" if report.ok else "failed"}"><h2>{escape(report.visit)}</h2>'
        f'<p>{escape(verdict)} · <a href="{quote(folder)}/visit.json">visit.json</a></p><div>{pictures}</div></section>'
    )


def write_json(path: Path, facts: object) -> None:
    """Write indented JSON in UTF-8."""
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
