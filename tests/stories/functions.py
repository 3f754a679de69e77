"""The functions of docs/functions.md, and the page that shows which of them were seen to work."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "functions.md"
PICTURES = ROOT / "docs" / "functions"
RECORD = "KIOSK_STORIES"
"""Environment variable with the file to which each completed story adds a line; pictures are stored only then."""

FUNCTIONS = {
    "F1": "Collect patron data, key patrons first",
    "F2": "Keep data current",
    "F3": "Decide by statistics",
    "F4": "Know patrons' interests and needs",
    "F5": "Actions for each group of patrons",
    "F6": "Loyalty and referrals",
    "F7": "One-to-one service: ask a librarian",
    "F8": "Fast answers: search",
    "F9": "The preferred channel",
    "F10": "Needs and satisfaction, also without a card",
    "F11": "Recommendations, improved by feedback",
    "F12": "News in small bites",
    "F13": "E-editions",
    "F14": "Scan to borrow and return",
    "F15": "Return forecasts and reminders",
    "F16": "Find the book",
    "F17": "Visibility: posters, campaigns, share pages",
    "F18": "Flexible loan rules",
    "F19": "Clear goals for staff",
    "F20": "Inner security: access log with reasons",
    "F21": "Outer security: encryption, MFA, audits, drills",
    "F22": "Training in finding things",
    "F23": "Self-service everywhere",
    "F24": "Timely, answered feedback",
    "F25": "Questionnaires",
    "F26": "Statistics per patron category",
}
LATER = {"F21": "Out of scope: penetration tests and maintenance by an outside team; an auditor pack supports them."}


@dataclass(frozen=True, slots=True)
class Story:
    """A test that begins at a touch or a click and ends at what another person sees."""

    function: str
    begins: str
    ends: str
    test: str
    pictures: tuple[str, ...] = ()


def record(story: Story) -> None:
    """Record a completed story if a record is requested."""
    if path := os.environ.get(RECORD):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(story), ensure_ascii=False) + "\n")


def recorded(path: Path) -> list[Story]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Story(**{**line, "pictures": tuple(line["pictures"])}) for line in lines]


def page(stories: Iterable[Story]) -> str:
    """Return docs/functions.md; a function without a story is listed as absent."""
    by_function: dict[str, list[Story]] = {each: [] for each in FUNCTIONS}
    for story in sorted(stories, key=lambda each: each.test):
        by_function[story.function].append(story)
    seen = sum(1 for found in by_function.values() if found)
    lines = [
        "# What the relationship with patrons can do",
        "",
        "Written by `scripts/functions` from the stories that ran: each begins at a touch or a click, and ends at what",
        f"another person sees. {seen} of {len(FUNCTIONS)} functions have one; the others are absent.",
        "",
        "| | function | begins with | ends with | story |",
        "|---|---|---|---|---|",
    ]
    for function, name in FUNCTIONS.items():
        if not by_function[function]:
            lines.append(f"| {function} | {name} | *absent* | | |")
        for number, story in enumerate(by_function[function]):
            head = f"| {function} | {name} " if number == 0 else "| | "
            links = " ".join(f"[picture](functions/{each})" for each in story.pictures)
            test = story.test.rsplit("::", 1)[-1].removeprefix("test_").replace("_", " ")
            lines.append(f"{head}| {story.begins} | {story.ends} | {test} {links}".rstrip() + " |")
    lines += ["", *(f"{function}: {words}" for function, words in LATER.items())]
    return "\n".join(lines) + "\n"
