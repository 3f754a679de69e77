"""Test how long display preferences set at this kiosk take precedence over the snapshot."""

from __future__ import annotations

from kiosk.sync.lookup import HOLDS, MOST_CHOICES, PreferenceCache
from lending.model import CardRef

ADA, LIN = CardRef("a" * 64), CardRef("b" * 64)


class Kiosk:
    """Snapshot preferences, whether the snapshot lacks local changes, and the time in seconds."""

    def __init__(self, **stored: str) -> None:
        self.snapshot = {{"ada": ADA, "lin": LIN}[name]: text for name, text in stored.items()}
        self.lacks = False
        self.seconds = 0.0
        self.looks = PreferenceCache(
            lambda card: self.snapshot.get(card, ""), lambda card: self.lacks, lambda: self.seconds
        )


def test_local_preferences_win_until_the_snapshot_changes() -> None:
    kiosk = Kiosk(ada="zh")
    looks, snapshot = kiosk.looks, kiosk.snapshot
    assert (looks.for_card(ADA), looks.for_card(LIN)) == ("zh", "")
    looks.keep(ADA, "en large_text")
    assert (looks.for_card(ADA), looks.for_card(LIN)) == ("en large_text", "")
    snapshot[ADA] = "mn"
    assert looks.for_card(ADA) == "mn"
    snapshot[ADA] = "zh"
    assert looks.for_card(ADA) == "zh", "the local value was dropped"


def test_local_preferences_expire_after_the_hold_time() -> None:
    """Switched on here and off elsewhere between two snapshots, so the snapshot never changes."""
    kiosk = Kiosk()
    kiosk.looks.keep(ADA, "en large_text")
    kiosk.seconds = HOLDS - 1
    assert kiosk.looks.for_card(ADA) == "en large_text"
    kiosk.seconds = HOLDS
    assert kiosk.looks.for_card(ADA) == ""


def test_local_preferences_last_while_the_snapshot_is_stale() -> None:
    kiosk = Kiosk(ada="zh")
    kiosk.looks.keep(ADA, "en")
    kiosk.lacks, kiosk.snapshot[ADA], kiosk.seconds = True, "", 2 * HOLDS
    assert kiosk.looks.for_card(ADA) == "en", "a stale snapshot is ignored"
    kiosk.lacks, kiosk.snapshot[ADA] = False, "zh"
    assert kiosk.looks.for_card(ADA) == "zh"


def test_switching_off_applies_at_once_and_a_refusal_reverts() -> None:
    looks = Kiosk(ada="zh").looks
    looks.keep(ADA, "")
    assert looks.for_card(ADA) == ""
    looks.keep(ADA, None)
    assert looks.for_card(ADA) == "zh"


def test_cache_keeps_a_limited_number_of_cards() -> None:
    looks = Kiosk().looks
    cards = [CardRef(f"{number:064x}") for number in range(MOST_CHOICES + 1)]
    for card in cards:
        looks.keep(card, "en")
    assert looks.for_card(cards[0]) == "" and looks.for_card(cards[1]) == looks.for_card(cards[-1]) == "en"
