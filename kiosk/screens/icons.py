"""Map icon names to code points of the subset lucide.ttf (lucide-static 1.62.0, ISC licence)."""

from __future__ import annotations

from pathlib import Path

ICON_FONT = Path(__file__).parent / "fonts" / "lucide.ttf"

ICONS: dict[str, str] = {
    "a-large-small": "\ue587",
    "arrow-left": "\ue048",
    "arrow-right": "\ue049",
    "banknote": "\ue052",
    "bell": "\ue059",
    "book-down": "\ue3ee",
    "book-up": "\ue3f4",
    "bookmark": "\ue060",
    "calendar-days": "\ue2b9",
    "check": "\ue06c",
    "chevron-down": "\ue06d",
    "chevron-up": "\ue070",
    "circle-pause": "\ue07f",
    "clock": "\ue087",
    "cloud-off": "\ue08d",
    "contrast": "\ue09d",
    "delete": "\ue0ae",
    "eye": "\ue0ba",
    "eye-off": "\ue0bb",
    "globe": "\ue0e8",
    "graduation-cap": "\ue234",
    "hand": "\ue1d7",
    "headphones": "\ue0f1",
    "id-card": "\ue617",
    "languages": "\ue0fe",
    "lock": "\ue10b",
    "map-pin": "\ue111",
    "message-square": "\ue117",
    "monitor-off": "\ue1dc",
    "nfc": "\ue3c3",
    "power": "\ue140",
    "qr-code": "\ue1df",
    "receipt-text": "\ue5ac",
    "refresh-cw": "\ue145",
    "repeat": "\ue146",
    "rotate-cw": "\ue149",
    "scan-barcode": "\ue535",
    "search": "\ue151",
    "smartphone": "\ue163",
    "timer": "\ue1e0",
    "triangle-alert": "\ue193",
    "undo-2": "\ue2a1",
    "user": "\ue19f",
    "users": "\ue1a4",
    "volume-2": "\ue1ab",
    "volume-x": "\ue1ac",
    "wrench": "\ue1b1",
    "x": "\ue1b2",
}
"""From the package's font/info.json; code points change between versions."""
