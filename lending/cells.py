"""Prevent spreadsheets from running CSV text as a formula.

Source: OWASP, "CSV Injection".
"""

import re

FORMULA = re.compile(r"'*[\s\x00-\x20]*[=+\-@＝＋－＠\t\r\n]")
"""Matches text that a spreadsheet would run as a formula, or that `quote_cell` has already quoted.

Spreadsheets ignore leading blanks, treat full-width signs as operators in Chinese and Japanese locales, and split cells
at a leading tab or line break."""


def quote_cell(text: str) -> str:
    """Prefix a text with an apostrophe if a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unquote_cell(text: str) -> str:
    """Reverse `quote_cell`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
