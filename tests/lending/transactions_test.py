"""Test that receipt codes are stable, identical at kiosk and hub, and tolerant of how people type them."""

from __future__ import annotations

import pytest
import uuid6
from hypothesis import given
from hypothesis import strategies as st

from lending.transactions import CODE_SIGNS, TransactionId, as_receipt_code, receipt_code

ROW = TransactionId("0193f1a2-7c44-7f00-8000-4d1f6a2b9c01")


def test_receipt_code_of_a_transaction_never_changes() -> None:
    """Printed receipts must work with every later version."""
    assert receipt_code(ROW) == "75TZSQ"


def test_receipt_code_has_six_unambiguous_characters() -> None:
    for _ in range(200):
        code = receipt_code(TransactionId(str(uuid6.uuid7())))
        assert len(code) == 6
        assert not set(code) & set("01OILU")


@given(st.text(CODE_SIGNS, min_size=6, max_size=6), st.integers(0, 6))
def test_blanks_and_lower_case_are_accepted(code: str, cut: int) -> None:
    assert as_receipt_code(f" {code[:cut]}  {code[cut:]} ".lower()) == code


@pytest.mark.parametrize("text", ["", "7K429", "7K429QX", "7K4-29Q", "7K4O9Q", "林样本林样本", "ａｂｃｄｅｆ"])
def test_invalid_code_is_rejected(text: str) -> None:
    assert as_receipt_code(text) is None
