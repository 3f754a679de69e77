"""Test `kiosk exceptions`: its list, its report for staff, and resolving an exception."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.config import load, write_example
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, Receipts, StoredException
from kiosk.wiring.sip2_connections import keys_of
from lending.transactions import TransactionId, receipt_code
from tests.kiosk.config.sip2_test import written
from tests.kiosk.desk.central import NOON

REFUSED = StoredException(
    TransactionId("one"), ExceptionKind.REFUSED, NOON, "checkout", "3001", "20001234", reason="limit"
)
DUE = StoredException(
    TransactionId("two"), ExceptionKind.DUE, NOON, "renew", "3002", "20001234", NOON + timedelta(28), NOON
)
BACK = StoredException(TransactionId("three"), ExceptionKind.RETURN, NOON, "checkin", "3003")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = written(tmp_path)
    for each in (REFUSED, DUE, BACK):
        cases(path).note(each)
    return path


def cases(file: Path) -> ExceptionStore:
    state = load(file).paths.state
    return ExceptionStore(state, keys_of(state))


def run(file: Path, *words: str) -> int:
    return cli.main(["exceptions", *words, "--config", str(file)])


def test_show_masks_card_numbers(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "show") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [each["card"] for each in rows] == ["…1234", "…1234", ""]
    assert [each["kind"] for each in rows] == ["refused", "due", "return"]
    assert rows[1]["promised"] == "2026-12-20 12:00"


def test_show_marks_exceptions_reported_to_the_hub(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases(file).mark_told(["two"])
    assert run(file, "show") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [each["told"] for each in rows] == ["", "the hub", ""]


def test_export_writes_full_numbers_to_a_private_file(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "for-staff.csv"
    assert run(file, "export", "--out", str(out)) == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0]["card"] == "20001234"
    assert rows[0]["reason"] == "limit"
    assert out.stat().st_mode & 0o077 == 0
    assert run(file, "export") == 2


def test_resolved_exception_is_removed_and_a_return_cannot_be_resolved(file: Path) -> None:
    assert run(file, "settle", "one") == 0
    assert run(file, "settle", "three") == 1
    assert [each.id for each in cases(file).stored_exceptions] == ["two", "three"]


@pytest.mark.parametrize(
    ("what", "name"), [("settle", "on"), ("settle", "three"), ("confirm", "three"), ("confirm", "3001")]
)
def test_unmatched_identifier_is_reported_and_changes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str], what: str, name: str
) -> None:
    before = cases(file).stored_exceptions
    assert run(file, what, name) == 1
    assert name in capsys.readouterr().err
    assert cases(file).stored_exceptions == before


def test_missing_identifier_exits_with_2(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "settle") == 2
    assert run(file, "confirm") == 2
    assert capsys.readouterr().err


def test_confirm_marks_the_returned_item_and_reports_an_unknown_item(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "confirm", "3003") == 0
    assert [each.confirmed for each in cases(file).stored_exceptions] == [False, False, True]
    assert run(file, "confirm", "3009") == 1
    assert "3009" in capsys.readouterr().err


def test_kiosk_with_a_hub_has_no_exceptions_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_example(tmp_path / "kiosk.toml", tmp_path, tmp_path, "http://127.0.0.1:1")
    assert run(file, "show") == 2
    assert capsys.readouterr().err


CODE = receipt_code(TransactionId("last"))


@pytest.mark.parametrize(
    "typed", [[CODE], [CODE.lower()], [CODE[:3], CODE[3:]]], ids=["whole", "lower case", "two groups"]
)
def test_receipt_code_selects_the_exceptions_of_its_visit(
    file: Path, capsys: pytest.CaptureFixture[str], typed: list[str]
) -> None:
    """The code derives from the last transaction of the visit, which need not be an exception."""
    Receipts(load(file).paths.state).keep(CODE, [TransactionId("last"), TransactionId("two")])
    assert run(file, "show", *typed) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [(each["case"], each["card"]) for each in rows] == [("two", "…1234")]


def test_exception_is_found_by_its_own_code(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "show", receipt_code(TransactionId("one"))) == 0
    assert [each["case"] for each in csv.DictReader(capsys.readouterr().out.splitlines())] == ["one"]


def test_receipt_without_open_exceptions_differs_from_an_unknown_code(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Receipts(load(file).paths.state).keep(CODE, [TransactionId("last")])
    assert run(file, "show", CODE) == 0
    assert "Nothing from this visit waits for staff" in capsys.readouterr().out
    assert run(file, "show", "ZZZZZZ") == 1
    assert "not on any receipt of this kiosk: ZZZZZZ" in capsys.readouterr().err


def test_oldest_receipts_are_dropped_at_the_file_size_limit(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.sync.sip2.exception_store.MOST_BYTES", 1000)
    receipts = Receipts(load(file).paths.state)
    for number in range(100):
        receipts.keep(f"C{number}", [TransactionId(f"t{number}")])
    assert receipts.find("C99") == {"t99"} and not receipts.find("C0")
    assert (load(file).paths.state / "receipts").stat().st_size < 1100
