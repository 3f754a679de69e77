"""Test recorded frames: a growing folder, several film formats, and files that are not films."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from kiosk.config.barcode_scanner import FramesScanner
from kiosk.hardware.barcodes.model import Frame
from kiosk.hardware.parts import PartFault
from kiosk.hardware.recorded_frames import DARK, FramesCamera

SIZE = (48, 32)
GREYS = (10, 90, 170, 250)


def choice(path: Path, seconds: float = 0.001) -> FramesScanner:
    """Return a configuration whose default time per picture shows a new picture in each frame."""
    return FramesScanner.model_construct(driver="frames", path=path, seconds=seconds, frame_rate=60.0)


def grey(level: int) -> Image.Image:
    return Image.new("L", SIZE, level)


class Shown:
    """Running camera with its own clock, which advances by one frame at a time."""

    def __init__(self, choice: FramesScanner) -> None:
        self.now = 0.0
        self.camera = FramesCamera(choice, lambda: self.now)
        self.camera.start()

    def frame(self) -> Frame:
        self.now += 1 / 60
        return self.camera.frame()


def levels(shown: Shown, count: int) -> list[int]:
    """Return the approximate grey levels frame by frame, without repetitions."""
    seen: list[int] = []
    for _ in range(count):
        level = shown.frame().luma[0]
        if not seen or abs(seen[-1] - level) > 8:
            seen.append(level)
    return seen


def about(seen: list[int], wanted: tuple[int, ...]) -> bool:
    return len(seen) == len(wanted) and all(abs(one - other) <= 8 for one, other in zip(seen, wanted, strict=True))


def test_folder_plays_by_name_and_includes_later_pictures(tmp_path: Path) -> None:
    for number, level in ((2, 90), (1, 10)):
        grey(level).save(tmp_path / f"{number}.png")
    shown = Shown(choice(tmp_path, seconds=1 / 60))
    assert levels(shown, 5) == [10, 90]
    grey(170).save(tmp_path / "3.png")
    grey(250).save(tmp_path / "4.png")
    assert levels(shown, 4)[-2:] == [170, 250]


def test_incomplete_picture_file_is_retried(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    grey(200).save(buffer, "PNG")
    whole = buffer.getvalue()
    (tmp_path / "1.png").write_bytes(whole[:40])
    shown = Shown(choice(tmp_path))
    first = shown.frame()
    assert ((first.width, first.height), set(bytes(first.luma))) == (DARK, {0})
    (tmp_path / "1.png").write_bytes(whole)
    assert levels(shown, 2)[-1] == 200


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "film.png"])
def test_animated_picture_plays_at_its_own_frame_times(tmp_path: Path, name: str) -> None:
    first, *others = [grey(level).convert("RGB") for level in GREYS]
    first.save(tmp_path / name, save_all=True, append_images=others, duration=34, lossless=True)
    shown = Shown(choice(tmp_path / name))
    seen = [shown.frame().luma[0] for _ in range(9)]
    assert about(levels(shown, 1), GREYS[-1:])
    assert sum(abs(level - GREYS[0]) <= 8 for level in seen) >= 1
    assert about([level for n, level in enumerate(seen) if not n or abs(level - seen[n - 1]) > 8], GREYS)


def test_concatenated_jpegs_play_as_a_film(tmp_path: Path) -> None:
    with (tmp_path / "film.mjpeg").open("wb") as film:
        for level in GREYS:
            grey(level).save(film, "JPEG")
    shown = Shown(choice(tmp_path / "film.mjpeg"))
    assert about(levels(shown, 8), GREYS)


def test_file_without_pictures_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "film.h264").write_bytes(b"\0\0\0\1 no picture")
    with pytest.raises(PartFault, match="unreadable"):
        FramesCamera(choice(tmp_path / "film.h264"))


def test_missing_file_or_folder_is_unplugged(tmp_path: Path) -> None:
    with pytest.raises(PartFault, match="unplugged"):
        FramesCamera(choice(tmp_path / "nothing"))
    (tmp_path / "frames").mkdir()
    shown = Shown(choice(tmp_path / "frames"))
    shutil.rmtree(tmp_path / "frames")
    with pytest.raises(PartFault, match="unplugged"):
        shown.frame()


def test_pictures_advance_only_while_the_camera_runs(tmp_path: Path) -> None:
    grey(10).save(tmp_path / "1.png")
    grey(90).save(tmp_path / "2.png")
    shown = Shown(choice(tmp_path, seconds=3 / 60))
    assert levels(shown, 1) == [10]
    shown.camera.stop()
    shown.now += 3600
    shown.camera.start()
    assert levels(shown, 1) == [10]
    shown.now += 3600
    assert levels(shown, 3) == [10, 90]
