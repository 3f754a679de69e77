"""Derive the cover class and the call number from Dewey, 中图法 or Library of Congress classes."""

import re
import unicodedata

LCC = {
    "A": "0", "B": "1", "BL": "2", "BM": "2", "BP": "2", "BQ": "2", "BR": "2", "BS": "2", "BT": "2", "BV": "2",
    "BX": "2", "C": "9", "D": "9", "E": "9", "F": "9", "G": "9", "GV": "7", "H": "3", "J": "3", "K": "3", "L": "3",
    "M": "7", "N": "7", "P": "8", "Q": "5", "R": "6", "S": "6", "T": "6", "U": "3", "V": "3", "Z": "0",
}  # fmt: skip
"""First Dewey digit of each Library of Congress class, for records without a Dewey number."""
LONGEST_DEWEY = 7


def dewey_short(dewey: str) -> str:
    """Shorten a Dewey number at a segmentation mark to fit a label: 796.332/64/0976 becomes 796.332."""
    if not re.match(r"\d{3}", dewey):
        return ""
    kept = ""
    for part in dewey.split()[0].split("/"):
        if kept and len(kept + part) > LONGEST_DEWEY:
            break
        kept += part
    return kept[: LONGEST_DEWEY + 4].rstrip(".")


def subject(dewey: str, clc: str, lcc: str) -> str:
    """Return the class that selects the cover.

    It is Dewey's first digit, else the letter of 中图法 (B9 is religion), else derived from LCC.
    """
    if re.match(r"\d{3}", dewey):
        return dewey[0]
    if re.match(r"[A-Z]", clc):
        return "B9" if clc.startswith("B9") else clc[0]
    if re.match(r"\[(E|Fic)\]", dewey):
        return "8"
    letters = re.match(r"[A-Z]{1,3}(?=\d)", lcc)
    return LCC.get(letters[0][:2], LCC.get(letters[0][0], "")) if letters else ""


def call_number(dewey: str, clc: str, lcc: str, name: str) -> str:
    """Return the call number on the label: the class, then the first letters of the author or the title."""
    if clc:
        return clc
    if short := dewey_short(dewey):
        return f"{short} {_letters(name)}".strip()
    return " ".join(lcc.replace(" .", ".").split()) if re.match(r"[A-Z]{1,3}\d", lcc) else _letters(name)


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.upper())
    return "".join(sign for sign in plain if sign.isalpha())[:3]
