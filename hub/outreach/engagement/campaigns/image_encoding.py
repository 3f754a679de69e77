"""Validate a picture from staff, and encode it again so that only its pixels remain."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMS = ("JPEG", "PNG", "WEBP")
MOST_BYTES, MOST_PIXELS = 12 * 1024 * 1024, 40_000_000
LEAST, LARGEST = 300, 1600
"""Pixels that the shorter side needs, and that the longer one keeps: the most a kiosk's screen has."""
PAPER = (244, 239, 229)


class BadPicture(ValueError):
    """The picture cannot be used. `args[0]` says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG without the metadata that cameras write."""

    data: bytes
    width: int
    height: int

    @property
    def mark(self) -> str:
        """SHA-256 of the JPEG, as hexadecimal digits."""
        return sha256(self.data).hexdigest()


def encode_picture(file: BinaryIO, size: int) -> Picture:
    """Return the picture upright, on an opaque background and at most `LARGEST` pixels wide or high.

    Raises:
        BadPicture: If it is too large or too small, or its format is not supported.
    """
    if size > MOST_BYTES:
        raise BadPicture(_("The picture is larger than 12 MB. Save a smaller one."))
    try:
        with Image.open(file, formats=FORMS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise BadPicture(_("The picture has more than 40 million pixels. Save a smaller one."))
            if min(found.size) < LEAST:
                raise BadPicture(_("The picture is too small. Each side needs at least 300 pixels."))
            return _flatten(found)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, BadPicture):
            raise
        raise BadPicture(_("This file is not a readable picture. Use JPEG, PNG or WebP.")) from None


def _flatten(found: Image.Image) -> Picture:
    upright = ImageOps.exif_transpose(found).convert("RGBA")
    upright.thumbnail((LARGEST, LARGEST))
    whole = Image.new("RGB", upright.size, PAPER)
    whole.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    whole.save(out, "JPEG", quality=85, optimize=True)
    return Picture(out.getvalue(), whole.width, whole.height)
