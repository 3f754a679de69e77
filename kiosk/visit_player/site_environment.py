"""Play a visit on a library's own set-up: use only what `[acceptance]` names, and undo its loans."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.central import Central, CentralUnavailable
from kiosk.config import Config
from kiosk.system.clock import SystemClock
from kiosk.system.control_socket import CommandRefused, KioskSilent
from kiosk.visit_player.environment import Hands, Impossible
from kiosk.visit_player.library import ScriptNumbers, VisitLibrary
from kiosk.visit_player.script import Press, Visit
from kiosk.wiring.connections import open_central
from lending.model import Account, Hold, Item, ItemId, ItemStatus, PatronRef
from lending.transactions import ClockTrust

UNTOLD = "the central does not tell by which transaction a loan was made, nor what is in its exception desk"


def strangers(visit: Visit, config: Config) -> list[str]:
    """Return what a visit mentions and `[acceptance]` does not.

    A label that is not a number of this library is harmless.
    """
    allowed = config.acceptance
    kinds = (config.numbers.item.kind, config.numbers.card.kind)
    mentioned = ScriptNumbers.from_verbs(visit.verbs)
    numbers = [each for each in mentioned.labels if any(kind.matches(each) for kind in kinds)]
    cards = [f"card {each}" for each in mentioned.cards if each not in allowed.patrons]
    labels = [f"number {each}" for each in numbers if each not in (*allowed.patrons, *allowed.items)]
    return cards + labels


def _renews_strangers(visit: Visit, before: AccountState) -> list[str]:
    """Return the loans that a visit would renew without naming them."""
    every = any(isinstance(verb, Press) and verb.name == "renew_all" for verb in visit.verbs)
    meant = before.mentioned_patrons(ScriptNumbers.from_verbs(visit.verbs)) if every else ()
    return [barcode for ref in meant for barcode in before.strange_loans(ref)]


@dataclass(frozen=True, slots=True)
class SiteEnvironment:
    """A library's own kiosk and central."""

    file: Path
    config: Config
    central: Central
    before: AccountState
    """State of everything in `[acceptance]` before the visit."""
    library: VisitLibrary = field(default_factory=VisitLibrary)
    trust: ClockTrust = ClockTrust.UNKNOWN
    """A visit's `wait` moves only the kiosk's clock: the library's central must use its own."""

    async def refuse_next(self) -> None:
        raise Impossible("central = refuses: only the demo mode of our hub can refuse on request")

    async def set_clock(self, now: str) -> None:
        """Do nothing: a library's central keeps its own time."""

    async def read_back(self, mentioned: ScriptNumbers) -> dict[str, Any]:
        try:
            now = await read_state(self.central, self.config)
        except CentralUnavailable as away:
            return {"loans": [], "exceptions": [], "untold": f"the central is away: {away}"}
        items = {each: now.items[each] for each in self._permitted_items(mentioned)}
        loans = [
            self._loan(now.number_of(ref), item, "on_loan")
            for ref, account in now.accounts.items()
            for item in account.loans
            if item.id in items or (item.id in now.items and ref in now.mentioned_patrons(mentioned))
        ]
        handed_in = [item for item in items.values() if item and item.status is ItemStatus.HANDED_IN]
        return {
            "loans": loans + [self._loan(None, item, "handed_in") for item in handed_in],
            "exceptions": [],
            "items": {barcode: item.status.value if item else "unknown" for barcode, item in items.items()},
            "patrons": {loan["patron"]: now.numbers[loan["patron"]] for loan in loans},
            "untold": UNTOLD,
        }

    def _loan(self, patron: str | None, item: Item, state: str) -> dict[str, Any]:
        due = item.due.astimezone(ZoneInfo(self.config.library.timezone)).date().isoformat() if item.due else None
        return {"patron": patron, "item": item.id, "due": due, "transaction": None, "state": state}

    def _permitted_items(self, mentioned: ScriptNumbers) -> list[str]:
        return [each for each in self.config.acceptance.items if each in mentioned.labels]

    async def undo(self, hands: Hands, mentioned: ScriptNumbers) -> tuple[list[str], list[str]]:
        left: list[str] = []
        try:
            if waiting := await hands.empty_queue():
                left.append(f"{waiting} transactions wait in the kiosk's journal and will reach the central later")
        except KioskSilent:
            left.append("the kiosk is gone: what waits in its journal will reach the central when it runs again")
        given = []
        for barcode in self._permitted_items(mentioned):
            match await self._give_back(hands, barcode):
                case str() as fault:
                    left.append(f"{barcode}: it could not be given back: {fault}")
                case True:
                    given.append(barcode)
        left += await self._set_aside(hands)
        try:
            after = await read_state(self.central, self.config)
        except CentralUnavailable as away:
            return [], [*left, f"the central is away: cannot check what was restored: {away}"]
        undone = [barcode for barcode in given if after.items[barcode] == self.before.items[barcode]]
        return undone, [*left, *differences(self.before, after)]

    async def _give_back(self, hands: Hands, barcode: str) -> str | bool:
        """Return an item. True if it was returned, False if it need not be, else the failure."""
        try:
            now = await self.central.item(ItemId(barcode))
            if not (now and now.status in OUT and _was_free(self.before.items[barcode])):
                return False
            if now.status is ItemStatus.ON_LOAN and not await self._is_ours(now):
                return "another patron has it on loan by now"
            await hands.give_back(barcode)
        except (CentralUnavailable, KioskSilent, CommandRefused) as error:
            return str(error)
        return True

    async def _is_ours(self, item: Item) -> bool:
        """Return True if a patron of `[acceptance]` has the item; some systems list loans by title only."""
        if item.holder is not None:
            return item.holder in self.before.accounts
        now = await read_state(self.central, self.config)
        return any(loan.id in (item.id, item.title) for account in now.accounts.values() for loan in account.loans)

    async def _set_aside(self, hands: Hands) -> list[str]:
        try:
            cases = await hands.set_aside()
        except KioskSilent:
            return ["the kiosk is gone: cannot check what the central has set aside"]
        return [f"{cases} transactions of the visit are at the exception desk: staff have to resolve them"] * bool(
            cases
        )


OUT = (ItemStatus.ON_LOAN, ItemStatus.HANDED_IN)


def _was_free(item: Item | None) -> bool:
    return item is not None and item.status not in OUT


@asynccontextmanager
async def own_ground(file: Path, config: Config, visit: Visit) -> AsyncIterator[SiteEnvironment]:
    """Read the state of everything in `[acceptance]` and open the environment.

    Raises:
        Impossible: The central does not answer, or the visit would renew loans that are not named.
    """
    central = open_central(config, SystemClock())
    try:
        before = await read_state(central, config)
        if strange := _renews_strangers(visit, before):
            raise Impossible(f"renew_all would renew {', '.join(strange)} too, which [acceptance] does not name")
        yield SiteEnvironment(file, config, central, before)
    except CentralUnavailable as away:
        raise Impossible(f"the central at {config.central.address} does not answer: {away}") from away
    finally:
        central.close()


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
