"""Format amounts of money with the decimals that their currency has in use.

Source: Unicode CLDR, supplemental data, `currencyData/fractions`: currencies whose cash has no decimals.
"""

from __future__ import annotations

from decimal import Decimal

WHOLE = frozenset(
    "AFN ALL AMD BIF CLP COP CRC CZK DJF GNF GYD HUF IDR IQD IRR ISK JPY KMF KPW KRW LAK LBP MGA MMK MNT MUR NOK PKR"
    " PYG RSD RWF SEK SOS SYP TWD TZS UGX UYI UZS VND VUV XAF XOF XPF YER".split()
)
"""ISO 4217 codes of the currencies that are paid without decimals."""


def format_amount(amount: Decimal, currency: str) -> str:
    """Format as `1,250.50`; as `1,250` if it is whole and the currency is paid without decimals."""
    is_whole = currency in WHOLE and amount == amount.to_integral_value()
    return f"{amount:,.{0 if is_whole else 2}f}"
