"""Prepare titles and names for display: characters of the font only, without cataloguing punctuation.

The font is WenQuanYi Micro Hei: it has Latin up to U+017F, Cyrillic and CJK, but no combining half marks and few
other combining characters.
"""

import re
import unicodedata

LAST_LATIN = "\u017f"
SIGNS = str.maketrans({"\u02b9": "'", "\u02ba": '"', "\u02bb": "'", "\u02bc": "'", "\u3000": " ", "\u00a0": " "})
CJK = "\u3400-\u9fff\uf900-\ufaff"
BETWEEN_CJK = re.compile(rf"(?<=[{CJK}])\s+(?=[{CJK}])")
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
