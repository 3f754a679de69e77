"""What a kiosk has heard of a look holds until the snapshot tells another, and no longer."""

from __future__ import annotations

from kiosk.domain.model import CardRef
from kiosk.sync.looks import MOST, Looks

ADA, LIN = CardRef("a" * 64), CardRef("b" * 64)


def test_what_is_heard_counts_before_the_snapshot_until_that_tells_another() -> None:
    told = {ADA: "zh"}
    looks = Looks(lambda card: told.get(card, ""))
    assert (looks.of(ADA), looks.of(LIN)) == ("zh", "")
    looks.keep(ADA, "en large_text")
    assert (looks.of(ADA), looks.of(LIN)) == ("en large_text", "")
    told[ADA] = "mn"
    assert looks.of(ADA) == "mn"
    told[ADA] = "zh"
    assert looks.of(ADA) == "zh", "it was forgotten then"


def test_off_counts_at_once_and_what_was_refused_does_not() -> None:
    looks = Looks(lambda card: "zh")
    looks.keep(ADA, "")
    assert looks.of(ADA) == ""
    looks.keep(ADA, None)
    assert looks.of(ADA) == "zh"


def test_it_keeps_no_more_than_so_many() -> None:
    looks = Looks(lambda card: "")
    cards = [CardRef(f"{number:064x}") for number in range(MOST + 1)]
    for card in cards:
        looks.keep(card, "en")
    assert looks.of(cards[0]) == "" and looks.of(cards[1]) == looks.of(cards[-1]) == "en"
