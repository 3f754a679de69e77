"""Describe the covers in a mail: the stored picture as an attachment of the mail, or the drawn cover as coloured cells.

A picture travels with the mail, so that opening it contacts no server. Mail programs do not show SVG, and some of
them no WebP: a drawn cover is a table, and a picture is sent as JPEG.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from hub.catalogue.covers.drawn import ShownCover, covers_by_title
from hub.catalogue.covers.hub_store import hub_store

WIDTH, HEIGHT = 58, 82
"""Pixels of a cover in a list."""
SHARPNESS = 2
"""Pixels of the picture for one of the page."""
QUALITY = 72


@dataclass(frozen=True, slots=True)
class MailCover:
    """Colours of the drawn cover, and the picture as JPEG; `cid` names its attachment and is empty without one."""

    field: str
    band: str
    binding: str
    cid: str = ""
    jpeg: bytes = b""

    @classmethod
    def from_cover(cls, cover: ShownCover) -> MailCover:
        """Return the cover of a title, with its picture if the hub has one."""
        design, jpeg = cover.design, _jpeg(cover.picture) if cover.picture else b""
        field, band, binding = (str(design[name]) for name in ("field", "band", "binding"))
        return cls(field, band, binding, f"{cover.picture}@covers" if jpeg else "", jpeg)


def of_titles(keys: Iterable[int]) -> Mapping[int, MailCover]:
    """Return the covers of these titles by id; titles that no longer exist are left out."""
    return {key: MailCover.from_cover(cover) for key, cover in covers_by_title(keys).items()}


@lru_cache(maxsize=256)
def _jpeg(mark: str) -> bytes:
    """Return the stored picture as JPEG; empty if it is gone."""
    data = hub_store().read(mark)
    if data is None:
        return b""
    out = BytesIO()
    with Image.open(BytesIO(data), formats=("WEBP",)) as found:
        whole = found.convert("RGB")
    whole.thumbnail((WIDTH * SHARPNESS, HEIGHT * SHARPNESS), Image.Resampling.LANCZOS)
    whole.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
