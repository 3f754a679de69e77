"""Amounts have the decimals that their currency has in use."""

from decimal import Decimal

import pytest
from babel.core import get_global
from babel.numbers import list_currencies

from lending.money import WHOLE, format_amount


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1250", "MNT", "1,250"),
        ("1250.5", "MNT", "1,250.50"),
        ("12.5", "CNY", "12.50"),
        ("1250", "DKK", "1,250.00"),
        ("0", "JPY", "0"),
    ],
)
def test_amount_has_the_decimals_in_use(amount: str, currency: str, text: str) -> None:
    assert format_amount(Decimal(amount), currency) == text


def test_currencies_without_decimals_are_those_of_cldr() -> None:
    in_use = {each for each, (_digits, _step, cash, _cash_step) in get_global("currency_fractions").items() if not cash}
    withdrawn = in_use - WHOLE
    assert in_use >= WHOLE and list_currencies() >= WHOLE
    assert withdrawn == set("ADP BYR ESP ITL LUF MGF MRO SLL STD TMM TRL VEF ZMK ZWD".split())
