"""Test `kiosk bench barcodes` on drawn photographs: its counts, and input that it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kiosk.benchmarks.barcodes import (
    EveryCode,
    Photograph,
    frame,
    hold,
    look_once,
    measure,
    read_folder,
    shaken,
    the_rules,
)
from kiosk.benchmarks.figures import Figure, at_least, at_most
from kiosk.cli import main
from kiosk.hardware.barcodes.model import Symbology
from tests.emulated.labels import Air, Label, Pose, draw, picture

DUNE, ISBN, UNRULY = "30012000000017", "9780306406157", "4006381333931"
SIZE = (600, 320)


def photograph(label: Label | None, pose: Pose | None = None, air: Air | None = None) -> Image.Image:
    pose = pose or Pose(300, 160, 2.5, 10)
    return picture(draw([(label, pose)] if label else [], SIZE, 1, air))


def put(folder: Path, name: str, shown: Image.Image, text: str | None = None) -> None:
    path = folder / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    shown.save(path)
    if text is not None:
        path.with_suffix(".txt").write_bytes(text.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a readable and a blurred label, an ISBN, another EAN, an ISBN with a wrong text, and an empty picture."""
    put(tmp_path, "codabar/1", photograph(Label(Symbology.CODABAR, DUNE)), DUNE + "\r\n")
    put(tmp_path, "codabar/2", photograph(Label(Symbology.CODABAR, DUNE), air=Air(blur=6.0)), DUNE)
    put(tmp_path, "ean13/1", photograph(Label(Symbology.EAN13, ISBN)), ISBN)
    put(tmp_path, "ean13/2", photograph(Label(Symbology.EAN13, UNRULY)), UNRULY)
    put(tmp_path, "ean13/3", photograph(Label(Symbology.EAN13, ISBN)), "9783161484100")
    put(tmp_path, "none/1", photograph(None))
    return tmp_path


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {each.name: each for each in figures}


def test_single_mode_without_rules_counts_reads_and_wrong_texts(folder: Path) -> None:
    figures = by_name(measure(read_folder(folder), rules=False, mode="single"))
    assert figures["codabar: read"] == Figure("codabar: read", "%", 2, 50.0, 50.0, 100.0, False)
    assert figures["ean13: read"].median == 66.67
    assert figures["all bars: read"] == Figure("all bars: read", "%", 5, 60.0, 60.0, 77.0, False)
    assert figures["wrong text"] == Figure("wrong text", "photographs", 5, 1, 1, None, True)
    assert figures["text without a barcode"] == Figure("text without a barcode", "photographs", 1, 0, 0, 0, True)
    assert (figures["codabar: time"].n, figures["1280x720, clutter"].n) == (2, 1)
    assert figures["1280x720, a barcode in view"].n == 4
    tilted = figures["tilted bars: read"]
    assert (tilted.n, tilted.median) == (25, 60.0), "five labels at five angles, three of them read"
    assert figures["tilted: wrong text"].median == 5
    assert figures["1280x720, a tilted barcode in view"].n == 20


def test_rules_accept_only_library_barcodes(folder: Path) -> None:
    figures = by_name(measure(read_folder(folder), rules=True, mode="single"))
    assert (figures["ean13: read"].n, figures["all bars: read"].n) == (2, 4)


@pytest.mark.long
def test_accept_mode_holds_a_photograph_until_it_is_accepted(folder: Path) -> None:
    figures = by_name(measure(read_folder(folder), rules=True, mode="accept"))
    assert figures["codabar: read"].median == 50.0
    assert figures["codabar: time"].n == 16
    assert figures["wrong text"] == Figure("wrong text", "photographs", 5, 1, 1, 0, False)
    shown = figures["shown -> accepted, typically"]
    assert shown.n == 3 and shown.median > 2 / 15
    assert (figures["tilted: wrong text"].n, figures["tilted: wrong text"].median) == (25, 5)
    assert figures["tilted: shown -> accepted, typically"].n >= 12


def test_second_barcode_in_a_photograph_counts_as_wrong_text(tmp_path: Path) -> None:
    both = [(Label(Symbology.EAN13, ISBN), Pose(150, 160, 2.5)), (Label(Symbology.EAN13, UNRULY), Pose(450, 160, 2.5))]
    put(tmp_path, "ean13/1", picture(draw(both, SIZE, 1)), ISBN)
    (each,) = read_folder(tmp_path)
    assert (look_once(each, EveryCode()).right, look_once(each, EveryCode()).wrong) == (True, True)
    assert (look_once(each, the_rules()).right, look_once(each, the_rules()).wrong) == (True, False)
    assert (hold(each, EveryCode(), 1).right, hold(each, EveryCode(), 1).frames) == (False, 0)


def test_hand_shake_is_reproducible_for_a_seed() -> None:
    label = photograph(Label(Symbology.CODABAR, DUNE))
    one, again, other = ([each.tobytes() for each in shaken(label, seed)] for seed in (1, 1, 2))
    assert one == again != other
    assert len(set(one)) == 8
    assert all(len(each) == SIZE[0] * SIZE[1] for each in one)


def test_rotated_photograph_keeps_the_whole_picture(tmp_path: Path) -> None:
    put(tmp_path, "codabar/1", photograph(Label(Symbology.CODABAR, DUNE)), DUNE)
    (upright,) = read_folder(tmp_path)
    turned = replace(upright, turn=90.0)
    assert turned.picture().size == (SIZE[1], SIZE[0])
    assert look_once(turned, EveryCode()).right


def test_trailing_blanks_and_line_endings_are_ignored(tmp_path: Path) -> None:
    put(tmp_path, "qr/1", photograph(Label(Symbology.QR, "two\nlines "), Pose(300, 160, 5.0)), "two\r\nlines\n")
    (each,) = read_folder(tmp_path)
    assert look_once(each, EveryCode()).right


def test_colour_palette_and_transparent_pictures_are_read(tmp_path: Path) -> None:
    grey = photograph(Label(Symbology.CODABAR, DUNE))
    clear = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    clear.paste(grey.convert("RGBA"), (0, 0))
    for name, shown in (("1", grey.convert("RGB")), ("2", grey.convert("P")), ("3", clear)):
        put(tmp_path, f"codabar/{name}", shown, DUNE)
    assert [look_once(each, EveryCode()).right for each in read_folder(tmp_path)] == [True] * 3
    assert frame(Photograph(tmp_path / "codabar/3.png", Symbology.CODABAR, DUNE).picture()).width == SIZE[0]


def _empty(folder: Path) -> None: ...


def _no_pictures(folder: Path) -> None:
    (folder / "qr").mkdir()


def _no_text(folder: Path) -> None:
    put(folder, "qr/1", photograph(None))


@pytest.mark.parametrize(
    ("prepare", "message"),
    [(_empty, "has none of the folders codabar"), (_no_pictures, "has no pictures"), (_no_text, "1.txt is missing")],
)
def test_unusable_folder_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prepare: Callable[[Path], None], message: str
) -> None:
    prepare(tmp_path)
    assert main(["bench", "barcodes", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.long
def test_command_prints_figures_and_exits_by_their_budgets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "codabar/1", photograph(Label(Symbology.CODABAR, DUNE)), DUNE)
    put(tmp_path, "none/1", photograph(None))
    arguments = ["bench", "barcodes", str(tmp_path), "--mode", "accept", "--rules", "on"]
    assert main(arguments) == 0
    assert "codabar: read" in capsys.readouterr().out
    put(tmp_path, "none/2", photograph(Label(Symbology.CODABAR, DUNE)))
    assert main([*arguments, "--json"]) == 1
    figures = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert figures["text without a barcode"]["ok"] is False


def test_figure_is_judged_by_a_minimum_or_a_maximum() -> None:
    assert [at_least("read", "%", 3, value, 77.0).ok for value in (76.9, 77.0, 78.0)] == [False, True, True]
    assert [at_most("wrong", "texts", 3, value, 1).ok for value in (0, 1, 2)] == [True, True, False]
    assert at_least("read", "%", 3, 0.0, None).ok and at_most("wrong", "texts", 3, 9, None).ok
