"""Recognise and normalise ISBNs as people type them, with 10 or 13 digits.

Source: ISO 2108. An ISBN-10 is equivalent to the ISBN-13 that starts with 978.
"""

from __future__ import annotations

import re

TYPED = re.compile(r"(?:isbn)?[\s:：]*((?:97[89][\s‐-]?)?[\d\s‐-]{9,16}[\dXx])", re.IGNORECASE)
BEGUN = re.compile(r"97[89][\d‐-]{2,}")


def isbn(text: str) -> str:
    """Normalise to 13 digits from any form (hyphens, blanks, ISBN-10); empty if the text is no valid ISBN."""
    found = TYPED.fullmatch(text.strip())
    number = re.sub(r"[\s‐-]", "", found[1]).upper() if found else ""
    if number.startswith(("978", "979")) and number.isdecimal() and number == with_check(number[:12]):
        return number
    return with_check(f"978{number[:9]}") if len(number) == 10 and _is_ten(number) else ""


def beginning(text: str) -> str:
    """Return the digits of a partly typed ISBN-13; empty if the text is not one."""
    return re.sub(r"\D", "", text) if BEGUN.fullmatch(text.strip()) else ""


def with_check(twelve: str) -> str:
    """Append the check digit to the first 12 digits."""
    total = sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"


def _is_ten(number: str) -> bool:
    if not number[:9].isdecimal():
        return False
    digits = [int(digit) for digit in number[:9]] + [10 if number[9] == "X" else int(number[9])]
    return sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11 == 0
