"""Derive the library's colours from its accent, and check and scale its logo.

Source: WCAG 2.2, 1.4.3 (text, 4.5:1), 1.4.11 (controls, 3:1) and its definition of relative luminance.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

PAPER = {"light": "#f4efe5", "dark": "#16130f"}
"""Background of the patrons' pages, as portal.css has it."""
INK, WHITE = "#1a1611", "#ffffff"
ACCENT = "#fa8040"
"""The product's own accent, on which text is INK."""
TEXT, CONTROL = 4.5, 3.0
FORMATS = ("JPEG", "PNG")
MOST_BYTES = 4 * 1024 * 1024
MOST_PIXELS = 16_000_000
LEAST = 24
"""Pixels that each side of a logo needs."""
LOGO = (720, 216)
"""Largest width and height of the stored logo, three times that of the phone page."""


class UnusableLogo(ValueError):
    """The bytes are no usable logo; `args[0]` is a code: `large`, `small` or `unreadable`."""


@dataclass(frozen=True, slots=True)
class Tone:
    """An accent on one background, with the colour of the text on it."""

    accent: str
    on_accent: str


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours such as `#1a1611`, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tone(accent: str, theme: str) -> Tone:
    """Return the accent, moved away from the background as little as text on it and its own visibility need.

    Args:
        accent: Colour chosen by the library.
        theme: `light` or `dark`.
    """
    target = "#000000" if theme == "light" else WHITE
    for share in range(101):
        mixed = _mix(accent, target, share / 100)
        text = max((INK, WHITE), key=lambda each: contrast(mixed, each))
        if contrast(mixed, text) >= TEXT and contrast(mixed, PAPER[theme]) >= CONTROL:
            return Tone(mixed, text)
    raise AssertionError("black and white have contrast to each background")


def encode_logo(data: bytes) -> bytes:
    """Return the logo as PNG of at most LOGO, without metadata.

    Raises:
        UnusableLogo: The bytes are no picture in one of FORMATS, or it is too large or too small.
    """
    if len(data) > MOST_BYTES:
        raise UnusableLogo("large")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as found:
            # The header is enough, so that a bomb is never unpacked.
            if found.width * found.height > MOST_PIXELS:
                raise UnusableLogo("large")
            if min(found.size) < LEAST:
                raise UnusableLogo("small")
            upright = ImageOps.exif_transpose(found).convert("RGBA")
    except UnusableLogo:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UnusableLogo("unreadable") from None
    upright.thumbnail(LOGO, Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    stored = BytesIO()
    clean.save(stored, "PNG", optimize=True)
    return stored.getvalue()


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _luminance(colour: str) -> float:
    parts = [each / 255 for each in _channels(colour)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(colour: str, target: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(target), strict=True)
    return "#" + "".join(f"{round(own + (far - own) * share):02x}" for own, far in pairs)
