"""Prepare titles and names for display, and derive cover class and call number from Dewey, 中图法 or LCC.

Displayed text has characters of the font only, and no cataloguing punctuation. The font is WenQuanYi Micro Hei: it has
Latin up to U+017F, Cyrillic and CJK, but no combining half marks and few other combining characters.
"""

import re
import unicodedata
from collections.abc import Collection

LAST_LATIN = "\u017f"
SIGNS = str.maketrans({"\u02b9": "'", "\u02ba": '"', "\u02bb": "'", "\u02bc": "'", "\u3000": " ", "\u00a0": " "})
CJK = "\u3400-\u9fff\uf900-\ufaff"
BETWEEN_CJK = re.compile(rf"(?<=[{CJK}])\s+(?=[{CJK}])")
FAMILY_NAME_FIRST = frozenset({"chi", "hun", "jpn", "kor", "vie"})  # codespell:ignore vie
LOOSE_END = re.compile(r"[\s/:;,=.．/]+$")


def display_text(text: str) -> str:
    """Rewrite cataloguers' text for the screen: primes to apostrophes, rare Latin letters to base letters."""
    plain = "".join(_sign(sign) for sign in unicodedata.normalize("NFC", text.translate(SIGNS)))
    return BETWEEN_CJK.sub("", " ".join(plain.split()))


def _sign(sign: str) -> str:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Cc", "Cf"):
        return ""
    if unicodedata.decomposition(sign).startswith(("<sub>", "<super>")):
        return unicodedata.normalize("NFKC", sign)
    if sign <= LAST_LATIN or not unicodedata.decomposition(sign) or "LATIN" not in unicodedata.name(sign, ""):
        return sign
    return unicodedata.normalize("NFD", sign)[0]


def trim_punctuation(text: str) -> str:
    """Drop the punctuation that cataloguing rules put between fields, as in `Close quarters :`."""
    end = LOOSE_END.sub("", text)
    return end + "." if re.search(r"(?:\b[^\W\d_]|\.\s?[^\W\d_]|[.]{2})\.$", text.rstrip(" /:;,=")) else end


def natural_name(heading: str, languages: Collection[str]) -> str:
    """Return a personal name as it is said: `Miles Harvey` for the heading `Harvey, Miles`.

    Args:
        heading: Name, comma, the part said before it, as headings have it (MARC 21, field 100).
        languages: MARC codes of the text and of its original. In some, the family name comes first: `Mo Yan`.
    """
    family, comma, given = heading.partition(", ")
    if not comma or "," in given:
        return heading
    if "mon" in languages and len(given) <= 2:
        given += "."  # the initial of a patronymic, such as Ц or Ts
    return f"{family} {given}" if FAMILY_NAME_FIRST & {*languages} else f"{given} {family}"


def isbn13(text: str) -> str | None:
    """Return an ISBN such as `7-5397-1234-X (pbk.)` as 13 digits; None if its check digit is wrong."""
    found = re.match(r"\s*([0-9][0-9 -]{8,}[0-9Xx])", text)
    digits = re.sub(r"[ -]", "", found[1]).upper() if found else ""
    if re.fullmatch(r"97[89]\d{10}", digits) and _check13(digits[:12]) == digits[12]:
        return digits
    if re.fullmatch(r"\d{9}[\dX]", digits) and _check10(digits[:9]) == digits[9]:
        return f"978{digits[:9]}{_check13('978' + digits[:9])}"
    return None


def _check13(twelve: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve)) % 10)


def _check10(nine: str) -> str:
    rest = -sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return "X" if rest == 10 else str(rest)


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
    short = ""
    for part in dewey.split()[0].split("/"):
        if short and len(short + part) > LONGEST_DEWEY:
            break
        short += part
    return short[: LONGEST_DEWEY + 4].rstrip(".")


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
