"""Reads the tables as the facts that kiosk.domain judges by; never changes a row and never judges."""

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Count, F, Sum

from kiosk.domain import model, policy
from kiosk.domain.model import ItemStatus
from kiosk.hub.catalogue.models import Branch, Item
from kiosk.hub.circulation.models import Card, ClosedDay, Fee, Hold, Library, Loan, Patron, Rule


class NoLibrary(Exception):
    """The hub is empty: nobody has set it up yet."""

    def __init__(self) -> None:
        super().__init__(
            "there is no library yet: add one in the admin, or make the demo library with `kiosk-hub demo`"
        )


def the_library() -> Library:
    """Finds the one library. Raises NoLibrary when nobody has set the hub up."""
    found: Library | None = Library.objects.order_by("pk").first()
    if found is None:
        raise NoLibrary
    return found


def the_policy() -> policy.Policy:
    """Reads rules and calendars as the law that kiosk and hub share."""
    library = the_library()
    return policy.Policy(
        rules=tuple(
            _rule(row) for row in Rule.objects.select_related("category", "item_type", "branch").order_by("pk")
        ),
        timezone=library.timezone,
        calendars=_calendars(),
        offline_cap=library.offline_cap,
        currency=library.currency,
    )


def _rule(row: Rule) -> policy.Rule:
    return policy.Rule(
        category=row.category.code if row.category else policy.ANY,
        item_type=row.item_type.code if row.item_type else policy.ANY,
        branch=row.branch.code if row.branch else policy.ANY,
        days=row.days,
        hours=row.hours,
        limit=row.limit,
        type_limit=row.type_limit,
        renewals=row.renewals,
        fee_threshold=row.fee_threshold,
        reading_room_only=row.reading_room_only,
    )


def _calendars() -> dict[str, policy.Calendar]:
    dates = defaultdict(set)
    for branch, day in ClosedDay.objects.values_list("branch__code", "day"):
        dates[branch].add(day)
    return {
        branch.code: policy.Calendar(frozenset(branch.closed_weekdays), frozenset(dates[branch.code] | dates[None]))
        for branch in Branch.objects.all()
    }


IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
"""Signs of Han, Kana and Hangul: a single one may be a whole given name."""


def masked(name: str) -> str:
    """Shortens a name so that a passer-by learns little: 张** or Ada L.; a last word of one letter is not shown."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1 or IDEOGRAPHS.search(name):
        return f"{words[0][0]}**"
    last = words[-1]
    return f"{words[0]} {last[0]}." if sum(sign.isalpha() for sign in last) > 1 else f"{words[0]} **"


def card_status(patron: Patron, card: Card | None) -> model.CardStatus:
    """Tells whether the card opens the desk; a blocked patron's cards are all blocked."""
    if card is not None and card.status != Card.Status.ACTIVE:
        return model.CardStatus(card.status)
    return model.CardStatus.BLOCKED if patron.status == Patron.Status.BLOCKED else model.CardStatus.ACTIVE


def patron_facts(patron: Patron, card: Card | None = None) -> model.Patron:
    """Gathers what a kiosk may know of the patron; without a card (at the staff desk) only her own status counts."""
    return patrons_facts([(patron, card)])[0]


def patrons_facts(known: Iterable[tuple[Patron, Card | None]]) -> list[model.Patron]:
    """Gathers the facts of many patrons with two queries in all."""
    wanted = list(known)
    patrons = {patron.pk for patron, _card in wanted}
    owed: dict[int, Decimal] = dict(
        Fee.objects.filter(patron__in=patrons, paid__lt=F("amount"))
        .order_by()
        .values_list("patron_id")
        .annotate(owed=Sum(F("amount") - F("paid")))
    )
    loans: defaultdict[int, dict[str, int]] = defaultdict(dict)
    counted = Loan.objects.filter(patron__in=patrons, state=Loan.State.ON_LOAN).order_by()
    for patron_id, kind, count in counted.values_list("patron_id", "item__type__code").annotate(count=Count("id")):
        loans[patron_id][kind] = count
    return [_patron(patron, card, owed.get(patron.pk, Decimal(0)), loans.get(patron.pk, {})) for patron, card in wanted]


def _patron(patron: Patron, card: Card | None, owed: Decimal, loans: dict[str, int]) -> model.Patron:
    return model.Patron(
        ref=model.PatronRef(patron.ref),
        category=patron.category.code,
        card=card_status(patron, card),
        expires=patron.expires,
        fees=owed,
        loans=loans,
        name=masked(patron.name),
        last4=patron.identifier[-4:],
        language=patron.language,
    )


def item_facts(item: Item) -> model.Item:
    """Gathers what a kiosk may know of the item."""
    return items_facts([item])[0]


def items_facts(items: Iterable[Item]) -> list[model.Item]:
    """Gathers the facts of many items with three queries in all."""
    wanted = list(items)
    loans = {
        loan.item_id: loan
        for loan in Loan.objects.filter(item__in=wanted, state__in=Loan.OPEN).select_related("patron")
    }
    ready = dict(Hold.objects.filter(item__in=wanted, state=Hold.State.READY).values_list("item_id", "patron__ref"))
    waiting = dict(
        Hold.objects.filter(title__in={item.title_id for item in wanted}, state=Hold.State.WAITING)
        .order_by()
        .values_list("title_id")
        .annotate(count=Count("id"))
    )
    return [_item(item, loans.get(item.pk), ready.get(item.pk), waiting.get(item.title_id, 0)) for item in wanted]


def _item(item: Item, loan: Loan | None, reserved_for: str | None, waiting: int) -> model.Item:
    return model.Item(
        id=model.ItemId(item.barcode),
        title=item.title.title,
        author=item.title.author,
        call_number=item.call_number or item.title.call_number,
        subject=item.title.subject,
        type=item.type.code,
        branch=item.branch.code,
        status=_status(item, loan, reserved_for),
        holder=model.PatronRef(loan.patron.ref) if loan else None,
        due=loan.due if loan else None,
        renewals=loan.renewals if loan else 0,
        waiting=waiting,
        reserved_for=model.PatronRef(reserved_for) if reserved_for else None,
    )


def _status(item: Item, loan: Loan | None, reserved_for: str | None) -> ItemStatus:
    if loan is not None and loan.state == Loan.State.HANDED_IN:
        return ItemStatus.HANDED_IN
    if item.condition == Item.Condition.LOST:
        return ItemStatus.LOST
    if loan is not None:
        return ItemStatus.ON_LOAN
    return ItemStatus.ON_HOLD_SHELF if reserved_for else ItemStatus.ON_SHELF
