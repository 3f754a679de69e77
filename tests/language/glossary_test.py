"""Test that deprecated English terms stay out of screens, pages, messages and guides.

The Chinese terms are in tests/language/one_word_test.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
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
"""Term of the glossary to the deprecated terms that it replaces."""
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


def test_no_text_uses_a_deprecated_term() -> None:
    assert len(texts()) > 5000, "the texts are still read"
    assert [f"{path}: {each}: {text[:90]}" for path, text in texts() for each in deprecated(text)] == []


@pytest.mark.parametrize(
    ("text", "odd"),
    [("The kiosk lends three books", 1), ("The lending rules", 0), ("Handed in, being checked", 1), ("Borrowed", 0)],
)
def test_deprecated_term_is_found(text: str, odd: int) -> None:
    assert len(deprecated(text)) == odd
