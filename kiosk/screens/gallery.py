"""Render every view in every language, size and theme to PNG, with an HTML index."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PIL import Image, ImageChops, ImageColor, ImageStat

from kiosk.hardware.viewfinder import Picture
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.all_samples import samples
from kiosk.screens.samples.sample_parts import status
from kiosk.screens.samples.sample_pictures import picture_for
from kiosk.views import Panel, Status, View
from kiosk.words import Words
from lending.languages import languages

SIZES = ((1024, 600, 7.0), (1280, 800, 10.1), (1920, 1080, 21.5), (1080, 1920, 21.5))
LOOKS = (("light", False, False), ("contrast", True, False), ("large", False, True), ("contrast-large", True, True))
"""Name, high contrast, large text."""
AWAY = ("away", "offline", "-many", "-long", "central")
"""Samples whose name contains one of these are drawn with the central offline."""
PANELS = {"Borrowing-many": Panel.DISPLAY, "Welcome": Panel.LANGUAGES}
"""Samples that are also drawn under a panel of the status bar."""
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "gallery"
STORED = ROOT / "tests" / "kiosk" / "screens" / "pictures"
"""Reference pictures of each screen, for the regression test."""
STORED_AT = SIZES[1]
STORED_IN = ("zh", "en")
COLOURS, ROUNDS = 9, 4
"""Palette size of a stored picture.

And the number of rounds in which each colour is replaced by the median of its pixels, until areas have their own
colour.
"""
LEAST_SIGNAL = 8
"""Minimum number of pixels in a signal colour (done, refused) for a picture to keep it."""
CHOSEN = {
    "1280x800": (
        "Welcome-en-light", "Welcome-zh-light", "Identify-en-light", "Identify-pin-wrong-zh-light",
        "Borrowing-many-en-light", "Borrowing-many-zh-light", "Borrowing-many-en-contrast", "Borrowing-long-en-light",
        "Returning-someone-waits-zh-light", "Account-four-en-light", "Farewell-zh-light", "Farewell-no-paper-en-light",
        "Farewell-asks-face-zh-light", "Farewell-asks-contact-en-light", "Farewell-reminder-days-en-light",
        "Blocked-expired-zh-light", "Refused-costs-en-light", "Refused-other-copy-en-light",
        "Asking-borrow-or-return-en-light",
        "Help-en-light", "Technician-en-light", "OutOfOrder-missing-en-light", "IdleWarning-en-light",
        "Borrowing-live-en-light", "Identify-live-zh-light", "SignIn-zh-light", "OutOfOrder-no-config-en-light",
        "Feedback-zh-light", "Feedback-topic-en-light", "ForYou-en-light", "AskLibrarian-zh-light",
        "Welcome-en-contrast-large", "Account-locked-en-light", "Blocked-cards-paused-zh-light",
        "Find-typed-en-light", "Find-typed-zh-light", "TitlePage-en-light", "TitlePage-kept-zh-light",
        "Welcome-new-en-light", "Welcome-event-zh-light", "Welcome-mn-upright", "Borrowing-many-mn-light",
        "Welcome-zh_TW-light", "Borrowing-many-zh_TW-light",
        "Details-said-consents-en-light", "Details-said-contacts-zh-light", "Survey-uses-zh-light",
        "Learn-courses-zh-light", "Registering-check-en-light", "Registering-name-zh-light",
        "Registering-done-en-light", "Borrowing-family-en-light", "Farewell-family-zh-light",
        "Blocked-provisional-en-light", "Learn-place-taken-zh-light", "Details-letters-zh-light",
    ),
    "1024x600": ("Borrowing-many-zh-light", "Identify-en-light", "Account-four-en-light", "Welcome-zh-large",
                 "Borrowing-live-zh-contrast", "Technician-broken-en-large", "Farewell-asks-contact-zh-light"),
    "1920x1080": ("Borrowing-many-en-light",),
    "1080x1920": ("Welcome-en-light", "Borrowing-many-en-light"),
}  # fmt: skip
"""Pictures in docs/gallery."""
PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Gallery</title>
<style>
body { background: #E7DFD0; color: #1A1611; font: 16px sans-serif; }
img { height: 260px; display: block; }
th { text-align: left; padding: 12px; }
</style>
<table>
%s
</table>
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to draw."""

    name: str
    view: View
    status: Status
    picture: Picture | None = None
    """Camera picture; None: the camera is not shown live."""


def shots(only: str = "") -> Iterator[Shot]:
    """Yield everything drawn at one size; `only` filters by substrings of the names, separated by commas."""
    for language, info in languages().items():
        for name, view in samples(language):
            online = not any(word in name for word in AWAY)
            for look, contrast, large in LOOKS:
                full = f"{name}-{language}-{look}"
                if any(each in full for each in only.split(",")):
                    look_of = status(language, online=online, contrast=contrast, large=large)
                    yield Shot(full, view, look_of, picture_for(name, language))
                if panel := PANELS.get(name):
                    full = f"{name}-{panel}-{language}-{look}"
                    if any(each in full for each in only.split(",")):
                        covered = replace(status(language, online=online, contrast=contrast, large=large), panel=panel)
                        yield Shot(full, view, replace(covered, voice=True), picture_for(name, language))
            full = f"{name}-{language}-upright"
            if info.upright and any(each in full for each in only.split(",")):
                look_of = replace(status(language, online=online), upright=True)
                yield Shot(full, view, look_of, picture_for(name, language))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/gallery", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/gallery"), help="default: out/gallery")
    parser.add_argument("--only", default="", help="draw only what holds this in its name, such as Welcome-en")
    parser.add_argument("--size", default="", help="one size only, such as 1280x800")
    parser.add_argument("--docs", action="store_true", help="redraw docs/gallery, and nothing else")
    parser.add_argument("--stored", action="store_true", help="redraw tests/kiosk/screens/pictures, and nothing else")
    asked = parser.parse_args(arguments)
    if asked.docs:
        return _draw_docs()
    if asked.stored:
        return _draw_stored()
    chosen = [size for size in SIZES if asked.size in ("", f"{size[0]}x{size[1]}")]
    if not chosen:
        parser.error(f"unknown size {asked.size!r}: known are {', '.join(f'{w}x{h}' for w, h, _ in SIZES)}")
    if len(chosen) == 1:
        _draw(asked.out, chosen[0], asked.only)
    else:
        _draw_each(asked.out, chosen, asked.only)
    _index(asked.out)
    return 0


def _draw_each(out: Path, sizes: list[tuple[int, int, float]], only: str) -> None:
    """Use one process per size, because a window keeps its first size."""
    for width, height, _ in sizes:
        wanted = ["--out", str(out), "--size", f"{width}x{height}", f"--only={only}"]
        subprocess.run([sys.executable, "-m", "kiosk.screens.gallery", *wanted], check=True)


def _draw(out: Path, size: tuple[int, int, float], only: str) -> None:
    """Render offscreen; Kivy's own files go to a temporary folder."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(SDL_VIDEODRIVER="offscreen", KIVY_HOME=home)
        width, height, diagonal = size
        prepare(width, height, fullscreen=False)
        from kivy.base import EventLoop
        from kivy.core.window import Window

        from kiosk.screens.presenter import BuiltInScreen, ScreenPresenter
        from kiosk.screens.screen_inspector import ScreenProbe

        words = {language: Words(language) for language in languages()}
        face = ScreenPresenter(BuiltInScreen(width, height, diagonal), words.__getitem__, lambda pressed: None)
        glass = ScreenProbe(face)
        Window.add_widget(face)
        EventLoop.start()
        folder = out / f"{width}x{height}"
        folder.mkdir(parents=True, exist_ok=True)
        for shot in sorted(shots(only), key=lambda each: each.picture is not None):
            if shot.picture is not None:
                face.look_through(partial(_same, shot.picture))
            face.show(shot.view, shot.status)
            glass.shot(folder / f"{shot.name}.png")
        print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def _same(picture: Picture) -> Picture:
    return picture


def _draw_docs() -> int:
    """Write the chosen pictures with 256 colours each, which keeps every field as it is drawn."""
    with tempfile.TemporaryDirectory() as folder:
        for size, names in CHOSEN.items():
            _draw_each(Path(folder), [each for each in SIZES if f"{each[0]}x{each[1]}" == size], ",".join(names))
            (DOCS / size).mkdir(parents=True, exist_ok=True)
            for name in names:
                picture = Image.open(Path(folder) / size / f"{name}.png")
                picture.quantize(256, dither=Image.Dither.NONE).save(DOCS / size / f"{name}.png", optimize=True)
    print(f"{sum(map(len, CHOSEN.values()))} pictures in {DOCS}")
    return 0


def stored_names() -> list[str]:
    """Return the names of the stored pictures."""
    looks = tuple(f"-{language}-light" for language in STORED_IN)
    return [shot.name for shot in shots(",".join(looks)) if shot.name.endswith(looks)]


def halve(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB").resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)


def stored_form(path: Path, like: Image.Image | None = None) -> Image.Image:
    """Return the stored form of a picture: half size, in 9 distant colours or in those of `like`.

    Colours are not chosen by pixel count, because that would lose the colour of a button's few letters. Signal colours
    are kept in addition.
    """
    half = halve(path)
    if like is not None:
        return _in_colours(half, _usual_of(like, like.quantize(256))).convert("RGB")
    parts = half.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    for _ in range(ROUNDS):
        parts = _in_colours(half, {*_usual_of(half, parts), *_signals(half)})
    return parts.convert("RGB")


def _signals(picture: Image.Image) -> Iterator[tuple[int, ...]]:
    palette = Theme(*STORED_AT).colours
    for colour in (palette.done, palette.stop):
        elsewhere = ImageChops.difference(picture, Image.new("RGB", picture.size, colour)).convert("L")
        if elsewhere.histogram()[0] >= LEAST_SIGNAL:
            yield ImageColor.getrgb(colour)


def _in_colours(picture: Image.Image, colours: Iterable[tuple[int, ...]]) -> Image.Image:
    """Map each pixel to the nearest colour; sorted, so that ties depend only on the colours."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in sorted(colours) for level in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _usual_of(picture: Image.Image, parts: Image.Image) -> list[tuple[int, ...]]:
    return [usual(picture, parts, index) for index, count in enumerate(parts.histogram()) if count]


def usual(picture: Image.Image, parts: Image.Image, index: int) -> tuple[int, ...]:
    """Return the median colour of the pixels where `parts` has this index."""
    field = parts.point(lambda each: 255 * (each == index), "L")
    return tuple(round(level) for level in ImageStat.Stat(picture, field).median)


def _draw_stored() -> int:
    with tempfile.TemporaryDirectory() as folder:
        names = stored_names()
        _draw_each(Path(folder), [STORED_AT], ",".join(names))
        STORED.mkdir(exist_ok=True)
        for old in STORED.glob("*.webp"):
            old.unlink()
        for name in names:
            picture = stored_form(Path(folder) / f"{STORED_AT[0]}x{STORED_AT[1]}" / f"{name}.png")
            picture.save(STORED / f"{name}.webp", lossless=True, method=4)
    print(f"{len(names)} pictures in {STORED}")
    return 0


def _index(out: Path) -> None:
    """Write an HTML page with all pictures: one row per view, one column per size."""
    names = sorted({path.name for path in out.glob("*x*/*.png")})
    rows = (f"<tr><th>{name.removesuffix('.png')}</th>{_cells(out, name)}</tr>" for name in names)
    (out / "index.html").write_text(PAGE % "\n".join(rows), encoding="utf-8")


def _cells(out: Path, name: str) -> str:
    paths = [f"{width}x{height}/{name}" for width, height, _ in SIZES if (out / f"{width}x{height}" / name).exists()]
    return "".join(f'<td><a href="{path}"><img loading="lazy" src="{path}" alt="{path}"></a></td>' for path in paths)


if __name__ == "__main__":
    sys.exit(main())
