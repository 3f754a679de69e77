"""Test that no misread of hard labels is accepted. The proof `labels` runs more of them."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import Code, Symbology
from tests.emulated.label_stress import count, library_rules
from tests.emulated.labels import Air, Pose, Trial, any_label, draw, stress
from tests.kiosk.hardware.barcodes.drawn_labels import hunt

SIZE = (520, 520)


@pytest.mark.long
def test_hard_labels_are_read_without_a_wrong_acceptance() -> None:
    tallies = count(stress(80, 4, frames=2)).values()
    assert [each.wrong for each in tallies] == [0] * 5
    assert all(each.right > 0 for each in tallies)


def parts_of_itf() -> list[Code]:
    """Return the wrong, partial reads of blurred, tilted ITF labels."""
    chance = np.random.default_rng(7)
    parts = []
    for seed in range(40):
        label = any_label(Symbology.ITF, chance)
        pose = Pose(260, 260, 2.5, float(chance.uniform(0, 180)))
        shown = draw([(label, pose)], SIZE, seed, Air(blur=1.0))
        parts += [code for code in Cascade().decode(shown, hunt(Symbology.ITF)).codes if code.text != label.text]
    return parts


def test_partial_itf_reads_are_rejected_by_the_rules() -> None:
    parts = parts_of_itf()
    assert len(parts) > 0
    assert [library_rules().number(each) for each in parts] == [None] * len(parts)


def test_same_seed_draws_the_same_labels() -> None:
    def drawn(seed: int) -> list[Trial]:
        return list(stress(5, seed))

    assert drawn(1) == drawn(1) != drawn(2)
