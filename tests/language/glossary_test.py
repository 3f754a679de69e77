"""Test that deprecated English terms stay out of screens, pages, messages and guides.

The Chinese terms are in tests/language/one_word_test.py. `glossary_allowed.tsv` counts the deprecated terms of the hub
and of the guides. A count may only fall: `python -m tests.language.glossary_test` writes it and refuses to raise one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = Path(__file__).with_name("glossary_allowed.tsv")
INSTEAD = {
    "borrow; check out": r"\b(?:lends?|lent|lending)\b(?! rules?\b)",
    "renew": r"\bprolong\w*",
    "return; check in": r"\bhand(?:ed|s)? in\b|\b(?:take[ns]?|took) back (?:a |the )?books?\b",
    "returned, being checked": r"\bunseen\b",
    "the patron": r"\b(?:customers?|readers of the library)\b",
    "patron category, item type": r"\bkinds? of (?:patron|item)s?\b",
    "hold; on hold": r"\b(?:kept|keep it) for (?:you|me|her|somebody)\b|\bwishe?[sd]? for\b",
    "library system (screens), ILS (docs)": r"\blibrary's (?:own )?system\b",
    "upload": r"\bhand(?:ed|s|ing)? over\b",
    "offline": r"\bcut off\b",
    "card reader": r"\b(?:on|to) the pad\b",
    "overdue fee": r"\bfines? for being late\b",
    "parent or guardian": r"\bgrown-ups?\b",
    "ID card": r"\bidentity cards?\b",
}
"""The term of the glossary, and what is no longer said for it."""
GUIDES = ("docs/*.md", "README.md", "CONTRIBUTING.md", "hub/**/wording/en/*.txt")


@cache
def texts() -> tuple[tuple[str, str], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[str, str]]:
    """Yield file and text of every message and of every paragraph of a guide, without code."""
    for path in sorted([*(ROOT / "kiosk").rglob("zh/*/*.po"), *(ROOT / "hub").rglob("*.po")]):
        with path.open("rb") as file:
            for message in read_po(file):
                for text in (message.id,) if isinstance(message.id, str) else message.id:
                    yield str(path.relative_to(ROOT)), text
    for pattern in GUIDES:
        for path in sorted(ROOT.glob(pattern)):
            prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            for line in prose.splitlines():
                yield str(path.relative_to(ROOT)), line


def deprecated(text: str) -> list[str]:
    return [
        f"{found.group()}: say {term}"
        for term, odd in INSTEAD.items()
        for found in re.finditer(odd, re.sub(r"\{\w+\}", "", text), re.IGNORECASE)
    ]


def used() -> dict[str, list[str]]:
    """Return the deprecated terms of each top-level folder or file that has any."""
    found: dict[str, list[str]] = {}
    for path, text in texts():
        for each in deprecated(text):
            found.setdefault(path.partition("/")[0], []).append(f"{path}: {each}: {text[:90]}")
    return found


def allowed() -> dict[str, int]:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {path: int(count) for path, count in (line.split("\t") for line in lines)}


def test_no_package_uses_more_deprecated_terms_than_are_allowed() -> None:
    assert len(texts()) > 5000, "the texts are still read"
    limits = allowed()
    assert {path: each for path, each in used().items() if len(each) > limits.get(path, 0)} == {}


def test_kiosk_uses_no_deprecated_term() -> None:
    assert "kiosk" not in allowed()


@pytest.mark.parametrize(
    ("text", "odd"),
    [("The kiosk lends three books", 1), ("The lending rules", 0), ("Handed in, being checked", 1), ("Borrowed", 0)],
)
def test_deprecated_term_is_found(text: str, odd: int) -> None:
    assert len(deprecated(text)) == odd


def write() -> int:
    """Write today's counts; refuse where one has grown."""
    now, limits = used(), allowed() if ALLOWED.exists() else None
    grown = [path for path, each in now.items() if limits is not None and len(each) > limits.get(path, 0)]
    for path in grown:
        print(path, *now[path], sep="\n  ")
    if not grown:
        counts = sorted((path, len(each)) for path, each in now.items())
        ALLOWED.write_text("".join(f"{path}\t{count}\n" for path, count in counts), encoding="utf-8")
    return bool(grown)


if __name__ == "__main__":
    sys.exit(write())
