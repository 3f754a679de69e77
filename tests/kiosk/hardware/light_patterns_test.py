"""Test the light patterns: each is unique even without colour, and none flashes dangerously."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from kiosk.hardware.light_patterns import PATTERNS, Rhythm
from kiosk.views import Signal

FINE = 0.01


def wave(rhythm: Rhythm, seconds: float = 10.0) -> list[float]:
    return [rhythm.level(step * FINE) for step in range(round(seconds / FINE))]


def test_every_signal_has_a_pattern() -> None:
    assert set(PATTERNS) == set(Signal)


def test_every_signal_has_a_distinct_rhythm() -> None:
    """Patrons who see no colour, and kiosks with one lamp, can distinguish them."""
    for one, other in combinations(Signal, 2):
        pairs = zip(wave(PATTERNS[one].rhythm), wave(PATTERNS[other].rhythm), strict=True)
        apart = sum(abs(a - b) > 0.3 for a, b in pairs) * FINE
        assert apart > 1.0, (one, other)


def test_every_signal_has_a_distinct_combination_of_lamps_and_colour() -> None:
    assert len({(look.colour, look.ring, look.reader, look.scanner) for look in PATTERNS.values()}) == len(PATTERNS)


def test_signals_that_need_attention_beep() -> None:
    """A card left on the reader needs attention; inviting signals are silent."""
    assert {signal for signal, look in PATTERNS.items() if look.sounds(0.0)} == {
        Signal.DONE,
        Signal.REFUSED,
        Signal.ATTENTION,
        Signal.HELP,
    }


@pytest.mark.parametrize("signal", Signal)
def test_no_pattern_flashes_more_than_three_times_per_second(signal: Signal) -> None:
    """WCAG 2.3.1."""
    levels = wave(PATTERNS[signal].rhythm)
    rises = [n for n, (before, after) in enumerate(pairwise(levels)) if before < 0.5 <= after]
    assert all(after - before > 1.0 / FINE for before, after in zip(rises, rises[3:], strict=False))


@pytest.mark.parametrize("signal", Signal)
def test_every_pattern_starts_lit(signal: Signal) -> None:
    assert PATTERNS[signal].rhythm.level(0.0) > 0


def test_beeps_last_at_most_seven_tenths_of_a_second() -> None:
    assert all(sum(look.beeps) <= 0.7 for look in PATTERNS.values())


@pytest.mark.parametrize("signal", Signal)
def test_until_change_misses_no_change(signal: Signal) -> None:
    rhythm, at = PATTERNS[signal].rhythm, 0.0
    while at < 2 * rhythm.seconds:
        wait = rhythm.until_change(at)
        assert wait > 0
        if rhythm.level(at) == rhythm.level(at + wait / 2):
            assert rhythm.level(at + wait * 0.99) == rhythm.level(at)
        at += wait
