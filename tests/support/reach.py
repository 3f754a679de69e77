"""Select the test files that can reach a changed file, as `scripts/test --changed` runs them.

A Python file reaches what it imports, also inside functions, and what its strings name: a module (`"hub.cli"`) or a
file (`"docs/wire.md"`). A test also reaches the views behind the URLs and route names that it names, and the conftest
files above it whose fixtures it uses. A file that is no Python belongs to the files that name it and to the modules of
the nearest folder above that has some.

Settings, routes, apps, models and migrations are loaded by Django: a change there selects every test of the hub. A
change that no test is seen to reach selects everything. Signals and registries of classes are not followed;
`scripts/test` without arguments judges everything.
"""

from __future__ import annotations

import argparse
import ast
import fnmatch
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("hub/settings.py", "hub/urls.py", "hub/*/urls.py", "hub/*/apps.py", "hub/*/admin.py")
"""Files that Django loads and that lead to every app: what they name is not followed."""
LOADED_BY_DJANGO = (*LISTS, "hub/*/models.py", "hub/*/models/*.py", "hub/*/migrations/*.py")
ORDER = "tests/support/plugin.py"
"""File that names test files without using them."""
EVERYTHING = ("pyproject.toml", "requirements.lock", "tests/conftest.py", "scripts/setup", "scripts/test")
NOTHING = ("LICENSE", ".gitignore", ".ci/*")
ALWAYS = ("tests/project/imports_test.py", "tests/language/*_test.py")
"""Tests that read every file."""
PROGRAMS = ("kiosk.cli", "hub.cli")
"""Programs that reach everything.

They are followed from the tests that start them; `long` tests cover those that the product starts.
"""
MODULE = re.compile(r"[a-z_]\w*(?:\.\w+)+")
PARAMETER = re.compile(r"<[^>]*>|\\{[^}]*\\}")
LONGEST = 200
"""Characters of a string that may name a file or a URL."""


@dataclass
class Source:
    """What one Python file names."""

    modules: set[str] = field(default_factory=set)
    """Imported or named in a string; the last part may be a class or function."""
    strings: set[str] = field(default_factory=set)
    imported: dict[str, str] = field(default_factory=dict)
    """Name in this file to what it was imported as."""
    functions: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    always: bool = False
    """A conftest that acts on tests which use none of its fixtures: by hooks, `autouse`, or when it is imported."""
    app: str = ""
    routes: list[tuple[str, str, str]] = field(default_factory=list)
    """Routes of the hub: route, its name, and the name in this file of what answers it; empty if this file does."""


def read(text: str, package: str) -> Source:
    """Read what a module names; `package` is the dotted name of the package that it is in."""
    found, tree = Source(), ast.parse(text)
    parts: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    found.modules.add(alias.name)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                home = ".".join([*above, *([module] if module else [])])
                for alias in names:
                    found.modules.add(f"{home}.{alias.name}")
                    found.imported[alias.asname or alias.name] = f"{home}.{alias.name}"
            case ast.JoinedStr(values=values):
                found.strings.add("".join(_text(each) for each in values))
                parts.update(id(each) for each in values)
            case ast.Constant(value=str(value)) if id(node) not in parts:
                found.strings.add(value)
            case ast.Assign(targets=[ast.Name(id="app_name")], value=ast.Constant(value=str(value))):
                found.app = value
            case ast.Call(func=ast.Name(id="path"), args=[ast.Constant(value=str(route)), target, *_], keywords=named):
                name = next((each.value.value for each in named if isinstance(each.value, ast.Constant)), "")
                found.routes.append((route, str(name), _first_name(target)))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _read_function(node, found)
            case _:
                pass
    found.modules.update(each for each in found.strings if MODULE.fullmatch(each))
    found.always |= any(isinstance(each, ast.Expr) and not isinstance(each.value, ast.Constant) for each in tree.body)
    return found


def _read_function(node: ast.FunctionDef | ast.AsyncFunctionDef, found: Source) -> None:
    found.functions.add(node.name)
    found.parameters.update(each.arg for each in node.args.args)
    found.always |= node.name.startswith("pytest_")
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="get" | "post" | "put" | "patch" | "delete"), args=[route, *_]):
                found.routes.append((_text(route).lstrip("/"), "", ""))
            case ast.Call(keywords=named):
                found.always |= any(each.arg == "autouse" for each in named)
            case _:
                pass


def _text(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "0"


def _first_name(target: ast.expr) -> str:
    """Return the name that an expression begins with: `desk` of `desk.entry`, `SignIn` of `SignIn.as_view()`."""
    match target:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner) | ast.Call(func=inner):
            return _first_name(inner)
        case _:
            return ""


class Reach:
    """The graph of a tree of files.

    Args:
        files: Path relative to the root to text; the text of files that are no Python is not read.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._sources = {
            path: read(text, ".".join(PurePosixPath(path).parts[:-1]))
            for path, text in files.items()
            if path.endswith(".py")
        }
        self._modules = {_dotted(path): path for path in self._sources}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in files:
            self._by_name[PurePosixPath(path).name].append(path)
        self._routes: list[tuple[re.Pattern[str], str]] = []
        self._route_names: dict[str, str] = {}
        for path, source in self._sources.items():
            for route, name, answers in source.routes if path.startswith("hub/") else ():
                file = next(self._files_of(source.imported.get(answers, "")), path)
                if name:
                    self._route_names[f"{source.app}:{name}"] = file
                if route:
                    self._routes.append((re.compile("(?:.*/)?" + PARAMETER.sub("[^/]+", re.escape(route))), file))
        self._edges = {path: frozenset(self._named_by(path)) for path in self._sources}

    def tests(self) -> list[str]:
        return [path for path in self._sources if path.startswith("tests/") and path.endswith("_test.py")]

    def reached(self, test: str) -> set[str]:
        """Return every file that a test can reach, itself among them."""
        seen, waiting = {test}, [test]
        while waiting:
            new = self._edges.get(waiting.pop(), frozenset()) - seen
            seen |= new
            waiting += new
        return seen

    def select(self, changed: Iterable[str]) -> list[str] | None:
        """Return the tests that can reach a changed file; None if that may be any test."""
        changed = [path for path in changed if not _matches(path, NOTHING)]
        if any(_matches(path, EVERYTHING) for path in changed):
            return None
        owners = {path: self._owners(path) for path in changed}
        selected, met = {test for test in self.tests() if changed and _matches(test, ALWAYS)}, set()
        for test in self.tests():
            reached = self.reached(test)
            for path, own in owners.items():
                hub = _matches(path, LOADED_BY_DJANGO) and any(each.startswith("hub/") for each in reached)
                below = path.endswith("/conftest.py") and test.startswith(path.removesuffix("conftest.py"))
                if hub or below or not own.isdisjoint(reached):
                    selected.add(test)
                    met.add(path)
        return sorted(selected) if met == set(owners) else None

    def _owners(self, path: str) -> set[str]:
        """Return what stands for a changed file: itself, or what names it and the modules it belongs to."""
        if path.endswith(".py"):
            return {path}
        owners = {each for each, named in self._edges.items() if path in named}
        for folder in PurePosixPath(path).parents[:-1]:
            if near := {each for each in self._sources if PurePosixPath(each).parent == folder}:
                return owners | near
        return owners

    def _named_by(self, path: str) -> Iterator[str]:
        source, test = self._sources[path], path.startswith("tests/")
        if _matches(path, LISTS):
            return
        # A fixture that a conftest passes on is followed from the tests that use it.
        passed_on = {source.imported.get(each) for each in source.strings} if path.endswith("/conftest.py") else set()
        programs = set() if test else source.strings & set(PROGRAMS)
        for name in source.modules - passed_on - programs:
            yield from self._files_of(name)
        for string in source.strings if path != ORDER else ():
            if 0 < len(string) <= LONGEST:
                yield from self._files(path, string)
                if test:
                    yield from self._views(string)
        for folder in PurePosixPath(path).parents if test else ():
            conftest = self._sources.get(file := f"{folder}/conftest.py")
            if conftest and file != path:
                used = source.parameters | source.strings
                if conftest.always or not used.isdisjoint(conftest.functions):
                    yield file
                for name in conftest.imported.keys() & used:
                    yield from self._files_of(conftest.imported[name])

    def _files_of(self, name: str) -> Iterator[str]:
        """Yield the file of the longest part of a dotted name that is a module, then those of its packages."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            if file := self._modules.get(".".join(parts[:length])):
                yield file

    def _files(self, path: str, string: str) -> Iterator[str]:
        """Yield the files whose path ends with a string, and those of that name in the same folder."""
        here, end = PurePosixPath(path).parent, "/" + string.lstrip("/")
        for file in self._by_name.get(PurePosixPath(string).name, ()):
            named = f"/{file}".endswith(end) or PurePosixPath(file).parent == here
            if named and file != path and ("/" in string or not file.endswith(".py")):
                yield file

    def _views(self, string: str) -> Iterator[str]:
        """Yield the modules of the hub that answer a URL or a named route."""
        if string in self._route_names:
            yield self._route_names[string]
        if "/" in string:
            url = re.split("[?#]", string)[0]
            yield from (file for route, file in self._routes if route.fullmatch(url))


def _dotted(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path, each) for each in patterns)


def tree() -> dict[str, str]:
    """Return the files of the checkout that Git tracks or could track, with the text of those in Python."""
    return {
        path: (ROOT / path).read_text(encoding="utf-8") if path.endswith(".py") else ""
        for path in _git("ls-files", "--cached", "--others", "--exclude-standard")
        if (ROOT / path).is_file()
    }


def changed_since(ref: str) -> list[str]:
    """Return the files that differ from a commit, those that Git does not track yet among them."""
    differ = _git("diff", "--name-only", "--no-renames", "--relative", ref)
    return [*differ, *_git("ls-files", "--others", "--exclude-standard")]


def _git(*arguments: str) -> list[str]:
    command = ("git", "-c", "core.quotePath=off", *arguments)
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def main() -> None:
    """Print the test files, or the folder of all tests."""
    parser = argparse.ArgumentParser(description="Print the test files that can reach what has changed.")
    parser.add_argument("ref", help="commit to compare with")
    selected = Reach(tree()).select(changed_since(parser.parse_args().ref))
    print("\n".join(["tests"] if selected is None else selected))


if __name__ == "__main__":
    main()
