"""Test presence tracking: failed polls, second cards and cards in motion cause no second arrival."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.events import CardTrouble
from kiosk.hardware.card_reader.iso14443 import Blank, Card, Sight
from kiosk.hardware.card_reader.presence import Presence

EMPTY, SEVERAL, UNCLEAR, RANDOM = Blank.EMPTY, Blank.SEVERAL, Blank.UNCLEAR, Blank.RANDOM
A, B = Card(bytes.fromhex("0EF1A2B3")), Card(bytes.fromhex("04A1B2C3D4E580"))
ADA, LIN = "0EF1A2B3", "04A1B2C3D4E580"


def reports(*sights: Sight) -> list[str]:
    seen: list[str] = []
    presence = Presence(seen.append, lambda: seen.append("removed"), seen.append)
    for sight in sights:
        presence.saw(sight)
    return seen


def test_card_is_reported_at_its_first_poll() -> None:
    assert reports(A) == [ADA]


def test_removal_needs_three_empty_polls() -> None:
    assert reports(A, EMPTY, EMPTY, A, EMPTY, EMPTY, A) == [ADA]
    assert reports(A, EMPTY, EMPTY, EMPTY) == [ADA, "removed"]


def test_unclear_poll_keeps_a_present_card() -> None:
    assert reports(A, EMPTY, EMPTY, UNCLEAR, EMPTY, EMPTY, A) == [ADA]
    assert reports(UNCLEAR, UNCLEAR, UNCLEAR) == []


def test_unreadable_card_is_reported_once() -> None:
    assert reports(*[UNCLEAR] * 9) == []
    assert reports(*[UNCLEAR] * 30) == ["unclear"]
    assert reports(*[UNCLEAR] * 10, EMPTY, EMPTY, EMPTY, *[UNCLEAR] * 10) == ["unclear", "unclear"]
    assert reports(*[UNCLEAR] * 10, A) == ["unclear", ADA]


def test_card_removed_during_interference_is_reported_as_removed() -> None:
    assert reports(A, *[UNCLEAR] * 10) == [ADA, "removed", "unclear"]
    assert reports(A, *[EMPTY, UNCLEAR, EMPTY] * 10) == [ADA, "removed", "unclear"]
    assert reports(A, *[UNCLEAR] * 10, A) == [ADA, "removed", "unclear", ADA]
    assert reports(A, *[SEVERAL] * 100) == [ADA, "several", "removed"]


def test_random_uid_is_reported_once_and_not_as_a_card() -> None:
    assert reports(RANDOM, RANDOM) == []
    assert reports(*[RANDOM] * 30) == ["random"]
    assert reports(A, RANDOM, RANDOM, RANDOM, A, A, A) == [ADA, "removed", "random", ADA]
    assert reports(RANDOM, RANDOM, RANDOM, EMPTY, EMPTY, EMPTY, RANDOM, RANDOM, RANDOM) == ["random", "random"]


def test_replacement_card_is_reported_at_its_third_poll() -> None:
    assert reports(A, B, B) == [ADA]
    assert reports(A, B, B, B) == [ADA, "removed", LIN]


def test_alternating_cards_are_reported_as_several() -> None:
    assert reports(A, B, A, B, A, B, A) == [ADA, "several"]


def test_several_cards_are_reported_once_and_none_is_reported_as_a_card() -> None:
    assert reports(SEVERAL) == []
    assert reports(*[SEVERAL] * 9) == ["several"]
    assert reports(SEVERAL, SEVERAL, A, SEVERAL, B, A, A, SEVERAL, SEVERAL) == ["several"]


def test_remaining_card_is_reported_after_one_of_two_is_removed() -> None:
    assert reports(SEVERAL, SEVERAL, B, B, B) == ["several", LIN]
    assert reports(A, SEVERAL, SEVERAL, A, A, A, EMPTY, EMPTY, EMPTY) == [ADA, "several", "removed"]
    assert reports(A, SEVERAL, SEVERAL, B, B, B) == [ADA, "several", "removed", LIN]


def test_second_card_placed_again_is_reported_again() -> None:
    assert reports(A, SEVERAL, SEVERAL, A, A, A, SEVERAL, SEVERAL) == [ADA, "several", "several"]


@given(st.lists(st.sampled_from([EMPTY, SEVERAL, UNCLEAR, RANDOM, A, B])))
def test_arrivals_and_removals_alternate(sights: list[Sight]) -> None:
    cards = [each for each in reports(*sights) if each not in set(CardTrouble)]
    assert all((each == "removed") == bool(place % 2) for place, each in enumerate(cards))


@given(st.lists(st.sampled_from([EMPTY, SEVERAL, UNCLEAR, RANDOM, A, B]), max_size=12))
def test_card_after_an_empty_field_is_always_reported(sights: list[Sight]) -> None:
    before = reports(*sights)
    after = reports(*sights, EMPTY, EMPTY, EMPTY, A)
    assert after[len(before) :] in ([ADA], ["removed", ADA])
