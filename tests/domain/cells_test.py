"""No cell of a CSV file runs as a formula, and what was quoted is read again as it was."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kiosk.domain.cells import quoted, unquoted

KIOSK = Path(__file__).resolve().parents[2] / "kiosk"
NO_EXPORTS = {
    "hub/following/again.py": "a row that is read again at once",
    "visit/sip2_ground.py": "the simulator's own sheets",
    "bench/faults/library.py": "a bench's own rows",
    "bench/hub.py": "a bench's own rows",
}


RUN = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "＝1+1", "＋1", "－1", "＠A", "\tx")


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert quoted(text) == f"'{text}"
    assert unquoted(quoted(text)) == text and quoted(quoted(text)) == f"''{text}"


@pytest.mark.parametrize("text", ["", "Dune", "it's", "'tis", "  two blanks", "3-4", "活着"])
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert quoted(text) == text == unquoted(text)


def test_every_csv_that_leaves_the_house_is_written_with_it() -> None:
    writers = {
        str(path.relative_to(KIOSK)): path.read_text(encoding="utf-8")
        for path in KIOSK.rglob("*.py")
        if any(
            isinstance(node, ast.Attribute) and ast.unparse(node) in ("csv.writer", "csv.DictWriter")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert set(NO_EXPORTS) <= set(writers)
    assert [name for name, text in writers.items() if name not in NO_EXPORTS and "quoted(" not in text] == []
