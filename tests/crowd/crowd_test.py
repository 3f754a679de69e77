"""A short dose of the proof: every kiosk at once at a real hub, on both databases, and a hub that must fail."""

import pytest

from kiosk.bench.hub import DATABASES
from tests.crowd.storm import BROKEN, storm

pytestmark = pytest.mark.long


@pytest.mark.parametrize("database", DATABASES)
def test_what_a_crowd_sends_twice_is_done_once(database: str) -> None:
    found = storm(database, seed=7, kiosks=12, rounds=2)
    assert (found.rows, found.lost, found.doubled, found.corrupt) == (24, 0, 0, 0)
    assert found.done == 12, "of two that want one copy one has it"


def test_a_hub_whose_ids_are_not_unique_is_found_out() -> None:
    assert storm("sqlite", seed=7, kiosks=6, rounds=1, program=BROKEN).doubled > 0
