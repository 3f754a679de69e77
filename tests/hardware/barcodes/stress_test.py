"""Labels that are hard to read: whatever is misread, nothing wrong is accepted. scripts/prove has the long dose."""

from __future__ import annotations

import pytest

from kiosk.hardware.barcodes.readings import Symbology
from tests.emulated.label_stress import Tally, count
from tests.emulated.labels import HARD, Trial, stress

LABELS = 150
SEED = 4


@pytest.fixture(scope="module")
def tallies() -> dict[Symbology, Tally]:
    return count(stress(LABELS, SEED, frames=2))


def test_nothing_wrong_is_accepted_and_much_is_read(tallies: dict[Symbology, Tally]) -> None:
    assert [each.wrong for each in tallies.values()] == [0] * len(HARD)
    assert all(each.right > 0 for each in tallies.values())


def test_without_rules_a_single_look_gives_wrong_texts(tallies: dict[Symbology, Tally]) -> None:
    assert sum(each.misread for each in tallies.values()) > 0


def test_without_a_fixed_length_itf_gives_parts_of_its_numbers(tallies: dict[Symbology, Tally]) -> None:
    assert tallies[Symbology.ITF].cut > 0


def test_a_library_number_in_itf_or_codabar_is_never_taken_from_a_part(tallies: dict[Symbology, Tally]) -> None:
    assert tallies[Symbology.ITF].passed == tallies[Symbology.CODABAR].passed == 0


def test_the_same_seed_draws_the_same_labels() -> None:
    def drawn(seed: int) -> list[Trial]:
        return list(stress(5, seed))

    assert drawn(1) == drawn(1) != drawn(2)
