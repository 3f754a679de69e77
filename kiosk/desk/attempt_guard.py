"""Counts wrong PINs and unknown cards and says when to pause; outlives a visit, and knows no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lending.model import CardRef

TRIES = 5
"""Wrong PINs in a row for one card."""
CARD_PAUSE = 15 * 60.0
MANY_TRIES = 10
"""So many in a row, whatever the time between: from then on each costs the long pause."""
LONG_PAUSE = 60 * 60.0
A_DAY = 10
"""Wrong PINs for one card within a day, right ones between them or not."""
DAY = 24 * 60 * 60.0
KIOSK_TRIES = 10
KIOSK_WINDOW = 10 * 60.0
KIOSK_PAUSE = 5 * 60.0
UNKNOWN_CARDS = 5
UNKNOWN_WINDOW = 60.0
"""So many in so many seconds: the next card is asked about when the first of them is longer ago."""

CODES_WINDOW = 5 * 60.0
"""After TRIES wrong codes of technicians within it none is asked about."""

NOBODY: Mapping[CardRef, PinAttempts] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PinAttempts:
    """The wrong PINs of one card: when they came, within a day, and how many of them since the last right one."""

    wrong: tuple[float, ...] = ()
    in_a_row: int = 0

    def again(self) -> float:
        """When the next one may be tried."""
        last = self.wrong[-1]
        pause = LONG_PAUSE if self.in_a_row >= MANY_TRIES else CARD_PAUSE if self.in_a_row == TRIES else 0.0
        return max(last + pause, self.wrong[-A_DAY] + DAY) if len(self.wrong) >= A_DAY else last + pause

    def left(self) -> int:
        """How many may follow at once, when one may be tried."""
        stop = TRIES if self.in_a_row < TRIES else MANY_TRIES
        return max(1, min(stop - self.in_a_row, A_DAY - len(self.wrong)))


@dataclass(frozen=True, slots=True)
class AttemptGuard:
    """All times are the clock's monotonic seconds."""

    cards: Mapping[CardRef, PinAttempts] = field(default_factory=lambda: NOBODY)
    wrong: tuple[float, ...] = ()
    unknown: tuple[float, ...] = ()
    pins_again: float = 0.0
    """While the kiosk pauses no PIN is asked for: too many were wrong, whosever."""
    codes: tuple[float, ...] = ()
    """Technicians' codes that were nobody's."""

    def wrong_pin(self, card: CardRef, now: float) -> AttemptGuard:
        before = self._tries(card, now)
        recent = (*(each for each in self.wrong if now - each < KIOSK_WINDOW), now)
        full = len(recent) >= KIOSK_TRIES
        return replace(
            self,
            cards={**self._of_today(now), card: PinAttempts((*before.wrong, now), before.in_a_row + 1)},
            wrong=() if full else recent,
            pins_again=now + KIOSK_PAUSE if full else self.pins_again,
        )

    def right_pin(self, card: CardRef) -> AttemptGuard:
        """It begins the row anew; what the day allows stays used up."""
        if card not in self.cards:
            return self
        return replace(self, cards={**self.cards, card: replace(self.cards[card], in_a_row=0)})

    def unknown_card(self, now: float) -> AttemptGuard:
        recent = (*(each for each in self.unknown if now - each < UNKNOWN_WINDOW), now)
        return replace(self, unknown=recent)

    def tries_left(self, card: CardRef, now: float) -> int:
        """PINs that may still be tried for this card; 0 while the card or the kiosk pauses."""
        if now < self.pins_again:
            return 0
        tries = self._tries(card, now)
        if not tries.wrong:
            return TRIES
        return 0 if now < tries.again() else tries.left()

    def wrong_code(self, now: float) -> AttemptGuard:
        return replace(self, codes=(*(each for each in self.codes if now - each < CODES_WINDOW), now))

    def codes_again(self, now: float) -> float:
        """Seconds until a technician's code is asked about; 0 where it is now.

        What is typed meanwhile is not counted: whoever spoils it and goes keeps nobody out for longer than the window.
        """
        recent = [each for each in self.codes if now - each < CODES_WINDOW]
        return recent[-TRIES] + CODES_WINDOW - now if len(recent) >= TRIES else 0.0

    def takes_cards(self, now: float) -> bool:
        return sum(now - each < UNKNOWN_WINDOW for each in self.unknown) < UNKNOWN_CARDS

    def _tries(self, card: CardRef, now: float) -> PinAttempts:
        return self._of_today(now).get(card, PinAttempts())

    def _of_today(self, now: float) -> dict[CardRef, PinAttempts]:
        """Without what is a day old. A row that began earlier goes on while any of it is of today."""
        kept = {
            card: replace(tries, wrong=tuple(each for each in tries.wrong if now - each < DAY))
            for card, tries in self.cards.items()
        }
        return {card: tries for card, tries in kept.items() if tries.wrong}
