"""Test that every fact about real systems in docs/sip2.md has a test, and that tests name no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[4]
FACTS = [f"G{number}" for number in range(1, 44)]


def marked_facts(file: Path) -> Iterator[str]:
    """Yield the facts that mark the tests of a file."""
    for test in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_"):
            for mark in test.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.sip2_fact":
                    yield from (ast.literal_eval(each) for each in mark.args)


def test_every_fact_has_a_test_and_every_marked_test_a_fact() -> None:
    listed = re.findall(r"^\| (G\d+) \| .+ \|$", (ROOT / "docs/sip2.md").read_text(encoding="utf-8"), re.MULTILINE)
    files = [*ROOT.glob("tests/kiosk/sync/sip2/*_test.py"), *ROOT.glob("tests/kiosk/sip2_simulator/*_test.py")]
    assert listed == FACTS
    assert {each for file in files for each in marked_facts(file)} == set(FACTS)


def test_marks_outside_tests_are_ignored(tmp_path: Path) -> None:
    """Control: a mark on a helper, and a number in a comment."""
    file = tmp_path / "odd_test.py"
    file.write_text(
        '@pytest.mark.sip2_fact("G1")\ndef helper(): ...\n\n# G2\n\n'
        '@pytest.mark.sip2_fact("G3", "G4")\ndef test_it(): ...\n'
    )
    assert list(marked_facts(file)) == ["G3", "G4"]
