"""Call zxing-cpp and zbar through one interface: texts without guards, corners in pixels."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PIL import Image

from kiosk.hardware.barcodes.model import Code, Quad, Symbology
from kiosk.hardware.barcodes.stripe_detector import Grey

LEAST_QUALITY = 8
"""Scan lines of zbar that must agree: with fewer, it reads wrong numbers three times as often."""
GUARDS = "ABCD"
"""Start and stop characters of Codabar, which are not part of the number."""
UPCA_LENGTH = 12


def zxing(grey: Grey, symbologies: Collection[Symbology], *, rotate: bool = True) -> list[Code]:
    """Read rows and columns (only rows without `rotate`) of a picture of any size."""
    import zxingcpp

    formats = {
        Symbology.CODABAR: zxingcpp.BarcodeFormat.Codabar,
        Symbology.CODE39: zxingcpp.BarcodeFormat.Code39,
        Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
        Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
        Symbology.EAN13: zxingcpp.BarcodeFormat.EAN13,
        Symbology.EAN8: zxingcpp.BarcodeFormat.EAN8,
        Symbology.UPCA: zxingcpp.BarcodeFormat.UPCA,
        Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    }
    known = {formats[each]: each for each in symbologies}

    def code(found: zxingcpp.Barcode) -> Code:
        at, symbology = found.position, known[found.format]
        corners = [(float(each.x), float(each.y)) for each in (at.top_left, at.top_right)]
        corners += [(float(each.x), float(each.y)) for each in (at.bottom_right, at.bottom_left)]
        return Code(symbology, _plain(symbology, found.text), (corners[0], corners[1], corners[2], corners[3]))

    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=zxingcpp.BarcodeFormats(list(known)),
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=rotate,
        try_invert=False,
    )
    return [code(each) for each in found if each.format in known]


def zbar(picture: Image.Image, symbologies: Collection[Symbology]) -> list[Code]:
    """Read a levelled picture. Corners are those of the picture, because zbar's are unreliable."""
    from pyzbar import pyzbar

    symbols = {
        Symbology.CODABAR: pyzbar.ZBarSymbol.CODABAR,
        Symbology.CODE39: pyzbar.ZBarSymbol.CODE39,
        Symbology.CODE128: pyzbar.ZBarSymbol.CODE128,
        Symbology.ITF: pyzbar.ZBarSymbol.I25,
        Symbology.EAN13: pyzbar.ZBarSymbol.EAN13,
        Symbology.EAN8: pyzbar.ZBarSymbol.EAN8,
        Symbology.UPCA: pyzbar.ZBarSymbol.UPCA,
    }
    known = {symbols[each].name: each for each in symbologies if each in symbols}
    if not known:
        return []
    found = pyzbar.decode(
        (picture.tobytes(), picture.width, picture.height), symbols=[symbols[each] for each in known.values()]
    )
    whole: Quad = ((0, 0), (picture.width, 0), (picture.width, picture.height), (0, picture.height))
    return [
        Code(known[each.type], _plain(known[each.type], each.data.decode("ascii", "replace")), whole)
        for each in found
        if each.type in known and each.quality >= LEAST_QUALITY
    ]


def _plain(symbology: Symbology, text: str) -> str:
    match symbology:
        case Symbology.CODABAR:
            return text.upper().strip(GUARDS)
        case Symbology.UPCA if len(text) == UPCA_LENGTH:
            return "0" + text
        case _:
            return text
