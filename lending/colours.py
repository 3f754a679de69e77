"""Mix colours and compare their contrast. A colour is written as `#RRGGBB`."""

from __future__ import annotations


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, each 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` mixed with `share` (0 to 1) of `other`."""
    mixed = (round(a + (b - a) * min(share, 1.0)) for a, b in zip(rgb(colour), rgb(other), strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def ratio(one: str, other: str) -> float:
    """Return the contrast ratio. Source: WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (value / 255 for value in rgb(colour))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
