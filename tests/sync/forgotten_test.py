"""When a hub is believed to have forgotten, and that no hub, whatever it says, makes a kiosk send for ever."""

from __future__ import annotations

from itertools import pairwise

from kiosk.sync.forgotten import CERTAIN, FIRST_REST, LONGEST_REST, Doubt


def test_a_hub_that_knows_all_is_never_in_doubt() -> None:
    doubt = Doubt()
    assert [doubt.heard(known, 5, 60.0 * known) for known in (5, 5, 6, 7)] == [None] * 4


def test_it_has_forgotten_what_it_still_lacks_at_the_second_time() -> None:
    doubt = Doubt()
    assert doubt.heard(100, 150, 0) is None
    assert doubt.heard(100, 150, CERTAIN - 1) is None
    assert doubt.heard(100, 150, CERTAIN) == 101


def test_a_hub_that_lags_is_left_alone() -> None:
    """It always answers what was so a while ago, while the kiosk goes on lending."""
    doubt = Doubt()
    assert [doubt.heard(through - 20, through, through * 6.0) for through in range(100, 400, 10)] == [None] * 30


def test_a_hub_that_learns_nothing_hears_it_ever_more_seldom() -> None:
    doubt, times = Doubt(), []
    for minute in range(3 * 24 * 60):
        if doubt.heard(100, 150, minute * 60.0) is not None:
            times.append(minute * 60.0)
    pauses = [later - before for before, later in pairwise(times)]
    assert len(times) < 15
    assert pauses == sorted(pauses)
    assert pauses[0] <= FIRST_REST + 120
    assert pauses[-1] <= LONGEST_REST


def test_a_hub_that_was_restored_twice_is_told_twice_without_delay() -> None:
    doubt = Doubt()
    assert [doubt.heard(100, 150, at) for at in (0, 60)] == [None, 101]
    assert doubt.heard(150, 150, 120) is None
    assert [doubt.heard(100, 160, at) for at in (180, 240)] == [None, 101]
