"""Encode a text as bar widths in modules, by the tables of each symbology's standard."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.hardware.barcodes.model import Symbology

WIDE = 2.5
"""Narrow bars per wide one, where a symbology has only these two."""
CODABAR = dict(
    zip(
        "0123456789-$:/.+ABCD",
        """0000011 0000110 0001001 1100000 0010010 1000010 0100001 0100100 0110000 1001000
        0001100 0011000 1000101 1010001 1010100 0010101 0011010 0101001 0001011 0001110""".split(),
        strict=True,
    )
)
CODE39 = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%",
        """000110100 100100001 001100001 101100000 000110001 100110000 001110000 000100101 100100100 001100100
        100001001 001001001 101001000 000011001 100011000 001011000 000001101 100001100 001001100 000011100
        100000011 001000011 101000010 000010011 100010010 001010010 000000111 100000110 001000110 000010110
        110000001 011000001 111000000 010010001 110010000 011010000 010000101 110000100 011000100 010010100
        010101000 010100010 010001010 000101010""".split(),
        strict=True,
    )
)
CODE39_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
ITF = "00110 10001 01001 11000 00101 10100 01100 00011 10010 01010".split()
CODE128 = """
    212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
    123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
    232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
    313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
    111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
    111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
    114311 411113 411311 113141 114131 311141 411131 211412 211214 211232""".split()
CODE128_STOP = "2331112"
START_B, START_C = 104, 105
EAN = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split()
EAN_PARITY = "000000 001011 001101 001110 010011 011001 011100 010101 010110 011010".split()


def widths(symbology: Symbology, text: str) -> list[float]:
    """Return the widths of alternating bars and spaces; the text includes its check character."""
    match symbology:
        case Symbology.CODABAR:
            return _spaced(CODABAR[character] for character in f"A{text}B")
        case Symbology.CODE39:
            return _spaced(CODE39[character] for character in f"*{text}*")
        case Symbology.ITF:
            return _itf(text)
        case Symbology.CODE128:
            return [float(width) for value in code128_values(text) for width in CODE128[value]] + [
                float(width) for width in CODE128_STOP
            ]
        case Symbology.EAN13:
            return _runs(_ean13(text))
        case _:
            raise ValueError(f"{symbology} is not drawn in bars here")


def _spaced(characters: Iterable[str]) -> list[float]:
    """Return the widths with a narrow space between characters."""
    return [width for each in characters for width in (*_two(each), 1.0)][:-1]


def _two(flags: str) -> list[float]:
    return [WIDE if flag == "1" else 1.0 for flag in flags]


def _itf(digits: str) -> list[float]:
    pairs = zip(digits[::2], digits[1::2], strict=True)
    inside = [
        flag for bars, spaces in pairs for both in zip(ITF[int(bars)], ITF[int(spaces)], strict=True) for flag in both
    ]
    return _two("0000" + "".join(inside) + "100")


def code128_values(text: str) -> list[int]:
    """Return the code values with start and check: digit pairs for even digits, otherwise single characters."""
    values = (
        [START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
        if text.isdigit() and len(text) % 2 == 0
        else [START_B, *(ord(character) - 32 for character in text)]
    )
    return [*values, (values[0] + sum(at * value for at, value in enumerate(values))) % 103]


def _ean13(digits: str) -> str:
    left = "".join(
        _flipped(EAN[int(digit)]) if parity == "1" else EAN[int(digit)]
        for digit, parity in zip(digits[1:7], EAN_PARITY[int(digits[0])], strict=True)
    )
    right = "".join(_inverse(EAN[int(digit)]) for digit in digits[7:])
    return f"101{left}01010{right}101"


def _inverse(modules: str) -> str:
    return modules.translate(str.maketrans("01", "10"))


def _flipped(modules: str) -> str:
    """Return the even-parity pattern: the right-hand pattern reversed."""
    return _inverse(modules)[::-1]


def _runs(modules: str) -> list[float]:
    runs: list[float] = []
    for at, module in enumerate(modules):
        if at and module == modules[at - 1]:
            runs[-1] += 1
        else:
            runs.append(1.0)
    return runs


def with_luhn(digits: str) -> str:
    """Append the Luhn check digit of library labels."""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def with_ean(digits: str) -> str:
    return digits + str(-sum(int(digit) * (1 + 2 * (at % 2)) for at, digit in enumerate(digits)) % 10)


def with_mod43(text: str) -> str:
    return text + CODE39_VALUES[sum(map(CODE39_VALUES.index, text)) % 43]
