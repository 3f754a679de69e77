"""A class name means one thing: few packages define a class of the same name.

`names.tsv` counts, for each name, the modules that define it, if more than three do. A count may only fall.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = Path(__file__).with_name("names.tsv")
PACKAGES = ("lending", "kiosk", "hub")
MOST = 3
NOT_COUNTED = ("Meta", "State", "Kind", "Source")
"""Inner classes that Django and enumerations of a model's field are called by."""


def defined() -> Counter[str]:
    """Return how many modules define a public class of each name."""
    found: Counter[str] = Counter()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:
            classes = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            found.update({node.name for node in classes if isinstance(node, ast.ClassDef)})
    return found


def test_a_class_name_is_not_used_for_more_things() -> None:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    allowed = {name: int(count) for name, count in (line.split("\t") for line in lines)}
    found = {
        name: count
        for name, count in defined().items()
        if count > MOST and name not in NOT_COUNTED and not name.startswith("_")
    }
    assert found == allowed, "rename the new class, or lower the count in tests/language/names.tsv"
