"""Give patrons, cards and items the next number of their series, each number once.

Source: ISO/IEC 7812-1, annex B, for the Luhn check digit (mod 10).
"""

from __future__ import annotations

from hub.catalogue import display
from hub.catalogue.models import Item
from hub.circulation.cards import hash_number
from hub.circulation.models import Card, NumberSeries, Patron
from hub.core.retrying_transaction import atomic

AT_ONCE = 200
"""Numbers of which one query asks whether they are free: an import may have used many."""


def luhn_digit(digits: str) -> str:
    """Return the digit that makes a number valid."""
    total = 0
    for place, each in enumerate(reversed(digits)):
        value = int(each) * (1 if place % 2 else 2)
        total += value - 9 * (value > 9)
    return str(-total % 10)


def format_number(series: NumberSeries, number: int) -> str:
    """Return the number with prefix, leading zeros and check digit; empty if it is too long for the series."""
    has_check = series.check_digit == NumberSeries.Check.LUHN
    room = series.length - len(series.prefix) - has_check
    digits = f"{number:0{max(room, 1)}d}"
    if len(digits) > room:
        return ""
    body = series.prefix + digits
    return body + luhn_digit(body) if has_check else body


def last_given(series: NumberSeries, before: NumberSeries) -> int:
    """Return the highest number that a changed series must not give, because `before` gave its text or a later one.

    Without its check digit, 13 and the digit 4 would be given again as 134.
    """
    text = format_number(before, before.last_given)
    digits = text[len(series.prefix) : len(text) - (series.check_digit == NumberSeries.Check.LUHN)]
    is_alike = before.last_given and len(text) == series.length and text.startswith(series.prefix) and digits.isdigit()
    return max(before.last_given, int(digits) if is_alike else 0)


def is_on(kind: NumberSeries.Kind) -> bool:
    """Return whether the library has numbers of this kind given by the hub."""
    return bool(NumberSeries.objects.filter(kind=kind, is_on=True).exists())


def upcoming_number(series: NumberSeries) -> str:
    """Return the number that the series would give next; empty if it is used up."""
    return _next_free(series)[1]


@atomic
def take(kind: NumberSeries.Kind) -> str:
    """Return the next number and never give it again; empty if the series is off or used up."""
    series = NumberSeries.objects.select_for_update().filter(kind=kind, is_on=True).first()
    if series is None:
        return ""
    number, text = _next_free(series)
    if text:
        series.last_given, series.next_number = number, number + 1
        series.save(update_fields=("last_given", "next_number"))
    return text


def _next_free(series: NumberSeries) -> tuple[int, str]:
    number = series.next_number
    while True:
        texts = [text for each in range(number, number + AT_ONCE) if (text := format_number(series, each))]
        taken = _used_numbers(series.kind, texts)
        for text in texts:
            if text not in taken:
                return number, text
            number += 1
        if len(texts) < AT_ONCE:
            return number, ""


def _used_numbers(kind: str, texts: list[str]) -> set[str]:
    """Return the numbers that something has. A barcode that reads as an ISBN is none for an item."""
    if kind == NumberSeries.Kind.ITEM:
        taken = set(Item.objects.filter(barcode__in=texts).values_list("barcode", flat=True))
        return taken | {each for each in texts if display.isbn13(each)}
    hashes = {hash_number(each): each for each in texts}
    cards = Card.objects.filter(hash__in=hashes).values_list("hash", flat=True)
    patrons = Patron.objects.filter(identifier__in=texts).values_list("identifier", flat=True)
    return {hashes[each] for each in cards} | set(patrons)
