"""Test amounts as staff type them: five thousand tugrik must not become five."""

from decimal import Decimal

import pytest

from hub.staff.payments import is_payable, parse_amount


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("4.5", "DKK", "4.50"),
        ("4，5", "DKK", "4.50"),
        ("5,000", "DKK", "5.000"),
        ("5,000", "MNT", "5000"),
        ("5.000", "MNT", "5000"),
        ("1.005", "CNY", "1.005"),
        ("1.250,50", "DKK", "1250.50"),
        ("1,250,000.5", "DKK", "1250000.50"),
        ("0.125", "DKK", "0.125"),
        ("5000", "DKK", "5000"),
        ("1,25,000", "DKK", None),
        ("1,250,50", "DKK", None),
        ("10000000", "DKK", None),
        ("NaN", "DKK", None),
    ],
)
def test_amount_is_read_with_either_decimal_sign(text: str, currency: str, amount: str | None) -> None:
    assert parse_amount(text, currency) == (None if amount is None else Decimal(amount))


def test_three_decimals_are_not_payable() -> None:
    assert is_payable(Decimal("5.00")) and not is_payable(Decimal("5.000"))
