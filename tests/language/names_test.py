"""Test that class names are unique, and that no member is a participle, preposition or pronoun."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lending", "kiosk", "hub")
MOST = 3
NOT_COUNTED = ("Meta", "State", "Kind", "Source")
"""Inner classes that Django and enumerations of a model's field are called by."""
MEMBER_PACKAGES = ("lending", "kiosk")
NO_MEMBER_NAMES = frozenset({"told", "hers", "heard", "beside", "pen", "lends", "missed", "waited", "due_told"})
"""Names that do not say what a field, property, method or function is."""


def defined() -> Counter[str]:
    """Return how many modules define a public class of each name."""
    found: Counter[str] = Counter()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:
            classes = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            found.update({node.name for node in classes if isinstance(node, ast.ClassDef)})
    return found


def test_class_names_are_rarely_reused() -> None:
    found = {
        name: count
        for name, count in defined().items()
        if count > MOST and name not in NOT_COUNTED and not name.startswith("_")
    }
    assert found == {}, "qualify the new class: CampaignRow, not Row"


def members(tree: ast.AST) -> Iterator[str]:
    """Yield the names of the functions, and of the fields and methods of classes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(body=body):
                fields = (each.target for each in body if isinstance(each, ast.AnnAssign))
                yield from (each.id for each in fields if isinstance(each, ast.Name))
            case ast.Assign(targets=targets):
                yield from (each.attr for each in targets if isinstance(each, ast.Attribute))
            case ast.AnnAssign(target=ast.Attribute(attr=name)):
                yield name
            case _:
                pass


def test_members_have_no_forbidden_names() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for package in MEMBER_PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in members(ast.parse(path.read_text(encoding="utf-8")))
        if name.removeprefix("_") in NO_MEMBER_NAMES
    ]
    assert found == [], "name it by what it holds or does, as CONTRIBUTING.md says"


def test_check_finds_fields_properties_methods_and_functions() -> None:
    source = """
class View:
    told: bool
    def __init__(self) -> None:
        self._heard = 0
    @property
    def hers(self) -> str: ...
def missed() -> None: ...
"""
    assert sorted({name.removeprefix("_") for name in members(ast.parse(source))} & NO_MEMBER_NAMES) == [
        "heard", "hers", "missed", "told",
    ]  # fmt: skip
