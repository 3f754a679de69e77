"""Limit the rate of wrong PINs, unknown cards and technician codes; the counts outlive a visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lending.model import CardRef

TRIES = 5
"""Consecutive wrong PINs for one card before CARD_PAUSE."""
CARD_PAUSE = 15 * 60.0
"""Seconds."""
MANY_TRIES = 10
"""Consecutive wrong PINs after which each further attempt costs LONG_PAUSE."""
LONG_PAUSE = 60 * 60.0
"""Seconds."""
A_DAY = 10
"""Wrong PINs for one card within a day, whether or not correct ones came between."""
DAY = 24 * 60 * 60.0
KIOSK_TRIES = 10
"""Wrong PINs over all cards within KIOSK_WINDOW before KIOSK_PAUSE."""
KIOSK_WINDOW = 10 * 60.0
"""Seconds."""
KIOSK_PAUSE = 5 * 60.0
"""Seconds."""
UNKNOWN_CARDS = 5
UNKNOWN_WINDOW = 60.0
"""Seconds. After UNKNOWN_CARDS within this time, lookups wait until the first of them is older."""

CODES_WINDOW = 5 * 60.0
"""Seconds. After TRIES wrong technician codes within this time, no code is checked."""

NO_ATTEMPTS: Mapping[CardRef, PinAttempts] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PinAttempts:
    """Wrong PINs of one card: their times within a day, and the count since the last correct one."""

    wrong: tuple[float, ...] = ()
    in_a_row: int = 0

    def again(self) -> float:
        """Return the time of the next permitted attempt."""
        last = self.wrong[-1]
        pause = LONG_PAUSE if self.in_a_row >= MANY_TRIES else CARD_PAUSE if self.in_a_row == TRIES else 0.0
        return max(last + pause, self.wrong[-A_DAY] + DAY) if len(self.wrong) >= A_DAY else last + pause

    def remaining(self) -> int:
        """Return how many attempts remain before the next pause."""
        stop = TRIES if self.in_a_row < TRIES else MANY_TRIES
        return max(1, min(stop - self.in_a_row, A_DAY - len(self.wrong)))


@dataclass(frozen=True, slots=True)
class AttemptGuard:
    """Counters of failed attempts. All times are monotonic seconds of the kiosk's clock."""

    cards: Mapping[CardRef, PinAttempts] = field(default_factory=lambda: NO_ATTEMPTS)
    wrong: tuple[float, ...] = ()
    unknown: tuple[float, ...] = ()
    pins_again: float = 0.0
    """Time until which the kiosk checks no PIN, because too many were wrong over all cards."""
    codes: tuple[float, ...] = ()
    """Times of unknown technician codes."""

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
        """Reset the consecutive count of a card; its daily count stays."""
        if card not in self.cards:
            return self
        return replace(self, cards={**self.cards, card: replace(self.cards[card], in_a_row=0)})

    def unknown_card(self, now: float) -> AttemptGuard:
        recent = (*(each for each in self.unknown if now - each < UNKNOWN_WINDOW), now)
        return replace(self, unknown=recent)

    def tries_left(self, card: CardRef, now: float) -> int:
        """Return the PIN attempts left for this card; 0 while the card or the kiosk is paused."""
        if now < self.pins_again:
            return 0
        tries = self._tries(card, now)
        if not tries.wrong:
            return TRIES
        return 0 if now < tries.again() else tries.remaining()

    def wrong_code(self, now: float) -> AttemptGuard:
        return replace(self, codes=(*(each for each in self.codes if now - each < CODES_WINDOW), now))

    def codes_again(self, now: float) -> float:
        """Return the seconds until a technician code is checked again; 0 if one may be entered now.

        Codes entered during the pause are not counted, so failed attempts lock technicians out for one window at most.
        """
        recent = [each for each in self.codes if now - each < CODES_WINDOW]
        return recent[-TRIES] + CODES_WINDOW - now if len(recent) >= TRIES else 0.0

    def takes_cards(self, now: float) -> bool:
        return sum(now - each < UNKNOWN_WINDOW for each in self.unknown) < UNKNOWN_CARDS

    def _tries(self, card: CardRef, now: float) -> PinAttempts:
        return self._of_today(now).get(card, PinAttempts())

    def _of_today(self, now: float) -> dict[CardRef, PinAttempts]:
        """Return the counts without attempts older than a day; a card stays while any of its attempts remains."""
        kept = {
            card: replace(tries, wrong=tuple(each for each in tries.wrong if now - each < DAY))
            for card, tries in self.cards.items()
        }
        return {card: tries for card, tries in kept.items() if tries.wrong}
