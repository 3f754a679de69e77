"""Test that CSV cells never run as a formula and that quoting is reversible."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from lending.cells import quote_cell, unquote_cell

ROOT = Path(__file__).resolve().parents[2]
QUOTING_HELPER = "_cell"
"""Helper that quotes texts and leaves numbers; the export test covers it with a formula."""
WRITES = ("writerow", "writerows", "writeheader")
NO_EXPORTS = {
    "hub/ils/imports/conflicts.py": "a row that is read back at once",
    "kiosk/visit_player/sip2_environment.py": "the simulator's own sheets",
    "kiosk/benchmarks/network_faults/test_bed.py": "a bench's own rows",
    "kiosk/benchmarks/hub.py": "a bench's own rows",
}


RUN = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "＝1+1", "＋1", "－1", "＠A", "\tx")


@pytest.mark.parametrize("text", RUN)
def test_formula_cells_are_quoted_reversibly(text: str) -> None:
    assert quote_cell(text) == f"'{text}"
    assert unquote_cell(quote_cell(text)) == text and quote_cell(quote_cell(text)) == f"''{text}"


@pytest.mark.parametrize("text", ["", "Dune", "it's", "'tis", "  two blanks", "3-4", "活着"])
def test_other_cells_are_unchanged(text: str) -> None:
    assert quote_cell(text) == text == unquote_cell(text)


def is_quoted(cells: ast.expr) -> bool:
    """Return whether each written cell is a constant, a column name or quoted."""
    match cells:
        case ast.Constant() | ast.Name(id="COLUMNS"):
            return True
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return all(map(is_quoted, elements))
        case ast.Starred(value=value):
            return is_quoted(value)
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return is_quoted(element)
        case ast.Call(func=ast.Name(id=name)):
            return name in ("quote_cell", QUOTING_HELPER)
    return False


def unquoted_rows(source: str) -> list[str]:
    """Return the calls that write a row with an unquoted cell."""
    calls = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call) and each.args]
    written = [each for each in calls if isinstance(each.func, ast.Attribute) and each.func.attr in WRITES]
    assert written, "no known write call found"
    return [ast.unparse(each) for each in written if not is_quoted(each.args[0])]


def test_unquoted_cell_is_detected() -> None:
    assert unquoted_rows("w.writerow((quote_cell(a), 'b'))\nw.writerows([quote_cell(a) for a in b] for b in c)") == []
    for row in ("w.writerow((quote_cell(a), b))", "w.writerow([unquoted(a)])", "w.writerows([COLUMNS, *rows])"):
        assert unquoted_rows(row) == [row]


def test_every_exported_csv_is_quoted() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for package in ("kiosk", "hub", "lending")
        for path in (ROOT / package).rglob("*.py")
    }
    writers = {name: text for name, text in sources.items() if re.search(r"\bcsv\.(writer|DictWriter)\b", text)}
    assert set(NO_EXPORTS) <= set(writers)
    found = {name: unquoted_rows(text) for name, text in writers.items() if name not in NO_EXPORTS}
    assert {name: rows for name, rows in found.items() if rows} == {}
