"""Report a played visit: its narration, visit.json, screenshots, receipts and an index page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import quote

from kiosk.visit_player.library import VisitLibrary
from kiosk.visit_player.part_operator import Receipt
from kiosk.visit_player.script import (
    CentralRefuses,
    CutPower,
    DropItem,
    Kill,
    Lay,
    Lift,
    Network,
    Press,
    PressKey,
    Scan,
    SetPart,
    SetPile,
    Tap,
    Type,
    Verb,
    Wait,
    short_text,
)

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


NETWORKS = {
    "down": "The network goes down",
    "up": "The network is up",
    "slow": "The network gets slow",
    "answer_lost": "The next response of the library system will be lost on its way",
}
PARTS = {
    "card_reader": "Card reader:",
    "barcode_scanner": "Barcode scanner:",
    "receipt_printer": "Receipt printer:",
    "lights": "Lights:",
    "keys": "Keys:",
    "bin": "Return bin:",
    "security_gate": "Security gate:",
    "item_pad": "Item pad:",
}
STATES = {
    "ok": "all well",
    "unplugged": "unplugged",
    "near_end": "the paper is near its end",
    "ends_halfway": "the paper ends in the middle of the next receipt",
    "out_of_paper": "out of paper",
    "cover_open": "its cover is open",
    "blocked": "its sensor is blocked",
}


def describe(verb: Verb | None, library: VisitLibrary) -> str:
    """Return a sentence about the verb for the person watching."""
    match verb:
        case None:
            return "A look at the screen"
        case Tap(uid):
            return f"{_card(uid, library)} is held on the reader"
        case Lay(uid):
            return f"{_card(uid, library)} is laid on the reader and stays there"
        case Lift():
            return "The card is taken away"
        case Scan(barcode):
            return f"{_label(barcode, library)} is shown to the scanner"
        case PressKey(key):
            return f"The hardware key “{key}”"
        case SetPile(tags):
            return f"Item pad: {', '.join(tags) or 'empty'}"
        case DropItem():
            return "Something falls into the bin"
        case Press(name, item, choice):
            on = f" on {_label(item, library)}" if item else ""
            return f"Press {name}{f' {choice}' if choice else ''}{on}"
        case Type(keys):
            return f"Type on the keypad: {len(keys)} key{'s' if len(keys) > 1 else ''}"
        case Network(state):
            return NETWORKS[state]
        case CentralRefuses():
            return "The library system will refuse the next transaction"
        case SetPart(part, state):
            return f"{PARTS[part]} {STATES[state]}"
        case Kill():
            return "The kiosk's program is killed, and starts again"
        case CutPower():
            return "The power fails in the middle of a write, and the kiosk starts again on what is on its disk"
        case Wait(seconds, until):
            return (
                f"{_span(seconds)} pass"
                if until is None
                else f"Time passes until the screen says “{short_text(until)}”"
            )
        case _:
            assert_never(verb)


def _card(uid: str, library: VisitLibrary) -> str:
    name = library.owner_name(uid)
    return f"{name}'s card" if name else "A card"


def _label(barcode: str, library: VisitLibrary) -> str:
    if title := library.title_of(barcode):
        return f"“{short_text(title)}”"
    if library.owner_name(barcode):
        return "A card's barcode"
    return f"A label {short_text(barcode)!r}" if barcode else "An empty label"


def _span(seconds: float) -> str:
    """Return a duration in the largest unit that divides it; a long one rounded to its unit."""
    units = ((86400, "days"), (3600, "hours"), (60, "minutes"))
    for size, name in units:
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    if seconds < 3600:
        return f"{seconds:g} seconds"
    return next(f"About {seconds / size:.0f} {name}" for size, name in units if seconds >= 2 * size)
