"""Identify library cards by a keyed hash of their number; the key is in the state directory."""

import hashlib
import hmac

from django.conf import settings

from hub.circulation.models import Card, Library, Patron
from hub.core.state_directory import secret
from lending.model import CardRef


class WrongCardKey(Exception):
    """The key in the state directory is not the one with which the cards in this database were hashed."""

    def __init__(self) -> None:
        super().__init__(
            f"{settings.STATE}/card_key is not the key of this database's cards: restore the right file, "
            "or no card will be recognised"
        )


def card_key() -> str:
    """Return the library's card key, 256 bits in hex; create it at the first call."""
    return secret("card_key", settings.STATE)


def hash_number(number: str) -> CardRef:
    """Return the card hash of a card number: a UID in upper-case hex, or the number printed on the card."""
    return CardRef(hmac.new(bytes.fromhex(card_key()), number.encode(), hashlib.sha256).hexdigest())


def hold_fast(library: Library) -> None:
    """Record at the first call which key the cards are hashed with.

    Raises:
        WrongCardKey: The key has changed since.
    """
    check = hash_number("card key check")
    if not library.card_key_check:
        library.card_key_check = check
        library.save(update_fields=("card_key_check",))
    elif library.card_key_check != check:
        raise WrongCardKey


def enrol(patron: Patron, number: str, status: str = "active") -> Card:
    """Give the patron a card by one of its numbers.

    A card has one row for its UID and one for its printed number.
    """
    return Card.objects.create(patron=patron, hash=hash_number(number), last4=number[-4:], status=status)


def enrol_hashed(patron: Patron, card: CardRef) -> Card:
    """Give the patron a card of which a kiosk sent only the hash.

    The last digits of its number are unknown.
    """
    return Card.objects.create(patron=patron, hash=card, last4="")


def holder_of(number: str) -> Patron | None:
    """Return the patron whose card has the number, or None."""
    card = Card.objects.select_related("patron").filter(hash=hash_number(number)).first()
    return card.patron if card else None
