"""Test docstrings and comments by the prose rules of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lending", "kiosk", "hub", "tests", "scripts")
BROKEN = re.compile(
    r"\b(?:she|her|hers|herself|whoever|anew|nobody|somebody|heard|told|beside)\b"
    r"|[;,:] (?:knows|judges|draws|keeps|asks|decides|names|says) (?:no|nothing|nobody|neither)\b"
    r"|\bnever (?:knows|asks|tells)\b",
    re.IGNORECASE,
)
SEMICOLONS = 1
"""Semicolons in one docstring or comment."""


def may_be_faulty(text: str) -> bool:
    """Return whether a search of the whole file finds what a sentence must not have; parsing each takes seconds."""
    return BROKEN.search(text) is not None or text.count(";") > SEMICOLONS


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every docstring, attribute docstring and comment."""
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        for child in body if isinstance(body, list) else ():
            value = child.value if isinstance(child, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.lineno, value.value
    # Reading tokens takes seconds for all files, and few have a line that could be a faulty comment.
    if not any("#" in line and (BROKEN.search(line) or line.count(";") > SEMICOLONS) for line in text.splitlines()):
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and "fmt:" not in token.string and "noqa" not in token.string:
            yield token.start[0], token.string


def faults(text: str) -> list[str]:
    """Return each sentence that breaks a rule, with its line."""
    if not may_be_faulty(text):
        return []
    return [
        f"{line}: {found.group() if found else 'semicolons'}: {words.strip()[:90]}"
        for line, words in prose(text)
        if (found := BROKEN.search(re.sub(r"`[^`]*`", "", words))) or words.count(";") > SEMICOLONS
    ]


def test_no_docstring_or_comment_breaks_a_rule() -> None:
    broken = {
        str(path.relative_to(ROOT)): wrong
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts and (wrong := faults(path.read_text(encoding="utf-8")))
    }
    assert broken == {}


@pytest.mark.parametrize(
    "text",
    [
        '"""Counts what she tries; keeps no address."""',
        '"""Count attempts: knows nothing of pages."""',
        "x = 1  # whoever waits here is told",
        'class A:\n    b: int\n    """Her patience."""',
        '"""One; two; three."""',
    ],
)
def test_broken_rule_is_found(text: str) -> None:
    assert len(faults(text)) == 1


def test_plain_prose_breaks_no_rule() -> None:
    assert faults('"""Rate-limit requests per client address; only a keyed hash of it is stored. See `told`."""') == []
