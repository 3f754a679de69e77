"""Find the patron, item or title for scanned or typed text, and the transactions of a visit from a receipt code."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from hub.catalogue.models import Item, Title
from hub.circulation import anonymisation
from hub.circulation.cards import hash_number
from hub.circulation.models import Card, Patron, Transaction
from lending import wire
from lending.model import Block, Reason
from lending.transactions import Act, Checkout, Renew

NUMBER = re.compile(r"[0-9]{5,}|[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20}")
"""Forms of scanned numbers: a barcode, a patron number, or a card UID of 4, 7 or 10 bytes."""
TOLD = re.compile(r"[Tt](?: ?[0-9]{3}){3}")
"""Form of the number that a kiosk shows at registration, also in its groups of three digits."""
MOST = 6
"""Choices of one kind that fit on the screen."""


@dataclass(frozen=True, slots=True)
class IdentifiedPatron:
    """A patron as identified by card, or by number or name if `card` is None."""

    patron: Patron
    card: Card | None = None


def is_number(text: str) -> bool:
    """Return whether the text is a scanned number rather than typed words; a scan contains no blank."""
    return NUMBER.fullmatch(text) is not None and any(sign.isdigit() for sign in text)


def patron_met(text: str) -> IdentifiedPatron | Block:
    """Find the patron by identifier or card number; a lost or blocked card is refused."""
    patron = Patron.objects.select_related("category").filter(identifier=text).first()
    if patron is not None:
        return IdentifiedPatron(patron)
    numbers = {hash_number(text), hash_number(text.upper())}
    card = Card.objects.select_related("patron__category").filter(hash__in=numbers).first()
    if card is None:
        return Block(Reason.UNKNOWN_CARD)
    match card.status:
        case Card.Status.LOST:
            return Block(Reason.CARD_LOST)
        case Card.Status.BLOCKED:
            return Block(Reason.CARD_BLOCKED)
        case _:
            return IdentifiedPatron(card.patron, card)


def looks_like_item(text: str) -> bool:
    """Return whether an unknown number looks like this library's item labels rather than like its cards."""
    alike = Q(barcode__startswith=text[:1], barcode__regex=rf"^.{{{len(text)}}}$")
    return Item.objects.filter(alike).exists()


def has(fields: tuple[str, ...], word: str) -> Q:
    """Return a filter for the word in any of the fields, in either case.

    SQLite folds the case of Latin letters only, so each spelling is tried.
    """
    asked = Q()
    for field in fields:
        for spelling in {word, word.lower(), word.upper(), word.capitalize()}:
            asked |= Q(**{f"{field}__icontains": spelling})
    return asked


def patrons_named(words: str) -> "QuerySet[Patron]":
    """Find patrons whose name contains all the words, or whose number begins or ends with them."""
    found = Patron.objects.select_related("category").order_by("name", "pk")
    if TOLD.fullmatch(words):
        return found.filter(identifier=words.upper().replace(" ", ""))
    if words.isdigit():
        return found.filter(Q(identifier__startswith=words) | Q(identifier__endswith=words))
    for word in words.split():
        found = found.filter(has(("name",), word))
    return found


def patrons_searched(words: str) -> "QuerySet[Patron]":
    """Find patrons by name, number or card, for a list to choose from; leave out the anonymous patron."""
    met = patron_by_number(words) if is_number(words) else None
    if met is not None:
        return Patron.objects.filter(pk=met.pk).select_related("category")
    return patrons_named(words).exclude(identifier__startswith=anonymisation.NUMBER)


def items_named(words: str) -> "QuerySet[Item]":
    """Find items whose barcode begins with the text, or whose title or author contains all the words."""
    found = Item.objects.select_related("title", "type", "branch").order_by("title__title", "barcode")
    if is_number(words):
        return found.filter(barcode__startswith=words)
    for word in words.split():
        found = found.filter(has(("title__title", "title__author"), word))
    return found


def titles_named(words: str) -> "QuerySet[Title]":
    """Find titles whose title or author contains all the words."""
    found = Title.objects.order_by("title")
    for word in words.split():
        found = found.filter(has(("title", "author"), word))
    return found


def format_receipt_code(code: str) -> str:
    """Format a receipt code as printed on the receipt."""
    return f"{code[:3]} {code[3:]}"


def patron_by_number(text: str) -> Patron | None:
    """Find the patron by identifier or by any card, also a lost or blocked one.

    For opening the patron's page, not for lending to the patron.
    """
    card = Card.objects.select_related("patron").filter(hash__in={hash_number(text), hash_number(text.upper())}).first()
    return Patron.objects.filter(identifier=text).first() or (card.patron if card else None)


BETWEEN = timedelta(minutes=5)
"""Longest pause within a visit: an untouched kiosk returns to its start screen long before."""


MOST_ROWS = 200
"""Rows examined before the code's row; more than a patron can carry."""


def rows_up_to(last: Transaction) -> list[tuple[Transaction, Act | None]]:
    """Return the rows of the visit that ends with this one, oldest first.

    Go back from it at the same kiosk, since its same start, until another patron's card or a pause: a row contains
    neither where a visit began nor, for a return, its patron.
    """
    before = Transaction.objects.filter(kiosk=last.kiosk_id, journal=last.journal, boot=last.boot, seq__lte=last.seq)
    found: list[tuple[Transaction, Act | None]] = []
    card, mono_ns = None, last.mono_ns
    for row in before.order_by("-seq")[:MOST_ROWS]:
        act = _act(row)
        named = act.card if isinstance(act, Checkout | Renew) else None
        pause = timedelta(microseconds=(mono_ns - row.mono_ns) / 1000)
        if pause > BETWEEN or (card and named and named != card):
            break
        card, mono_ns = card or named, row.mono_ns
        found.append((row, act))
    return found[::-1]


def _act(row: Transaction) -> Act | None:
    try:
        return wire.decode(row.kind, row.body)
    except wire.UnreadableAct:
        return None
