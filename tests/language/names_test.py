"""Test that class names are rarely reused, and that functions and members are named by what they do or hold."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lending", "kiosk", "hub")
MOST = 3
"""Modules that may define a class of the same name."""
NOT_COUNTED = ("Meta", "State", "Kind", "Source")
"""Inner classes that Django and enumerations of a model's field are called by."""
NO_MEMBER_NAMES = frozenset(
    {"told", "hers", "who", "mine", "heard", "beside", "pen", "lends", "missed", "waited", "due_told"}
)
"""Names that do not say what a field, property, method or function is."""
NO_FUNCTION_NAMES = frozenset(
    """
    about after against around at before beside by for from how in into it mine of on others own over since some that
    them those to until what when where whose who why with within without
    begun bound bought brought built caught chosen dealt done drawn felt found given gone got heard held hidden kept
    known left lent lit lost made meant met paid said seen sent shown sold spoken spent stood taken taught thought told
    typed understood won worn written
    """.split()
)
"""A function is named by a verb, or by the noun that it returns: `open_case`, `due_text`."""
PARTICIPLE = re.compile(r"(?!.*(?:[nsf]eed|embed|fold|seed)$)[a-z]{2,}ed")


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """Return the syntax tree of each module by its path below the root."""
    return {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    }


def defined() -> Counter[str]:
    """Return how many modules define a class of each name."""
    found: Counter[str] = Counter()
    for tree in trees().values():
        found.update({node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)})
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
        f"{path}: {name}"
        for path, tree in trees().items()
        for name in members(tree)
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


def is_nameless(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether the name is one participle, preposition or pronoun; properties and predicates may be."""
    name = function.name.strip("_")
    if name not in NO_FUNCTION_NAMES and not PARTICIPLE.fullmatch(name):
        return False
    is_property = any("property" in ast.unparse(each) for each in function.decorator_list)
    return not is_property and (function.returns is None or ast.unparse(function.returns) != "bool")


def test_functions_are_named_by_what_they_do_or_return() -> None:
    found = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_nameless(node)
    ]
    assert found == [], "name it by a verb, or by the noun that it returns"


@pytest.mark.parametrize("source", ["def opened() -> str: ...", "def of() -> str: ...", "def _kept() -> None: ..."])
def test_check_finds_participles_and_prepositions(source: str) -> None:
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert is_nameless(function)


@pytest.mark.parametrize("source", ["def open() -> str: ...", "def seen() -> bool: ...", "def feed() -> None: ..."])
def test_check_accepts_verbs_and_predicates(source: str) -> None:
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert not is_nameless(function)
