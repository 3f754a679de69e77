"""Draws every view in every language, size and theme to PNG with an index to look through; judges nothing."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.screens.samples import samples, status
from kiosk.screens.start import prepare
from kiosk.views import Status, View
from kiosk.words import Words

if TYPE_CHECKING:
    from kiosk.screens.face import Screen

SIZES = ((1024, 600, 7.0), (1280, 800, 10.1), (1920, 1080, 21.5), (1080, 1920, 21.5))
LANGUAGES = ("en", "zh")
LOOKS = (("light", False, False), ("contrast", True, False), ("large", False, True), ("contrast-large", True, True))
"""Name, high contrast, large text."""


@dataclass(frozen=True, slots=True)
class Shot:
    name: str
    view: View
    status: Status


def shots(only: str = "") -> Iterator[Shot]:
    """Everything that is drawn at one size; `only` keeps the names that hold it."""
    for language in LANGUAGES:
        for name, view in samples(language):
            for look, contrast, large in LOOKS:
                full = f"{name}-{language}-{look}"
                if only in full:
                    online = not ("away" in name or "offline" in name or name.endswith(("-many", "-long")))
                    yield Shot(full, view, status(language, online=online, contrast=contrast, large=large))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/gallery", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("gallery"), help="where the pictures go (default: gallery)")
    parser.add_argument("--only", default="", help="draw only what holds this in its name, such as Welcome-en")
    parser.add_argument("--size", default="", help="one size only, such as 1280x800")
    asked = parser.parse_args(arguments)
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
    """One process per size, as a window keeps the size it was opened with."""
    for width, height, _ in sizes:
        command = [
            sys.executable,
            "-m",
            "kiosk.screens.gallery",
            "--out",
            str(out),
            "--size",
            f"{width}x{height}",
            "--only",
            only,
        ]
        if os.spawnv(os.P_WAIT, sys.executable, command):
            raise SystemExit(f"drawing at {width}x{height} failed")


def _draw(out: Path, size: tuple[int, int, float], only: str) -> None:
    width, height, diagonal = size
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    prepare(width, height, fullscreen=False)
    from kivy.base import EventLoop
    from kivy.core.window import Window

    from kiosk.screens.face import Face, Screen
    from kiosk.screens.stage import Glass

    words = {language: Words(language) for language in LANGUAGES}
    screen: Screen = Screen(width, height, diagonal)
    face = Face(screen, words.__getitem__, lambda pressed: None)
    Window.add_widget(face)
    EventLoop.start()
    glass = Glass(face)
    folder = out / f"{width}x{height}"
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, shot in enumerate(shots(only), 1):
        face.show(shot.view, shot.status)
        glass.shot(folder / f"{shot.name}.png")
    print(f"{count} pictures in {folder}")


def _index(out: Path) -> None:
    """A page with all pictures, one row per view and one column per size."""
    names = sorted({path.name for path in out.glob("*x*/*.png")})
    folders = [f"{width}x{height}" for width, height, _ in SIZES]
    rows = []
    for name in names:
        cells = "".join(
            f'<td><a href="{folder}/{name}"><img loading="lazy" src="{folder}/{name}" alt="{name} {folder}"></a></td>'
            for folder in folders
            if (out / folder / name).exists()
        )
        rows.append(f"<tr><th>{name.removesuffix('.png')}</th>{cells}</tr>")
    style = (
        "body{background:#E7DFD0;font:16px sans-serif}img{height:260px;display:block}th{text-align:left;padding:12px}"
    )
    page = f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{style}</style><table>{''.join(rows)}</table>\n"
    (out / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
