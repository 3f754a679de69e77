"""Test the decoding of single frames: labels at any angle, two codes, order of decoders, corners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kiosk.hardware.barcodes import decoder_cascade
from kiosk.hardware.barcodes.decoder_cascade import Cascade, PatchReader, raise_contrast
from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Frame, Symbology
from kiosk.hardware.barcodes.stripe_detector import Grey, find_stripes
from tests.emulated.labels import HARD, Air, Label, Pose, any_label, picture, stress, with_mod43
from tests.kiosk.hardware.barcodes.drawn_labels import (
    ADA,
    BARS,
    DUNE,
    ISBN,
    MOMO,
    SIZE,
    codabar,
    frame,
    hunt,
    isbn,
    left,
    middle,
    right,
    texts,
)

ANGLES = [float(angle) for angle in np.random.default_rng(5).uniform(0, 180, 12)]


@pytest.mark.parametrize("symbology", HARD)
def test_every_symbology_is_read_horizontally(symbology: Symbology) -> None:
    label = any_label(symbology, np.random.default_rng(3))
    assert texts(Cascade().decode(frame((label, middle())), BarcodeHunt(BARS)).codes) == {label.text}


@pytest.mark.parametrize("angle", ANGLES)
def test_library_label_is_read_at_any_angle(angle: float) -> None:
    label = codabar(height=25.0)
    assert texts(Cascade().decode(frame((label, middle(angle))), hunt(Symbology.CODABAR)).codes) == {DUNE}


def test_decoder_without_levelling_reads_few_angles() -> None:
    """Control for levelling, with the same frames as above."""
    read = 0
    for angle in ANGLES:
        shown = frame((codabar(height=25.0), middle(angle)))
        grey = np.frombuffer(shown.luma, np.uint8).reshape(shown.height, shown.width)
        read += bool(decoder_cascade.zxing(grey, {Symbology.CODABAR}))
    assert read < len(ANGLES) / 2


@pytest.mark.parametrize(
    "pose",
    [
        replace(middle(20), tilt=40.0),
        replace(middle(70), bend=150.0),
        replace(middle(200), contrast=0.4),
        replace(middle(45), glare=0.7, scratches=3),
        replace(middle(120), module=2.0),
    ],
    ids=["tilted", "bent", "faded", "glare and scratches", "small"],
)
def test_badly_held_label_is_read(pose: Pose) -> None:
    assert texts(Cascade().decode(frame((codabar(), pose)), hunt(Symbology.CODABAR)).codes) == {DUNE}


@pytest.mark.parametrize("angle", [33.0, 47.0, 155.0])
def test_faint_tilted_isbn_is_read_after_raising_contrast(angle: float) -> None:
    pose = replace(middle(angle, module=2.3), contrast=0.3, glare=0.9)
    shown = frame((isbn(), pose), air=Air(blur=1.2, noise=3.0))
    decoder = Cascade()
    seen = [texts(decoder.decode(shown, hunt(Symbology.EAN13)).codes) for _ in range(4)]
    assert seen == [set(), set(), {ISBN}, {ISBN}], "at the third empty frame, and from then on at once"


def test_raised_contrast_reads_labels_that_plain_zxing_misses() -> None:
    won = 0
    for trial in stress(60, 79, frames=1):
        shown = picture(trial.frames[0])
        for patch in find_stripes(shown):
            look = PatchReader(patch, shown)
            plain, raised = (texts(read(BARS)) for read in (look.half, look.decode_with_contrast))
            assert raised <= {trial.label.text}
            won += raised > plain
    assert won >= 5


def test_card_is_read_from_its_qr_code() -> None:
    card = (Label(Symbology.QR, ADA), middle(30, module=4.0))
    assert texts(Cascade().decode(frame(card), hunt(Symbology.QR)).codes) == {ADA}


def test_only_requested_symbologies_are_read() -> None:
    both = frame((codabar(), left()), (isbn(), right()))
    assert texts(Cascade().decode(both, hunt(Symbology.CODABAR)).codes) == {DUNE}
    assert texts(Cascade().decode(both, hunt(Symbology.EAN13)).codes) == {ISBN}


def test_horizontal_isbn_does_not_hide_a_tilted_label() -> None:
    both = frame((codabar(height=25.0), left(37)), (isbn(), right()))
    seen = Cascade().decode(both, BarcodeHunt(frozenset({Symbology.CODABAR}), frozenset({Symbology.EAN13})))
    assert texts(seen.codes) == {DUNE, ISBN}


def test_thorough_hunt_finds_a_second_tilted_label() -> None:
    both = frame((codabar(DUNE), left()), (codabar(MOMO, height=25.0), right(37)))
    assert texts(Cascade().decode(both, hunt(Symbology.CODABAR)).codes) == {DUNE}
    assert texts(Cascade().decode(both, hunt(Symbology.CODABAR, thorough=True)).codes) == {DUNE, MOMO}


def test_check_character_is_kept_in_the_text() -> None:
    label = Label(Symbology.CODE39, with_mod43("LB123456"))
    assert texts(Cascade().decode(frame((label, middle())), hunt(Symbology.CODE39)).codes) == {label.text}


@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0, 143.0])
def test_corners_are_given_in_frame_pixels(angle: float) -> None:
    (found,) = Cascade().decode(frame((codabar(), middle(angle))), hunt(Symbology.CODABAR)).codes
    corners = np.array(found.corners)
    assert corners.mean(axis=0) == pytest.approx((SIZE[0] / 2, SIZE[1] / 2), abs=25)
    longest = max(np.linalg.norm(corners[one] - corners[other]) for one in range(4) for other in range(one))
    assert longest == pytest.approx(450, rel=0.25)


def test_rows_with_padding_are_read() -> None:
    shown = frame((codabar(), middle(33)))
    rows = np.frombuffer(shown.luma, np.uint8).reshape(shown.height, shown.width)
    padded = np.pad(rows, ((0, 0), (0, 64)), constant_values=77)
    strided = Frame(shown.width, shown.height, shown.width + 64, padded.data)
    assert texts(Cascade().decode(strided, hunt(Symbology.CODABAR)).codes) == {DUNE}


def test_unreadable_stripes_are_detected_before_they_can_be_decoded() -> None:
    away = Cascade().decode(frame(), BarcodeHunt(BARS)).stripes
    small = Cascade().decode(frame((codabar(), middle(33, module=1.0))), BarcodeHunt(BARS))
    unfit = Cascade().decode(frame((codabar(), middle(33)), air=Air(blur=3.0)), BarcodeHunt(BARS))
    assert not small.codes and not unfit.codes
    assert away == 0 < small.stripes < unfit.stripes <= 1


def test_decoded_code_counts_as_a_full_view_of_stripes() -> None:
    assert Cascade().decode(frame((codabar(), middle())), BarcodeHunt(BARS)).stripes == 1


class Costly:
    """Substitute for a costly stage that counts its calls and returns `answer`."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: list[Code] = []

    def __call__(self, *_: object) -> list[Code]:
        self.asked += 1
        return self.answer


@pytest.mark.parametrize(("stage", "every"), [("decode_with_contrast", 2), ("last", 3)])
def test_costly_stage_runs_at_intervals_and_always_after_a_success(
    monkeypatch: pytest.MonkeyPatch, stage: str, every: int
) -> None:
    look = Costly()
    monkeypatch.setattr(PatchReader, stage, look)
    blurred = frame((codabar(), middle(33)), air=Air(blur=3.0))
    decoder = Cascade()

    def asked() -> bool:
        before = look.asked
        decoder.decode(blurred, hunt(Symbology.CODABAR))
        return look.asked > before

    empty = [False] * (every - 1)
    assert [asked() for _ in range(2 * every)] == [*empty, True] * 2
    look.answer = [Code(Symbology.CODABAR, DUNE, ((0, 0), (9, 0), (9, 9), (0, 9)))]
    assert [asked() for _ in range(every + 2)] == [*empty, True, True, True]
    look.answer = []
    assert [asked() for _ in range(every + 1)] == [True, *empty, True]


def test_zbar_needs_several_agreeing_scan_lines() -> None:
    """Six rows of pixels are six of its scan lines."""
    low, high = (Label(Symbology.CODABAR, DUNE, height) for height in (2.4, 40.0))
    assert decoder_cascade.zbar(picture(frame((low, middle()))), {Symbology.CODABAR}) == []
    assert texts(decoder_cascade.zbar(picture(frame((high, middle()))), {Symbology.CODABAR})) == {DUNE}


STRIPES = np.arange(160) // 4 % 2 == 1


def striped(dark: float, light: float) -> Grey:
    """Return upright stripes, 4 pixels each, of two grey levels."""
    return np.tile(np.where(STRIPES, light, dark), (80, 1)).astype(np.uint8)


def depth(picture: Grey) -> float:
    return float(picture[:, STRIPES].mean() - picture[:, ~STRIPES].mean())


def test_faint_stripes_gain_contrast() -> None:
    faint = striped(120, 130)
    noisy = np.clip(faint + np.random.default_rng(1).normal(0, 2, faint.shape), 0, 255).astype(np.uint8)
    assert depth(raise_contrast(noisy)) > 4 * depth(noisy)


def test_shaded_and_lit_stripes_gain_equal_contrast() -> None:
    light = np.linspace(0.3, 1.0, STRIPES.size)
    shaded = (striped(60, 200) * light).astype(np.uint8)
    raised = raise_contrast(shaded)
    dark, bright = raised[:, :40][:, STRIPES[:40]].mean(), raised[:, -40:][:, ~STRIPES[-40:]].mean()
    assert max(shaded[0, :40]) < max(shaded[0, -40:]) / 2
    assert dark > bright, "a light stripe in the shadow is lighter than a dark one in the light"


def test_noise_on_flat_paper_is_not_amplified() -> None:
    flat = np.clip(np.random.default_rng(2).normal(200, 2, (80, 160)), 0, 255).astype(np.uint8)
    assert raise_contrast(flat).std() < 0.2 * raise_contrast(striped(60, 200)).std()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (7, 7), (63, 65), (195, 600)])
def test_picture_of_any_size_keeps_its_shape(shape: tuple[int, int]) -> None:
    raised = raise_contrast(np.random.default_rng(3).integers(0, 256, shape).astype(np.uint8))
    assert raised.shape == shape and raised.dtype == np.uint8


def test_grey_levels_keep_their_order_within_a_tile() -> None:
    ramp = np.tile(np.arange(0, 8, dtype=np.uint8), (8, 1))
    assert (np.diff(raise_contrast(ramp).astype(int), axis=1) >= 0).all()
