"""Test which tests are selected for a change, on a small tree and on this one."""

from __future__ import annotations

import pytest

from tests.support.reach import Reach, tree

TREE = {
    "kiosk/__init__.py": "",
    "kiosk/lights.py": "from kiosk.words import names",
    "kiosk/lazy.py": "def later():\n    from kiosk.lights import shine",
    "kiosk/words/__init__.py": "",
    "kiosk/words/names.py": "NAMES = 'names.tsv'",
    "kiosk/words/names.tsv": "",
    "kiosk/locale/zh/kiosk.po": "",
    "kiosk/cli.py": "from kiosk import lazy",
    "hub/cli.py": "import hub.settings",
    "hub/settings.py": "APPS = ['hub.books', 'hub.staff']",
    "hub/books/models.py": "",
    "hub/staff/urls.py": "from hub.staff.views import today\npath('staff/<int:pk>/', today.show, name='today')",
    "hub/staff/views/today.py": "PAGE = 'today.html'",
    "hub/staff/templates/today.html": "",
    "docs/wire.md": "",
    "tests/conftest.py": "",
    "tests/project/imports_test.py": "",
    "tests/lights_test.py": "import kiosk.lights",
    "tests/lazy_test.py": "from kiosk.lazy import later",
    "tests/program_test.py": "run('-m', 'kiosk.cli')",
    "tests/docs_test.py": "ROOT / 'docs' / 'wire.md'",
    "tests/hub/conftest.py": "from tests.hub.shelf import shelf",
    "tests/hub/shelf.py": "import hub.books.models",
    "tests/hub/books_test.py": "def test_it(shelf): ...",
    "tests/hub/page_test.py": "def test_it(): get(f'/staff/{1}/?x=1')",
    "tests/hub/route_test.py": "def test_it(): reverse('staff:today')",
    "tests/hub/cli_test.py": "import hub.cli",
}
"""A small tree. `app_name` is left out of the routes of hub/staff and added where a test needs it."""
ROUTES = {"hub/staff/urls.py": TREE["hub/staff/urls.py"] + "\napp_name = 'staff'"}


def selected(*changed: str) -> set[str] | None:
    found = Reach(TREE | ROUTES).select(changed)
    return None if found is None else {each.removeprefix("tests/").removesuffix("_test.py") for each in found}


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("kiosk/lights.py", "lights lazy program"),
        ("kiosk/lazy.py", "lazy program"),
        ("kiosk/words/names.py", "lights lazy program"),
        ("kiosk/words/names.tsv", "lights lazy program"),
        ("kiosk/cli.py", "program"),
        ("hub/staff/views/today.py", "hub/page hub/route"),
        ("hub/staff/templates/today.html", "hub/page hub/route"),
        ("hub/books/models.py", "hub/books hub/page hub/route hub/cli"),
        ("hub/settings.py", "hub/books hub/page hub/route hub/cli"),
        ("docs/wire.md", "docs"),
        ("tests/hub/shelf.py", "hub/books"),
        ("tests/hub/conftest.py", "hub/books hub/page hub/route hub/cli"),
        ("tests/lazy_test.py", "lazy"),
    ],
)
def test_change_selects_exactly_the_tests_that_reach_it(changed: str, tests: str) -> None:
    assert selected(changed) == {*tests.split(), "project/imports"}


@pytest.mark.parametrize(
    "changed", ["pyproject.toml", "tests/conftest.py", "scripts/test", "kiosk/forgotten.py", "docs/x.md"]
)
def test_unclear_change_selects_everything(changed: str) -> None:
    assert selected(changed, "kiosk/lights.py") is None


def test_no_change_selects_nothing() -> None:
    assert selected() == set()
    assert selected("LICENSE") == set()


def test_selection_in_this_repository_is_specific() -> None:
    reach = Reach(tree())
    found = reach.select(["tests/support/reach.py"])
    assert found is not None
    assert "tests/project/reach_test.py" in found
    assert "tests/lending/policy_test.py" not in found
    found = reach.select(["kiosk/screens/layout.py"])
    assert found is not None
    assert "tests/hub/circulation/operations_test.py" not in found
    assert any(each.startswith("tests/kiosk/screens/") for each in found)
