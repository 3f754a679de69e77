"""Decode stored cover pictures in a thread of their own, at the size in which they are drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps, ImageStat

from kiosk.screens.rendering.cover_art import cover_outline
from kiosk.screens.rendering.display_list import Corners
from lending.colours import rgb
from lending.cover_design import INK
from lending.cover_store import CoverStore

MOST_CUT = 0.18
"""Share of the width or height that may be cut off so that the picture fills its box; beyond that it is shown whole."""
EDGE = 56
"""Opacity of 255 of the line around a picture, without which a white cover would have no edge on the paper."""


class CoverPictures:
    """The pictures of a store; `missing` is called, from any thread, for one that is not stored or is damaged."""

    def __init__(self, store: CoverStore, missing: Callable[[str], None]) -> None:
        self._store = store
        self._missing = missing
        self._decoder = ThreadPoolExecutor(1, "covers")

    def has(self, mark: str) -> bool:
        """Return whether the picture is stored."""
        found = self._store.has(mark)
        if not found:
            self._missing(mark)
        return found

    def request(self, mark: str, size: tuple[int, int], corners: Corners) -> Future[Image.Image | None]:
        """Decode the picture for a box of this size in pixels; the result is None if it is damaged."""
        return self._decoder.submit(self._decode, mark, size, corners)

    def _decode(self, mark: str, size: tuple[int, int], corners: Corners) -> Image.Image | None:
        data = self._store.read(mark)
        try:
            if data is not None:
                picture = decode(data, size, corners)
                self._store.use(mark)
                return picture
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            with contextlib.suppress(OSError):
                self._store.drop(mark)
        self._missing(mark)
        return None


def decode(data: bytes, size: tuple[int, int], corners: Corners) -> Image.Image:
    """Return the picture at this size, with rounded corners. Raises OSError, ValueError, SyntaxError."""
    with Image.open(BytesIO(data), formats=("WEBP",)) as found:
        picture = _fit_to_box(found.convert("RGB"), size)
    ImageDraw.Draw(picture, "RGBA").rectangle((0, 0, size[0] - 1, size[1] - 1), outline=(*rgb(INK), EDGE))
    picture.putalpha(cover_outline(*size, corners))
    return picture


def _fit_to_box(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fill the box if little is cut off, otherwise show the whole picture on its mean colour."""
    shapes = picture.width / picture.height, size[0] / size[1]
    if 1 - min(shapes) / max(shapes) <= MOST_CUT:
        return ImageOps.fit(picture, size, Image.Resampling.BICUBIC)
    red, green, blue = (round(each) for each in ImageStat.Stat(picture).mean)
    return ImageOps.pad(picture, size, Image.Resampling.BICUBIC, color=(red, green, blue), centering=(0.5, 1.0))
