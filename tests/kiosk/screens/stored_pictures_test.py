"""Compare each screen, drawn in a real window, with its stored reference picture.

After an intended change, redraw them with `scripts/gallery --stored`, and look at them before committing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from kiosk.screens.gallery import STORED, STORED_AT, halve, shots, stored_form, stored_names, usual
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.words import Words

MOST_BYTES = 9 * 512 * 1024
FAINT = 40
"""Tolerance per colour level: edges of letters and the palette may differ by this much."""
MOST_PIXELS = 0.0005
"""Share of pixels that may differ by more: 128 of them, as many as a short word has."""
FIELD = 0.02
"""Minimum share of the pixels for a colour to count as that of an area."""
MOST_LEVELS = 30
PART = 26
"""One picture in this many is compared in each run; `scripts/prove --only gallery` compares all."""


def differing(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that differ by more than FAINT."""
    if one.size != other.size:
        return 1.0
    channels = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    worst = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    return sum(worst.histogram()[FAINT + 1 :]) / (one.width * one.height)


def recoloured(now: Image.Image, before: Image.Image) -> float:
    """Return the largest colour change of a large area, in levels; the stored palette would hide it."""
    parts, worst = before.quantize(256), 0.0
    for index, count in enumerate(parts.histogram()):
        if count >= FIELD * parts.width * parts.height:
            was, here = (usual(each, parts, index) for each in (before, now))
            worst = max(worst, *(abs(one - other) for one, other in zip(was, here, strict=True)))
    return worst


def changed(names: list[str], folder: Path) -> list[str]:
    """Return the pictures that differ from the stored ones, drawn into the folder."""
    width, height, _ = STORED_AT
    drawn = ["--out", str(folder), "--size", f"{width}x{height}", f"--only={','.join(names)}"]
    subprocess.run(
        [sys.executable, "-m", "kiosk.screens.gallery", *drawn], check=True, capture_output=True, timeout=600
    )
    found = []
    for name in names:
        with Image.open(STORED / f"{name}.webp") as picture:
            before, path = picture.convert("RGB"), folder / f"{width}x{height}" / f"{name}.png"
        if (share := differing(stored_form(path, before), before)) > MOST_PIXELS:
            found.append(f"{name}: {share:.2%} of its pixels")
        if (levels := recoloured(halve(path), before)) > MOST_LEVELS:
            found.append(f"{name}: a field's colour by {levels:.0f} levels")
    return found


def test_every_screen_has_one_stored_picture() -> None:
    assert {path.stem for path in STORED.glob("*.webp")} == set(stored_names()), "scripts/gallery --stored redraws them"
    assert sum(path.stat().st_size for path in STORED.iterdir()) <= MOST_BYTES


def test_sampled_screens_match_their_stored_pictures(tmp_path: Path) -> None:
    assert changed(stored_names()[::PART], tmp_path) == []


@pytest.mark.gallery
def test_every_screen_matches_its_stored_picture(tmp_path: Path) -> None:
    assert changed(stored_names(), tmp_path) == []


@pytest.mark.parametrize("name", ["Borrowing-one-zh-light", "Welcome-en-light"])
def test_moved_removed_or_faded_text_is_detected(name: str) -> None:
    with Image.open(STORED / f"{name}.webp") as stored_one:
        picture = stored_one.convert("RGB")
    assert differing(picture, picture) == 0.0
    moved, gone, pale = picture.copy(), picture.copy(), picture.point(lambda level: level // 2 + 127)
    moved.paste(picture.crop((0, 100, 640, 200)), (2, 101))
    gone.paste("#F4EFE5", (0, 55, 320, 95))
    for other in (moved, gone, pale):
        assert differing(picture, other) > MOST_PIXELS


def repainted(picture: Image.Image, field: str, other: str) -> Image.Image:
    elsewhere = ImageChops.difference(picture, Image.new("RGB", picture.size, field)).convert("L")
    painted = picture.copy()
    painted.paste(other, mask=elsewhere.point(lambda level: 255 * (level == 0)))
    return painted


@pytest.mark.parametrize("name", ["Welcome-en-light", "Farewell-zh-light", "Account-empty-zh-light"])
@pytest.mark.parametrize("other", ["#C8D7EB", "#F4EFC0", "#F05FA0"])
def test_recoloured_area_is_detected(name: str, other: str) -> None:
    """Paper and accent; a palette of nine colours would replace the new colour by the nearest one."""
    with Image.open(STORED / f"{name}.webp") as stored_one:
        picture = stored_one.convert("RGB")
    assert recoloured(picture, picture) == 0.0
    for field in ("#F4EFE5", "#FA8040"):
        assert recoloured(repainted(picture, field, other), picture) > MOST_LEVELS


@pytest.mark.parametrize(
    "name", ["Returning-far-place-en-light", "Account-four-en-light", "Learn-ebooks-right-zh-light"]
)
def test_swapped_status_colours_are_detected(name: str) -> None:
    palette = Theme(*STORED_AT).colours
    with Image.open(STORED / f"{name}.webp") as stored_one:
        picture = stored_one.convert("RGB")
    assert differing(repainted(picture, palette.done, palette.stop), picture) > MOST_PIXELS


@pytest.mark.parametrize("name", ["Account-empty-zh-light", "Details-missing-en-light", "TitlePage-kept-en-light"])
def test_every_text_is_visible_in_the_stored_picture(name: str) -> None:
    shot = next(each for each in shots(name) if each.name == name)
    words = Words(shot.status.language)
    sheet = sheet_of(shot.view, shot.status, Theme(*STORED_AT), words, Glyphs(), 0)
    with Image.open(STORED / f"{name}.webp") as picture:
        for mark in (mark for mark in sheet if isinstance(mark, Text)):
            left, top = mark.box.x / 2, mark.box.y / 2
            crop = picture.convert("RGB").crop((left, top, left + mark.box.w / 2, top + mark.box.h / 2))
            assert len(crop.getcolors() or ()) > 1, mark.text
