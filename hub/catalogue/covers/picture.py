"""Check a downloaded picture by its bytes, and encode it again in the size and format in which covers are stored."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from lending.cover_store import LARGEST

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 4 * 1024 * 1024
"""Bytes of a picture from a provider."""
MOST_PIXELS = 16_000_000
LEAST = 60
"""Pixels that each side needs; providers send 1 x 1 pixel in place of a cover that they do not have."""
SHAPES = (0.4, 1.6)
"""Width divided by height: from a narrow guide to a box of discs."""
FLAT = 8
"""Difference between the brightest and the darkest value below which the picture shows nothing."""
WIDTHS = (320, 272, 224, 176)
QUALITIES = (74, 62, 50)
PAPER = (244, 239, 229)


class UnusablePicture(ValueError):
    """The bytes are no usable cover; the text says why."""


def encode_cover(data: bytes) -> bytes:
    """Return the cover as WebP of at most LARGEST bytes, without metadata.

    Raises:
        UnusablePicture: The bytes are no picture in one of FORMATS, or it is too large, too small or blank.
    """
    if len(data) > MOST_BYTES:
        raise UnusablePicture(f"more than {MOST_BYTES} bytes")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as found:
            _check_size(found.width, found.height)
            found.draft("RGB", (WIDTHS[0] * 2, WIDTHS[0] * 4))
            upright = ImageOps.exif_transpose(found).convert("RGBA")
    except UnusablePicture:
        raise
    # Pillow raises these for damaged data; a picture above its own limit is a bomb.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnusablePicture(f"not a readable picture: {error}") from None
    whole = Image.new("RGB", upright.size, PAPER)
    whole.paste(upright, mask=upright.getchannel("A"))
    ((low, high),) = ImageStat.Stat(whole.convert("L").resize((16, 16), Image.Resampling.BOX)).extrema
    if high - low < FLAT:
        raise UnusablePicture("a blank picture")
    return _fit_to_size(whole)


def _check_size(width: int, height: int) -> None:
    """Raises UnusablePicture. The header is enough, so that a bomb is never unpacked."""
    if width * height > MOST_PIXELS:
        raise UnusablePicture(f"{width} x {height} pixels are too many")
    if min(width, height) < LEAST:
        raise UnusablePicture(f"{width} x {height} pixels are too few")
    if not SHAPES[0] <= width / height <= SHAPES[1]:
        raise UnusablePicture(f"{width} x {height} pixels are not the shape of a cover")


def _fit_to_size(whole: Image.Image) -> bytes:
    """Return the largest and best version that fits."""
    for width in WIDTHS:
        scaled = whole.copy()
        scaled.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            out = BytesIO()
            scaled.save(out, "WEBP", quality=quality, method=4)
            if out.tell() <= LARGEST:
                return out.getvalue()
    raise UnusablePicture("too much detail for a small cover")
