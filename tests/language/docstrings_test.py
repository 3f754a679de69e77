"""Test docstrings and comments by the prose rules of CONTRIBUTING.md.

`allowed.tsv` counts the sentences per module that still break a rule. A count may only fall:
`python -m tests.language.docstrings_test` rewrites the file and refuses to raise one.
"""

from __future__ import annotations

import ast
import functools
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = Path(__file__).with_name("allowed.tsv")
PACKAGES = ("lending", "kiosk", "hub")
CLEAN: tuple[str, ...] = (
    "hub/circulation",
    "kiosk/commands",
    "kiosk/config",
    "kiosk/desk",
    "kiosk/journal",
    "kiosk/provisioning",
    "kiosk/snapshot",
    "kiosk/sync",
    "kiosk/system",
    "kiosk/wiring",
    "lending",
)
"""Packages in which no sentence is allowed to break a rule; it grows."""
BROKEN = re.compile(
    r"\b(?:she|her|hers|herself|whoever|anew|nobody|somebody|heard|told|beside)\b"
    r"|[;,:] (?:knows|judges|draws|keeps|asks|decides|names|says) (?:no|nothing|nobody|neither)\b"
    r"|\bnever (?:knows|asks|tells)\b",
    re.IGNORECASE,
)
SEMICOLONS = 1
"""Semicolons in one docstring or comment."""


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every docstring, attribute docstring and comment."""
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        for child in body if isinstance(body, list) else ():
            value = child.value if isinstance(child, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.lineno, value.value
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and "fmt:" not in token.string and "noqa" not in token.string:
            yield token.start[0], token.string


def faults(text: str) -> list[str]:
    """Return each sentence that breaks a rule, with its line."""
    return [
        f"{line}: {found.group() if found else 'semicolons'}: {words.strip()[:90]}"
        for line, words in prose(text)
        if (found := BROKEN.search(re.sub(r"`[^`]*`", "", words))) or words.count(";") > SEMICOLONS
    ]


@functools.cache
def broken() -> dict[str, list[str]]:
    """Return the faults of every product module that has any."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and (wrong := faults(path.read_text(encoding="utf-8"))):
                found[str(path.relative_to(ROOT))] = wrong
    return found


def allowed() -> dict[str, int]:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {path: int(count) for path, count in (line.split("\t") for line in lines)}


def test_no_module_breaks_more_rules_than_are_allowed() -> None:
    limits = allowed()
    worse = {path: wrong for path, wrong in broken().items() if len(wrong) > limits.get(path, 0)}
    assert worse == {}


def test_allowed_counts_are_current() -> None:
    assert allowed() == {path: len(wrong) for path, wrong in broken().items()}, "run tests.language.docstrings_test"


def test_clean_packages_break_no_rule() -> None:
    assert [path for path in allowed() if path.startswith(tuple(f"{each}/" for each in CLEAN))] == []


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


def write() -> int:
    """Write today's counts; refuse where one has grown."""
    now, limits = {path: len(wrong) for path, wrong in broken().items()}, allowed() if ALLOWED.exists() else None
    grown = [path for path, count in now.items() if limits is not None and count > limits.get(path, 0)]
    for path in grown:
        print(path, *broken()[path], sep="\n  ")
    if not grown:
        ALLOWED.write_text("".join(f"{path}\t{count}\n" for path, count in sorted(now.items())), encoding="utf-8")
        print(f"{sum(now.values())} sentences in {len(now)} modules still break a rule")
    return bool(grown)


if __name__ == "__main__":
    sys.exit(write())
