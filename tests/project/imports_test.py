"""Test the import rules of docs/architecture.md on each module's syntax tree."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = frozenset(
    "mfrc522 picamera2 libcamera pyzbar zxingcpp escpos gpiozero RPi lgpio spidev serial usb evdev rpi_ws281x".split()
)
PACKAGES = ("kiosk", "hub", "lending")
LENDING_MAY_USE = {
    "lending.wire": ("pydantic",),
    "lending.sealing": ("nacl",),
    "lending.request_signature": ("nacl",),
}
DESK_MAY_USE = (
    "kiosk.system.clock",
    "kiosk.desk",
    "kiosk.events",
    "kiosk.system.health",
    "kiosk.journal",
    "kiosk.words.receipt",
    "kiosk.central",
    "kiosk.views",
)
LOOK_UPS = frozenset({"get_app_config", "get_model", "get_models", "ForeignKey", "OneToOneField", "ManyToManyField"})
# Calls that only create a value without side effects.
VALUE_MAKERS = frozenset(
    """AfterValidator Annotated BeforeValidator ByLanguage ConfigDict Decimal Discriminator Field Library
    MappingProxyType NewType ParamSpec Path Signal StringConstraints Struct TypeAdapter TypeVar UUID ZoneInfo abs
    bytes chr compile date datetime dict divmod enumerate float fromkeys frozenset getLogger get_args gettext_lazy
    gettext_noop int items join keys len list maketrans max min namedtuple ord pgettext_lazy range replace resolve
    round sentence set sorted split str sum time timedelta timezone tuple values zip""".split()
)


@dataclass(frozen=True)
class Import:
    name: str
    line: int
    lazy: bool


@dataclass(frozen=True)
class Module:
    name: str
    tree: ast.Module
    is_package: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    """Packages of the hub's apps by their labels, by which code can look an app or a table up."""

    def inside(self, *packages: str) -> bool:
        return _under(self.name, packages)


def _under(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def module(name: str, text: str) -> Module:
    return Module(name, ast.parse(text))


def read_tree(package: Path) -> list[Module]:
    modules = []
    for path in sorted(package.rglob("*.py")):
        parts = list(path.relative_to(package.parent).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules.append(Module(name, ast.parse(path.read_text(encoding="utf-8")), is_package))
    return modules


@functools.cache  # every rule needs all of them
def imports(module: Module) -> tuple[Import, ...]:
    """Return every import, also inside functions and by name; `from a import b` gives `a.b`."""
    nodes = list(ast.walk(module.tree))
    return (*_imports(module, nodes), *_look_ups(module, nodes))


PROGRAMS = frozenset({"hub.cli", "kiosk.cli", "hub.settings"})
"""Started as separate processes or named by Django's environment variable, so naming them is not an import."""
NAMED = re.compile(
    "|".join(rf"{each}\.(?:{'|'.join(path.stem for path in (ROOT / each).iterdir())})(?:\.\w+)*" for each in PACKAGES)
)
"""A module or something in it; other strings of this form are names of files."""
LOOKED_UP = re.compile(r"([a-z_]+)(?:\.[A-Za-z]\w*)?")


def _look_ups(module: Module, nodes: list[ast.AST]) -> Iterator[Import]:
    """Yield what the module names in strings: modules, apps (`get_app_config`) and tables (`get_model`, relations)."""
    labels = dict(module.labels)
    for node in nodes:
        if isinstance(node, ast.Call):
            for label in _labels_of(node):
                if label in labels and not module.inside(labels[label]):
                    yield Import(f"{labels[label]}.apps", node.lineno, lazy=True)
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and NAMED.fullmatch(node.value)
            and node.value not in PROGRAMS
        ):
            yield Import(node.value, node.lineno, lazy=True)


def _labels_of(call: ast.Call) -> Iterator[str]:
    """Yield the app labels that a call names: `get_model("app", "Table")`, `ForeignKey("app.Table")`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in LOOK_UPS and call.args and isinstance(call.args[0], ast.Constant):
        found = LOOKED_UP.fullmatch(str(call.args[0].value))
        if found:
            yield found[1]


def _imports(module: Module, nodes: list[ast.AST]) -> Iterator[Import]:
    at_once = set(_outside_functions(module.tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, node not in at_once)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                yield Import(f"{base}.{alias.name}", node.lineno, node not in at_once)


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements that run when the module is imported."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case) and not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            yield child
            yield from _outside_functions(child)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    home = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
    return ".".join([*home, node.module] if node.module else home)


def _complain(module: Module, found: Import, why: str) -> str:
    return f"{module.name}:{found.line} imports {found.name}: {why}"


def _refuse(module: Module, why: str, refused: Callable[[Import], bool]) -> list[str]:
    return [_complain(module, found, why) for found in imports(module) if refused(found)]


def lending_imports_no_other_package(module: Module) -> list[str]:
    if not module.inside("lending"):
        return []
    allowed = sys.stdlib_module_names | {"lending", *LENDING_MAY_USE.get(_package(module.name), ())}
    return _refuse(
        module,
        "lending imports the standard library, pydantic in wire and PyNaCl where it seals and signs",
        lambda found: found.name.split(".")[0] not in allowed,
    )


def desk_imports_protocols_only(module: Module) -> list[str]:
    if not module.inside("kiosk.desk"):
        return []
    allowed = sys.stdlib_module_names | {"kiosk", "lending"}
    return _refuse(
        module,
        "the desk imports facts, events, views and Protocols",
        lambda found: (
            found.name.split(".")[0] not in allowed
            or (found.name.startswith("kiosk") and not _under(found.name, DESK_MAY_USE))
        ),
    )


def only_screens_import_kivy(module: Module) -> list[str]:
    if module.inside("kiosk.screens"):
        return []
    return _refuse(module, "only screens import Kivy", lambda found: _under(found.name, ("kivy",)))


def only_hardware_imports_drivers(module: Module) -> list[str]:
    inside = module.inside("kiosk.hardware")
    return _refuse(
        module,
        "drivers are imported by hardware alone, inside the function that opens them",
        lambda found: found.name.split(".")[0] in DRIVERS and not (inside and found.lazy),
    )


def kiosk_and_hub_do_not_import_each_other(module: Module) -> list[str]:
    other = {"kiosk": "hub", "hub": "kiosk"}.get(module.name.split(".")[0])
    if other is None:
        return []
    return _refuse(
        module,
        "kiosk and hub share lending and nothing else",
        lambda found: _under(found.name, (other,)),
    )


RULES = (
    lending_imports_no_other_package,
    desk_imports_protocols_only,
    only_screens_import_kivy,
    only_hardware_imports_drivers,
    kiosk_and_hub_do_not_import_each_other,
)


@functools.cache
def tree() -> list[Module]:
    """Return all modules, read on first use and not while tests are collected."""
    found = [module for package in PACKAGES for module in read_tree(ROOT / package)]
    labels = tuple(each for module in found if module.name.endswith(".apps") for each in app_labels(module))
    return [replace(each, labels=labels) for each in found]


def app_labels(module: Module) -> Iterator[tuple[str, str]]:
    """Yield the label and the package of each Django app that the module configures."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            values = {
                ast.unparse(each.targets[0]): each.value.value
                for each in node.body
                if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
            }
            if "label" in values:
                yield str(values["label"]), str(values["name"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_tree_keeps_the_import_rules(rule: Callable[[Module], list[str]]) -> None:
    assert [complaint for each in tree() for complaint in rule(each)] == []


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (lending_imports_no_other_package, "lending.made_up", "import requests"),
        (lending_imports_no_other_package, "lending.policy", "from pydantic import BaseModel"),
        (lending_imports_no_other_package, "lending.made_up", "from kiosk.events import Event"),
        (lending_imports_no_other_package, "lending.wire.made_up", "from hub.core import clock"),
        (desk_imports_protocols_only, "kiosk.desk.made_up", "from kiosk.sync.hub_client import Rest"),
        (desk_imports_protocols_only, "kiosk.desk.made_up", "def late():\n    from kivy.clock import Clock"),
        (only_screens_import_kivy, "kiosk.visit_player", "from kivy.core.window import Window"),
        (only_hardware_imports_drivers, "kiosk.desk.made_up", "import gpiozero"),
        (only_hardware_imports_drivers, "kiosk.hardware.made_up", "from escpos.printer import Usb"),
        (kiosk_and_hub_do_not_import_each_other, "hub.made_up", "from kiosk.journal.journal import Journal"),
        (kiosk_and_hub_do_not_import_each_other, "kiosk.visit_player", "from hub import serve"),
    ],
)
def test_breach_of_a_rule_is_caught(rule: Callable[[Module], list[str]], name: str, text: str) -> None:
    assert len(rule(module(name, text))) == 1


BESIDE_OUTREACH = ("hub.circulation", "hub.fleet", "hub.ils", "hub.staff", "hub.audit")
"""Packages closed to outreach, which gets loans from the feed and `Central`, whatever system keeps them."""


def paths_out_of_outreach(modules: list[Module]) -> list[list[str]]:
    """Return the shortest import path from each module of outreach to a closed package, if there is one."""
    names = {each.name for each in modules}
    graph = {each.name: sorted(_targets(each, names)) for each in modules}
    paths = []
    for start in names:
        if not _under(start, ("hub.outreach",)):
            continue
        before: dict[str, str] = {start: ""}
        ahead = [start]
        while ahead:
            here = ahead.pop(0)
            if _under(here, BESIDE_OUTREACH):
                route = [here]
                while before[route[0]]:
                    route.insert(0, before[route[0]])
                paths.append(route)
                break
            for target in graph[here]:
                if target not in before:
                    before[target] = here
                    ahead.append(target)
    return sorted(paths)


def test_outreach_does_not_reach_the_packages_that_keep_loans() -> None:
    assert paths_out_of_outreach(tree()) == []


@pytest.mark.parametrize(
    "bridge",
    [
        "from hub.circulation.models import Loan",
        'apps.get_model("circulation", "Loan")',
        'NAME = "hub.circulation.models"',
    ],
)
def test_indirect_import_of_outreach_is_caught(bridge: str) -> None:
    labels = (("circulation", "hub.circulation"),)
    modules = [
        module("hub.outreach.made_up", "from hub.catalogue import shelf"),
        replace(module("hub.catalogue.shelf", bridge), labels=labels),
        module("hub.circulation.models", ""),
        module("hub.circulation.apps", ""),
    ]
    assert [route[:2] for route in paths_out_of_outreach(modules)] == [["hub.outreach.made_up", "hub.catalogue.shelf"]]


def test_driver_may_be_imported_where_it_is_opened() -> None:
    lazy = "def open_printer():\n    from escpos.printer import Usb\n    return Usb()"
    assert only_hardware_imports_drivers(module("kiosk.hardware.made_up", lazy)) == []


def find_cycle(modules: list[Module]) -> list[str]:
    """Return the modules of one import cycle in order; imports inside functions count too."""
    names = {each.name for each in modules}
    graph = {each.name: sorted(_targets(each, names)) for each in modules}
    done: set[str] = set()
    for start in graph:
        cycle = _walk(start, graph, [], done)
        if cycle:
            return cycle
    return []


def _targets(module: Module, names: set[str]) -> set[str]:
    targets = set()
    for found in imports(module):
        target = found.name if found.name in names else found.name.rpartition(".")[0]
        if target in names and target != module.name:
            targets.add(target)
    return targets


def _walk(name: str, graph: Mapping[str, list[str]], trail: list[str], done: set[str]) -> list[str]:
    if name in trail:
        return [*trail[trail.index(name) :], name]
    if name in done:
        return []
    for target in graph[name]:
        cycle = _walk(target, graph, [*trail, name], done)
        if cycle:
            return cycle
    done.add(name)
    return []


def test_no_modules_import_each_other() -> None:
    assert find_cycle(tree()) == []


def test_import_cycle_is_caught() -> None:
    ring = [module("a", "import b"), module("b", "from c import x"), module("c", "def late():\n    import a")]
    assert find_cycle(ring) == ["a", "b", "c", "a"]


def _package(name: str) -> str:
    """Return the package of a module one level below the top: `kiosk.desk` of `kiosk.desk.scan`."""
    return ".".join(name.split(".")[:2])


def package_graph(modules: list[Module]) -> dict[str, set[str]]:
    """Return which packages import which, one level below the top; inside hub.outreach one level further down."""
    names = {each.name for each in modules}
    packages = {each.name for each in modules if each.is_package}

    def room(name: str) -> str:
        parts = name.split(".")
        if ".".join(parts[:3]) in packages and parts[:2] == ["hub", "outreach"]:
            return ".".join(parts[:3])
        return ".".join(parts[:2])

    graph: dict[str, set[str]] = {}
    for each in modules:
        here = graph.setdefault(room(each.name), set())
        here |= {room(target) for target in _targets(each, names)} - {room(each.name), each.name.split(".")[0]}
    return graph


def package_cycles(graph: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """Return the pairs of packages that need each other, directly or through others."""
    reached = {start: _reached(graph, start) for start in graph}
    return {frozenset((a, b)) for a in graph for b in reached[a] if a != b and a in reached.get(b, ())}


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found, ahead = set[str](), [start]
    while ahead:
        for target in graph.get(ahead.pop(), ()):
            if target not in found:
                found.add(target)
                ahead.append(target)
    return found


def test_no_packages_need_each_other() -> None:
    assert package_cycles(package_graph(tree())) == set()


def test_package_cycle_is_caught() -> None:
    ring = [
        Module("kiosk.a", ast.parse(""), True),
        module("kiosk.a.one", "from kiosk.b import two"),
        Module("kiosk.b", ast.parse(""), True),
        module("kiosk.b.two", "def late():\n    from kiosk.a import other"),
        module("kiosk.a.other", ""),
    ]
    assert find_cycle(ring) == []
    assert package_cycles(package_graph(ring)) == {frozenset(("kiosk.a", "kiosk.b"))}


def frozen_classes(modules: list[Module]) -> frozenset[str]:
    """Return the frozen dataclasses of the tree, which may be created at import time."""
    return frozenset(
        node.name
        for each in modules
        for node in ast.walk(each.tree)
        if isinstance(node, ast.ClassDef)
        and any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
    )


def actions_at_import(module: Module, values: frozenset[str]) -> list[str]:
    """Return the statements that do more than define when the module is imported."""
    return [
        f"{module.name}:{node.lineno} {ast.unparse(node)[:70]}"
        for node in module.tree.body
        if not _is_definition(node, values)
    ]


def _is_definition(node: ast.stmt, values: frozenset[str]) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=test):
            return ast.unparse(test) in ("TYPE_CHECKING", "__name__ == '__main__'")
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return value is None or all(_makes_a_value(call, values) for call in _calls(value))
        case _:
            return type(node).__name__ == "TypeAlias"


def _calls(node: ast.expr) -> Iterator[ast.Call]:
    """Yield the calls of an expression, except those inside a lambda."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _calls(child)
        elif isinstance(child, ast.keyword | ast.comprehension):
            yield from _calls(child.value if isinstance(child, ast.keyword) else child.iter)


def _makes_a_value(call: ast.Call, values: frozenset[str]) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    return name in VALUE_MAKERS or name in values


# What Django itself loads by importing it: settings, URL tables, admin registration, migrations.
DJANGO_EDGES = re.compile(
    r"hub\.(settings|wsgi|urls|.*\.(\w*urls|(\w+_)?api|admin|apps|migrations)(\..*)?|api(\..*)?)$"
)


def test_importing_a_module_only_defines_things() -> None:
    values = frozen_classes(tree())
    checked = [each for each in tree() if not DJANGO_EDGES.match(each.name)]
    assert [found for each in checked for found in actions_at_import(each, values)] == []


@pytest.mark.parametrize(
    "text",
    [
        "connection = connect('journal.sqlite')",
        "print('hello')",
        "for part in PARTS:\n    register(part)",
        "try:\n    import gpiozero\nexcept ImportError:\n    gpiozero = None",
        "DESK: Desk = Desk()",
        "ALL = [start(part) for part in PARTS]",
    ],
)
def test_action_at_import_time_is_caught(text: str) -> None:
    assert len(actions_at_import(module("kiosk.made_up", text), frozenset())) == 1


def test_value_definitions_are_accepted() -> None:
    text = "A = frozenset({1})\nB = Decimal('0.10')\nC = Fee(B)\nD = lambda: connect()\nE: TypeAlias = int | str"
    assert actions_at_import(module("kiosk.made_up", text), frozenset({"Fee"})) == []


# Written in pieces, so that this file does not break its own rule.
FOREIGN = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "npm" + r"js\.(org|com)",
            "deb" + r"\.debian\.org",
            r"(?<![\w.\-$}/])/" + r"(root|work)/\w",
            r"(?<![\w.\-$}/])/home/" + r"(?!kiosk\b|pi\b)\w",
            r"\.py" + "env/",
        ]
    )
)
NOT_OURS = re.compile(r"^(\.git|\.venv.*|\.hypothesis|\..*_cache|__pycache__|build|dist|hub-state|out|.*\.egg-info)$")


def foreign_words(text: str) -> list[str]:
    """Return hosts of package registries and paths of a developer's machine."""
    return [found.group() for found in FOREIGN.finditer(text)]


def texts(directory: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(directory.iterdir()):
        if path.is_dir():
            if not NOT_OURS.match(path.name):
                yield from texts(path)
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_tree_names_no_registry_and_no_developers_machine() -> None:
    found = {str(path.relative_to(ROOT)): foreign_words(text) for path, text in texts(ROOT)}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text", ["see pypi" + ".org/project/kivy", "cd /wo" + "rk/main", "/ho" + "me/ada/kiosk", "/ro" + "ot/x"]
)
def test_registry_or_machine_path_is_caught(text: str) -> None:
    assert len(foreign_words(text)) == 1


def test_path_of_an_installed_user_is_accepted() -> None:
    assert foreign_words("/home/pi/kiosk and $root/work/x and ./work/y") == []
