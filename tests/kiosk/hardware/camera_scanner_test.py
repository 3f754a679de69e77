"""Test the camera scanner frame by frame: codes, hints, picture, tone, and idle state."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from kiosk.hardware.barcode_scanner import CameraScanner, FilteredBarcodeReader
from kiosk.hardware.barcodes.acceptance import rules_of
from kiosk.hardware.barcodes.decoder import DecoderWorker
from kiosk.hardware.barcodes.model import Frame, Sight, Symbology
from kiosk.hardware.speaker import HIGHEST, LOWEST, Aim
from kiosk.hardware.viewfinder import Viewfinder
from kiosk.views import LABELS, NOTHING
from lending.number_patterns import NumberKind
from tests.emulated.labels import Air, Label, Pose, draw, picture
from tests.kiosk.hardware.barcode_scanner_contract import DUNE, MOMO
from tests.kiosk.hardware.scanner_operator import BLANK, SIZE, book, config_with
from tests.support.patience import PATIENCE

ADA_CARD = "20000000000006"
ISBN = "9780306406157"
FPS = 15


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderWorker]:
    with DecoderWorker(seconds=PATIENCE) as worker:
        assert worker.ready(PATIENCE)
        yield worker


class Reel:
    """Camera that plays pictures and ends the watch after the last one; time advances by its frames."""

    def __init__(self, pictures: Sequence[Image.Image]) -> None:
        self._frames = [Frame(each.width, each.height, each.width, each.tobytes()) for each in pictures]
        self.shown = 0
        self.began = self.ended = 0

    @property
    def over(self) -> bool:
        return self.shown == len(self._frames)

    def now(self) -> float:
        return self.shown / FPS

    def start(self) -> None:
        self.began += 1

    def stop(self) -> None:
        self.ended += 1

    def frame(self) -> Frame:
        self.shown += 1
        return self._frames[self.shown - 1]


class Counted:
    """Barcode reader that counts its calls."""

    def __init__(self, eye: FilteredBarcodeReader) -> None:
        self._eye = eye
        self.looks = 0

    def look(self, at: float, frame: Frame, wanted: frozenset[NumberKind]) -> Sight:
        self.looks += 1
        return self._eye.look(at, frame, wanted)


class Table:
    """Camera scanner for which one reel is played."""

    def __init__(self, decoder: DecoderWorker, home: Path) -> None:
        config = config_with(home, driver="frames", path=".")
        self.eye = Counted(FilteredBarcodeReader(decoder, rules_of(config.numbers, config.barcodes)))
        self.viewfinder = Viewfinder()
        self.viewfinder.want(LABELS)
        self.codes: list[tuple[float, str]] = []
        self.hints: list[tuple[float, str]] = []
        self.tones: list[tuple[float, float | None]] = []
        self.reel = Reel([])

    def play(self, pictures: Sequence[Image.Image]) -> None:
        self.reel = Reel(pictures)
        scanner = CameraScanner(self.reel, self.eye, self.viewfinder, self._hint, Aim(self, self._now), self._now)
        scanner.watch(lambda code: self.codes.append((self._now(), code)), lambda: self.reel.over)

    def sound(self, hertz: float | None) -> None:
        self.tones.append((self._now(), hertz))

    def _now(self) -> float:
        return self.reel.now()

    def _hint(self, code: str) -> None:
        self.hints.append((self._now(), code))


@pytest.fixture
def table(decoder: DecoderWorker, tmp_path: Path) -> Table:
    return Table(decoder, tmp_path)


def isbn_of(code: str = ISBN) -> Image.Image:
    return book(code, symbology=Symbology.EAN13)


def both() -> Image.Image:
    """Return the back of a book: its ISBN above the library label."""
    back = [(Label(Symbology.EAN13, ISBN), Pose(320, 130)), (Label(Symbology.CODABAR, DUNE), Pose(320, 350))]
    return picture(draw(back, SIZE, seed=3))


def stripes(width: int) -> Image.Image:
    """Return a frame with bars of this width, in pixels, that are not a barcode."""
    frame = BLANK.copy()
    for x in range(200, 200 + width, 12):
        frame.paste(230, (x, 200, x + 6, 280))
    return frame


def test_label_is_reported_at_its_second_frame_and_once(table: Table) -> None:
    table.play([BLANK] * 3 + [book(DUNE)] * 40)
    assert table.codes == [(5 / FPS, DUNE)]


def test_next_label_and_the_same_label_after_a_second_are_reported(table: Table) -> None:
    table.play([book(DUNE)] * 4 + [BLANK] * 2 + [book(MOMO)] * 4 + [BLANK] * 20 + [book(MOMO)] * 4)
    assert [code for _, code in table.codes] == [DUNE, MOMO, MOMO]


def test_isbn_next_to_the_label_is_ignored(table: Table) -> None:
    table.play([both()] * 30)
    assert [code for _, code in table.codes] == [DUNE]
    assert table.hints == []


def test_isbn_alone_for_one_second_gives_one_hint(table: Table) -> None:
    table.play([isbn_of()] * 45)
    (at, hint), *more = table.hints
    assert (hint, more) == ("not_this_code", [])
    assert 1.0 <= at <= 1.2
    assert table.codes == []


def test_two_labels_give_a_hint_and_no_code(table: Table) -> None:
    table.play([book(DUNE, MOMO)] * 30)
    assert [hint for _, hint in table.hints] == ["one_book_please"]
    assert table.codes == []


def test_unreadable_stripes_for_five_seconds_give_a_turn_hint(table: Table) -> None:
    table.play([stripes(300)] * (6 * FPS))
    (at, hint), *more = table.hints
    assert (hint, more) == ("turn_the_book", [])
    assert 5.0 <= at <= 5.3


def test_patron_card_under_the_camera_is_reported(table: Table) -> None:
    table.play([book(ADA_CARD)] * 3)
    assert [code for _, code in table.codes] == [ADA_CARD]


def test_tone_rises_with_visible_stripes_and_stops_after_them(table: Table) -> None:
    coming = [stripes(width) for width in (36, 36, 60, 60, 84, 84, 108, 108, 132, 132)]
    table.play([BLANK] * 3 + coming + [book(DUNE)] * 4 + [BLANK] * 4)
    pitches = [hertz for _, hertz in table.tones]
    assert pitches[-1] is None
    rising = [hertz for hertz in pitches if hertz is not None]
    assert len(rising) > 3 and rising == sorted(rising)
    assert rising[0] < 2 * LOWEST and rising[-1] == pytest.approx(HIGHEST)


def test_tone_changes_at_most_ten_times_per_second(table: Table) -> None:
    table.play([stripes(48 + 24 * (number % 3)) for number in range(2 * FPS)])
    times = [at for at, _ in table.tones]
    assert len(times) > 5
    assert min(after - before for before, after in pairwise(times[:-1])) >= 0.1


def test_preview_outlines_the_code(table: Table) -> None:
    left: list[object] = []
    table.viewfinder.leave = left.append  # type: ignore[method-assign, assignment]
    table.play([book(DUNE)] * FPS)
    pictures = [each for each in left if each is not None]
    assert 8 <= len(pictures) <= 12
    newest = pictures[-1]
    assert (newest.width, newest.height) == (SIZE[0] // 2, SIZE[1] // 2)  # type: ignore[attr-defined]
    xs, ys = zip(*newest.code, strict=True)  # type: ignore[attr-defined]
    assert min(xs) < 0.2 and max(xs) > 0.8
    assert 0.35 < min(ys) < 0.5 < max(ys) < 0.65


def test_preview_is_cleared_after_watching(table: Table) -> None:
    table.play([book(DUNE)] * 4)
    assert table.viewfinder.newest() is None
    assert (table.reel.began, table.reel.ended) == (1, 1)


def test_idle_view_is_decoded_once_until_something_moves(table: Table) -> None:
    """An idle kiosk decodes nothing until something moves."""
    quiet = [picture(draw([], SIZE, seed, Air(noise=3.0))) for seed in range(10)]
    table.play(quiet * 3)
    assert table.eye.looks == 1
    table.play([quiet[0], quiet[1], book(DUNE), book(DUNE)])
    assert table.codes and table.codes[-1][1] == DUNE


def test_decoder_crash_loses_only_frames(table: Table, decoder: DecoderWorker) -> None:
    table.play([book(DUNE)] * 3)
    assert decoder.pid is not None
    os.kill(decoder.pid, signal.SIGKILL)
    table.play([book(MOMO)] * 2)
    given_up = time.monotonic() + PATIENCE
    while not decoder.ready(0.1) and time.monotonic() < given_up:
        pass
    table.play([book(MOMO)] * 2)
    assert [code for _, code in table.codes] == [DUNE, MOMO]


def test_camera_stops_while_no_scan_is_wanted(table: Table) -> None:
    class Fickle(Reel):
        def frame(self) -> Frame:
            if self.shown == 2:
                table.viewfinder.want(NOTHING)
            return super().frame()

    table.reel = Fickle([BLANK] * 5)
    scanner = CameraScanner(
        table.reel, table.eye, table.viewfinder, lambda code: None, Aim(table, table.reel.now), table.reel.now
    )
    scanner.watch(lambda code: None, lambda: table.reel.ended > 0)
    assert (table.reel.began, table.reel.shown, table.reel.ended) == (1, 3, 1)
