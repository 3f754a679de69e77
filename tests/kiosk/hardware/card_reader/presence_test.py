"""Test presence tracking: failed polls, second cards and cards in motion cause no second arrival."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.events import CardTrouble
from kiosk.hardware.card_reader.iso14443 import Blank, Card, Presence, Sight

EMPTY, SEVERAL, UNCLEAR, RANDOM = Blank.EMPTY, Blank.SEVERAL, Blank.UNCLEAR, Blank.RANDOM
A, B = Card(bytes.fromhex("0EF1A2B3")), Card(bytes.fromhex("04A1B2C3D4E580"))
ADA, LIN = "0EF1A2B3", "04A1B2C3D4E580"


def reports(*sights: Sight) -> list[str]:
    seen: list[str] = []
    presence = Presence(seen.append, lambda: seen.append("removed"), seen.append)
    for sight in sights:
        presence.saw(sight)
    return seen


@pytest.mark.parametrize(
    ("sights", "expected"),
    [
        ([A], [ADA]),
        # A removal needs three empty polls.
        ([A, EMPTY, EMPTY, A, EMPTY, EMPTY, A], [ADA]),
        ([A, EMPTY, EMPTY, EMPTY], [ADA, "removed"]),
        # An unclear poll keeps a present card.
        ([A, EMPTY, EMPTY, UNCLEAR, EMPTY, EMPTY, A], [ADA]),
        ([UNCLEAR] * 3, []),
        # An unreadable card is reported once.
        ([UNCLEAR] * 9, []),
        ([UNCLEAR] * 30, ["unclear"]),
        ([*[UNCLEAR] * 10, EMPTY, EMPTY, EMPTY, *[UNCLEAR] * 10], ["unclear", "unclear"]),
        ([*[UNCLEAR] * 10, A], ["unclear", ADA]),
        # A card removed during interference is reported as removed.
        ([A, *[UNCLEAR] * 10], [ADA, "removed", "unclear"]),
        ([A, *[EMPTY, UNCLEAR, EMPTY] * 10], [ADA, "removed", "unclear"]),
        ([A, *[UNCLEAR] * 10, A], [ADA, "removed", "unclear", ADA]),
        ([A, *[SEVERAL] * 100], [ADA, "several", "removed"]),
        # A random UID is reported once and is not a card.
        ([RANDOM] * 2, []),
        ([RANDOM] * 30, ["random"]),
        ([A, RANDOM, RANDOM, RANDOM, A, A, A], [ADA, "removed", "random", ADA]),
        ([*[RANDOM] * 3, EMPTY, EMPTY, EMPTY, *[RANDOM] * 3], ["random", "random"]),
        # A replacement card is reported at its third poll; alternating cards are several.
        ([A, B, B], [ADA]),
        ([A, B, B, B], [ADA, "removed", LIN]),
        ([A, B, A, B, A, B, A], [ADA, "several"]),
        # Several cards are reported once, and none of them as a card.
        ([SEVERAL], []),
        ([SEVERAL] * 9, ["several"]),
        ([SEVERAL, SEVERAL, A, SEVERAL, B, A, A, SEVERAL, SEVERAL], ["several"]),
        # The card that remains of two is reported, and so is a second card placed again.
        ([SEVERAL, SEVERAL, B, B, B], ["several", LIN]),
        ([A, SEVERAL, SEVERAL, A, A, A, EMPTY, EMPTY, EMPTY], [ADA, "several", "removed"]),
        ([A, SEVERAL, SEVERAL, B, B, B], [ADA, "several", "removed", LIN]),
        ([A, SEVERAL, SEVERAL, A, A, A, SEVERAL, SEVERAL], [ADA, "several", "several"]),
    ],
)
def test_polls_are_reported_as_arrivals_removals_and_troubles(sights: list[Sight], expected: list[str]) -> None:
    assert reports(*sights) == expected


@given(st.lists(st.sampled_from([EMPTY, SEVERAL, UNCLEAR, RANDOM, A, B])))
def test_arrivals_and_removals_alternate(sights: list[Sight]) -> None:
    cards = [each for each in reports(*sights) if each not in set(CardTrouble)]
    assert all((each == "removed") == bool(place % 2) for place, each in enumerate(cards))


@given(st.lists(st.sampled_from([EMPTY, SEVERAL, UNCLEAR, RANDOM, A, B]), max_size=12))
def test_card_after_an_empty_field_is_always_reported(sights: list[Sight]) -> None:
    before = reports(*sights)
    after = reports(*sights, EMPTY, EMPTY, EMPTY, A)
    assert after[len(before) :] in ([ADA], ["removed", ADA])
