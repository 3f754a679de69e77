"""Counts wrong PINs and unknown cards and says when to pause; outlives a visit, and knows no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kiosk.domain.model import CardRef

TRIES = 5
"""Wrong PINs in a row for one card."""
CARD_PAUSE = 15 * 60.0
KIOSK_TRIES = 10
KIOSK_WINDOW = 10 * 60.0
KIOSK_PAUSE = 5 * 60.0
UNKNOWN_CARDS = 5
UNKNOWN_WINDOW = 60.0
"""So many in so many seconds: the next card is asked about when the first of them is longer ago."""

CODES_WINDOW = 5 * 60.0
"""After TRIES wrong codes of technicians within it none is asked about."""

NOBODY: Mapping[CardRef, Tries] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Tries:
    wrong: int
    last: float


@dataclass(frozen=True, slots=True)
class Guard:
    """All times are the clock's monotonic seconds."""

    cards: Mapping[CardRef, Tries] = field(default_factory=lambda: NOBODY)
    wrong: tuple[float, ...] = ()
    unknown: tuple[float, ...] = ()
    pins_again: float = 0.0
    codes: tuple[float, ...] = ()
    """Technicians' codes that were nobody's."""

    def wrong_pin(self, card: CardRef, now: float) -> Guard:
        kept = {each: tries for each, tries in self.cards.items() if now - tries.last < CARD_PAUSE}
        before = kept[card].wrong if card in kept else 0
        recent = (*(each for each in self.wrong if now - each < KIOSK_WINDOW), now)
        full = len(recent) >= KIOSK_TRIES
        return replace(
            self,
            cards={**kept, card: Tries(before + 1, now)},
            wrong=() if full else recent,
            pins_again=now + KIOSK_PAUSE if full else self.pins_again,
        )

    def right_pin(self, card: CardRef) -> Guard:
        return replace(self, cards={each: tries for each, tries in self.cards.items() if each != card})

    def unknown_card(self, now: float) -> Guard:
        recent = (*(each for each in self.unknown if now - each < UNKNOWN_WINDOW), now)
        return replace(self, unknown=recent)

    def tries_left(self, card: CardRef, now: float) -> int:
        """PINs that may still be tried for this card; 0 while the card or the kiosk pauses."""
        if now < self.pins_again:
            return 0
        tries = self.cards.get(card)
        return TRIES if tries is None or now - tries.last >= CARD_PAUSE else max(0, TRIES - tries.wrong)

    def wrong_code(self, now: float) -> Guard:
        return replace(self, codes=(*(each for each in self.codes if now - each < CODES_WINDOW), now))

    def codes_again(self, now: float) -> float:
        """Seconds until a technician's code is asked about; 0 where it is now.

        What is typed meanwhile is not counted: whoever spoils it and goes keeps nobody out for longer than the window.
        """
        recent = [each for each in self.codes if now - each < CODES_WINDOW]
        return recent[-TRIES] + CODES_WINDOW - now if len(recent) >= TRIES else 0.0

    def takes_cards(self, now: float) -> bool:
        return sum(now - each < UNKNOWN_WINDOW for each in self.unknown) < UNKNOWN_CARDS
