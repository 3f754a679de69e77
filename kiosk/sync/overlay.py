"""Lays what was agreed at this kiosk over what the central or the snapshot says; knows neither of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from kiosk.domain.model import Account, CardRef, Item, ItemId, ItemStatus, Patron, PatronRef
from kiosk.domain.transactions import Act, Checkin, Checkout, Renew, ReturnMode, Undo
from kiosk.sync.ledger import Agreed


def standing(agreed: Sequence[Agreed]) -> Sequence[Act]:
    """What still holds, in order: an act that is taken back falls out together with its Undo.

    An Undo of something older stays: it takes back what the facts beneath already show.
    """
    undone = {each.act.of for each in agreed if isinstance(each.act, Undo)}
    here = {each.id for each in agreed}
    acts: list[Act] = []
    for each in agreed:
        match each.act:
            case Undo(of=of):
                if of not in here and isinstance(each.undoes, Checkout):
                    acts.append(Checkin(each.undoes.item, ReturnMode.TRUSTED))
            case act:
                if each.id not in undone:
                    acts.append(act)
    return acts


def item_over(item: Item, acts: Sequence[Act], holder: Callable[[CardRef], PatronRef]) -> Item:
    """The item after the acts. `holder` names the patron behind a card."""
    for act in acts:
        if isinstance(act, Undo) or act.item != item.id:
            continue
        match act:
            case Checkout(card=card, due=due):
                who = holder(card)
                if item.status is not ItemStatus.ON_LOAN or item.holder != who:
                    item = replace(item, status=ItemStatus.ON_LOAN, holder=who, due=due, renewals=0, reserved_for=None)
            case Checkin(mode=ReturnMode.TRUSTED):
                item = replace(item, status=ItemStatus.ON_SHELF, holder=None, due=None, renewals=0)
            case Checkin():
                item = replace(item, status=ItemStatus.HANDED_IN)
            case Renew(due=due):
                if item.due is None or due > item.due:
                    item = replace(item, due=due, renewals=item.renewals + 1)
            case _:
                assert_never(act)
    return item


def account_over(
    account: Account,
    card: CardRef,
    acts: Sequence[Act],
    queued: Sequence[Act],
    look: Callable[[ItemId], Item | None],
    holder: Callable[[CardRef], PatronRef],
) -> Account:
    """The account after the acts: her loans, how many of each type count, and how many of them are only promised.

    `card` is the one she shows now; `holder` names the patron behind any other, for she has two numbers. `queued` are
    those of the acts that the central does not have; `look` finds an item's title and type.
    """
    patron = account.patron

    def whose(other: CardRef) -> PatronRef:
        return patron.ref if other == card else holder(other)

    before = {item.id: item for item in account.loans if item.status is ItemStatus.ON_LOAN}
    after = dict(before)
    for item in dict.fromkeys(act.item for act in acts if not isinstance(act, Undo)):
        base = before.get(item) or replace(look(item) or Item(item), status=ItemStatus.ON_SHELF, holder=None)
        now = item_over(base, acts, whose)
        after.pop(item, None)
        if now.status is ItemStatus.ON_LOAN and now.holder == patron.ref:
            after[item] = now
    lent = {act.item for act in queued if isinstance(act, Checkout) and whose(act.card) == patron.ref}
    counted = replace(_counted(patron, before, after), promised=len(lent & after.keys()))
    return replace(account, patron=counted, loans=tuple(after.values()))


def _counted(patron: Patron, before: Mapping[ItemId, Item], after: Mapping[ItemId, Item]) -> Patron:
    loans = dict(patron.loans)
    for gone in before.keys() - after.keys():
        kind = before[gone].type
        loans[kind] = max(0, loans.get(kind, 0) - 1)
    for new in after.keys() - before.keys():
        kind = after[new].type
        loans[kind] = loans.get(kind, 0) + 1
    return replace(patron, loans=MappingProxyType(loans))
