"""Read the state of the items and patrons in `[acceptance]`, and compare it before and after a visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kiosk.central import Central
from kiosk.config.models import Config
from kiosk.visit_player.library import ScriptNumbers
from lending.model import Account, Hold, Item, ItemId, ItemStatus, PatronRef


@dataclass(frozen=True, slots=True)
class AccountState:
    """State of the items and patrons at one moment."""

    items: Mapping[str, Item | None]
    numbers: Mapping[str, PatronRef]
    """Patron of each number in `[acceptance]`."""
    accounts: Mapping[PatronRef, Account]

    def number_of(self, ref: PatronRef | None) -> str | None:
        """Return the patron's first number in `[acceptance]`, or None."""
        return next((number for number, each in self.numbers.items() if each == ref), None)

    def mentioned_patrons(self, mentioned: ScriptNumbers) -> set[PatronRef]:
        """Return the patrons whose numbers a visit mentions."""
        known = mentioned.cards | mentioned.labels
        return {ref for number, ref in self.numbers.items() if number in known}

    def strange_loans(self, ref: PatronRef) -> dict[str, Item]:
        """Return the patron's loans that `[acceptance]` does not name."""
        account = self.accounts.get(ref)
        return {item.id: item for item in account.loans if item.id not in self.items} if account else {}


async def read_state(central: Central, config: Config) -> AccountState:
    """Read the state from the central. Raises CentralUnavailable."""
    numbers: dict[str, PatronRef] = {}
    accounts: dict[PatronRef, Account] = {}
    for number in config.acceptance.patrons:
        account = await central.account(central.reference(number))
        if isinstance(account, Account):
            numbers[number] = account.patron.ref
            accounts[account.patron.ref] = account
    items = {each: await central.item(ItemId(each)) for each in config.acceptance.items}
    return AccountState(items, numbers, accounts)


def differences(before: AccountState, after: AccountState) -> Iterator[str]:
    """Yield a sentence for every difference between the two states."""
    for barcode, item in before.items.items():
        now = after.items[barcode]
        if now != item:
            yield f"{barcode}: it was {_describe_item(item, before)} and is now {_describe_item(now, after)}"
    for ref in dict.fromkeys([*before.accounts, *after.accounts]):
        yield from _of_patron(ref, before, after)


def _of_patron(ref: PatronRef, before: AccountState, after: AccountState) -> Iterator[str]:
    number = before.number_of(ref) or after.number_of(ref)
    was, now = before.accounts.get(ref), after.accounts.get(ref)
    if was is None or now is None:
        yield f"{number}: the central {'did not know' if was is None else 'no longer knows'} this patron"
        return
    had, has = before.strange_loans(ref), after.strange_loans(ref)
    for barcode in dict.fromkeys([*had, *has]):
        first, last = had.get(barcode), has.get(barcode)
        if first != last:
            said = f"it was {_loan(first, before)} and is now {_loan(last, after)}"
            yield f"{barcode}, which [acceptance] does not name, of {number}: {said}"
    if was.patron.fees != now.patron.fees:
        yield f"{number}: the fees were {was.patron.fees:.2f} and are now {now.patron.fees:.2f}"
    if was.holds != now.holds:
        yield f"{number}: the holds were {_holds(was.holds)} and are now {_holds(now.holds)}"


def _loan(item: Item | None, at: AccountState) -> str:
    return _describe_item(item, at) if item else "not on loan to the patron"


def _holds(holds: tuple[Hold, ...]) -> str:
    return ", ".join(f"{each.title} ({'ready' if each.ready else 'waiting'})" for each in holds) or "none"


def _describe_item(item: Item | None, at: AccountState) -> str:
    if item is None:
        return "unknown"
    said = item.status.value.replace("_", " ")
    if item.holder is not None:
        by = "by" if item.status is ItemStatus.HANDED_IN else "to"
        said += f" {by} {at.number_of(item.holder) or 'another patron'}"
    if item.due is not None:
        said += f", due {item.due:%Y-%m-%d %H:%M}"
    if item.holder is not None:
        said += f", renewed {item.renewals} times"
    if item.waiting:
        said += f", {item.waiting} waiting for it"
    if item.reserved_for is not None:
        said += f", held for {at.number_of(item.reserved_for) or 'another patron'}"
    return said
