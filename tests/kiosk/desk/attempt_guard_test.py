"""Test the attempt limits for wrong PINs and unknown cards."""

from __future__ import annotations

from kiosk.desk.attempt_guard import (
    CARD_PAUSE,
    DAY,
    KIOSK_PAUSE,
    KIOSK_WINDOW,
    LONG_PAUSE,
    TRIES,
    UNKNOWN_WINDOW,
    AttemptGuard,
)
from lending.model import CardRef
from tests.kiosk.desk.bench import ADA, LIN


def wrong(guard: AttemptGuard, card: CardRef, count: int, now: float, step: float = 0.0) -> AttemptGuard:
    for each in range(count):
        guard = guard.wrong_pin(card, now + each * step)
    return guard


def test_five_wrong_pins_in_a_row_lock_only_that_card() -> None:
    guard = wrong(AttemptGuard(), ADA, TRIES, now=100.0)
    assert guard.tries_left(ADA, 100.0) == 0
    assert guard.tries_left(LIN, 100.0) == TRIES
    assert guard.tries_left(ADA, 100.0 + CARD_PAUSE - 1) == 0
    assert guard.tries_left(ADA, 100.0 + CARD_PAUSE) == TRIES


def test_right_pin_resets_the_wrong_pin_count() -> None:
    guard = wrong(AttemptGuard(), ADA, 4, now=0.0).right_pin(ADA)
    assert guard.tries_left(ADA, 0.0) == TRIES


def test_right_pin_of_one_card_keeps_the_count_of_another() -> None:
    guard = wrong(AttemptGuard(), ADA, 3, now=0.0).right_pin(LIN)
    assert guard.tries_left(ADA, 0.0) == 2


def test_ten_wrong_pins_in_a_short_time_pause_the_kiosk_for_all_cards() -> None:
    guard = AttemptGuard()
    for each in range(10):
        guard = guard.wrong_pin(CardRef(f"card:{each}"), now=each * 10.0)
    assert guard.tries_left(LIN, 90.0) == 0
    assert guard.tries_left(LIN, 90.0 + KIOSK_PAUSE) == TRIES


def test_ten_wrong_pins_spread_over_time_do_not_pause_the_kiosk() -> None:
    guard = AttemptGuard()
    for each in range(10):
        guard = guard.wrong_pin(CardRef(f"card:{each}"), now=each * KIOSK_WINDOW / 5)
    assert guard.tries_left(LIN, 9 * KIOSK_WINDOW / 5) == TRIES


def test_guard_forgets_cards_after_a_day() -> None:
    guard = wrong(AttemptGuard(), ADA, 3, now=0.0).wrong_pin(LIN, DAY - 1)
    assert set(guard.cards) == {ADA, LIN}
    assert set(guard.wrong_pin(LIN, DAY).cards) == {LIN}


def test_ten_wrong_pins_cost_an_hour_and_use_up_the_daily_limit() -> None:
    guard = wrong(AttemptGuard(), ADA, 5, now=0.0, step=60.0)
    later = 4 * 60.0 + CARD_PAUSE
    assert guard.tries_left(ADA, later) == 5
    guard = wrong(guard, ADA, 5, now=later, step=60.0)
    assert guard.tries_left(ADA, later + LONG_PAUSE + 240.0) == 0
    assert guard.tries_left(ADA, DAY - 1) == 0
    assert guard.tries_left(ADA, DAY) == 1
    guard = guard.wrong_pin(ADA, DAY)
    assert guard.tries_left(ADA, DAY + 60.0) == 0
    assert guard.tries_left(ADA, DAY + LONG_PAUSE) == 1


def test_right_pin_does_not_reset_the_daily_limit() -> None:
    guard = AttemptGuard()
    for each in range(5):
        guard = wrong(guard, ADA, 2, now=each * 3600.0).right_pin(ADA)
    assert guard.tries_left(ADA, 5 * 3600.0) == 0
    assert guard.tries_left(ADA, DAY) == 2


def test_five_unknown_cards_pause_card_reading() -> None:
    guard = AttemptGuard()
    for each in range(5):
        assert guard.takes_cards(each)
        guard = guard.unknown_card(each)
    assert not guard.takes_cards(UNKNOWN_WINDOW - 1)
    assert guard.takes_cards(UNKNOWN_WINDOW)
    assert not guard.unknown_card(UNKNOWN_WINDOW).takes_cards(UNKNOWN_WINDOW)


def test_unknown_cards_spread_over_time_do_not_pause_card_reading() -> None:
    guard = AttemptGuard()
    for each in range(20):
        guard = guard.unknown_card(each * UNKNOWN_WINDOW / 4)
    assert guard.takes_cards(19 * UNKNOWN_WINDOW / 4)
