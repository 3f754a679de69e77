"""Keep a spreadsheet from running a text of a CSV file as a formula.

Source: OWASP, "CSV Injection".
"""

import re

FORMULA = re.compile(r"'*[\s\x00-\x20]*[=+\-@＝＋－＠\t\r\n]")
"""How a text begins that a spreadsheet would run, or that was quoted against that.

Blanks before it do not matter to a spreadsheet, full-width signs are signs to one in Chinese or Japanese, and a tab or
a line break in front moves what follows into a cell of its own."""


def quoted(text: str) -> str:
    """Return the text, with a quote before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unquoted(text: str) -> str:
    """Return the text as it was before `quoted`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
