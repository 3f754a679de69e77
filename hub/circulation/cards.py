"""Knows cards by their keyed hashes; the key lives in the state directory, and no card's number is kept anywhere."""

import hashlib
import hmac

from django.conf import settings

from hub.circulation.models import Card, Library, Patron
from hub.core.state_directory import secret
from lending.model import CardRef


class WrongCardKey(Exception):
    """The key in the state directory is not the one that this database's cards were hashed with."""

    def __init__(self) -> None:
        super().__init__(
            f"{settings.STATE}/card_key is not the key of this database's cards: put the right file back, "
            "or no card will be known"
        )


def card_key() -> str:
    """Reads the library's card key, 256 bits in hex; makes it at the first call."""
    return secret("card_key", settings.STATE)


def hashed(number: str) -> CardRef:
    """The card hash of a card number: a UID in upper-case hex, or the number on the card."""
    return CardRef(hmac.new(bytes.fromhex(card_key()), number.encode(), hashlib.sha256).hexdigest())


def hold_fast(library: Library) -> None:
    """Notes at the first call which key the cards are hashed with. Raises WrongCardKey when it is another one now."""
    check = hashed("card key check")
    if not library.card_key_check:
        library.card_key_check = check
        library.save(update_fields=("card_key_check",))
    elif library.card_key_check != check:
        raise WrongCardKey


def enrol(patron: Patron, number: str, status: str = "active") -> Card:
    """Gives the patron a card by one of its numbers; a card has one row for its UID and one for the number on it."""
    card: Card = Card.objects.create(patron=patron, hash=hashed(number), last4=number[-4:], status=status)
    return card


def enrol_hashed(patron: Patron, card: CardRef) -> Card:
    """The same with a card of which a kiosk told the hash alone: nobody knows how its number ends."""
    made: Card = Card.objects.create(patron=patron, hash=card, last4="")
    return made


def taken_by(number: str) -> Patron | None:
    """Finds whose card has the number."""
    card = Card.objects.select_related("patron").filter(hash=hashed(number)).first()
    patron: Patron | None = card.patron if card else None
    return patron
