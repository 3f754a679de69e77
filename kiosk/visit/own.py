"""A library's own set-up as the ground of a visit: uses only what [acceptance] names and takes its loans back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.config import Config
from kiosk.control import CommandRefused, KioskSilent
from kiosk.domain.model import Account, Item, ItemId, ItemStatus, PatronRef
from kiosk.domain.transactions import Trust
from kiosk.sync.central import Central, CentralAway
from kiosk.sync.rest import RestCentral
from kiosk.visit.ground import Hands, Impossible
from kiosk.visit.library import Library, Mentioned
from kiosk.visit.script import Visit

UNTOLD = "the central does not tell by which transaction a loan was made, nor what is in its exception desk"


def strangers(visit: Visit, config: Config) -> list[str]:
    """What a visit names that [acceptance] does not; a label that is no number of this library harms nobody."""
    allowed = config.acceptance
    kinds = (config.numbers.item.kind, config.numbers.card.kind)
    mentioned = Mentioned.by(visit.verbs)
    numbers = [each for each in mentioned.labels if any(kind.matches(each) for kind in kinds)]
    cards = [f"card {each}" for each in mentioned.cards if each not in allowed.patrons]
    labels = [f"number {each}" for each in numbers if each not in (*allowed.patrons, *allowed.items)]
    return cards + labels


@dataclass(frozen=True, slots=True)
class OwnGround:
    file: Path
    config: Config
    central: Central
    before: dict[str, Item | None] = field(default_factory=dict)
    """How each item of [acceptance] stood before the visit."""
    library: Library = field(default_factory=Library)
    trust: Trust = Trust.UNKNOWN
    """A visit's `wait` moves the kiosk's clock alone: the library's central must date by its own."""

    async def refuse_next(self) -> None:
        raise Impossible("central = refuses: only our own hub's demo mode can be told to refuse")

    async def set_clock(self, now: str) -> None:
        """A library's central keeps its own time."""

    async def read_back(self, mentioned: Mentioned) -> dict[str, Any]:
        loans: list[dict[str, Any]] = []
        try:
            for number, account in (await self._accounts(mentioned)).items():
                named = [item for item in account.loans if item.id in self.config.acceptance.items]
                loans += [self._loan(number, item, "on_loan") for item in named]
            items = {each: await self.central.item(ItemId(each)) for each in self._named(mentioned)}
        except CentralAway as away:
            return {"loans": loans, "exceptions": [], "untold": f"the central is away: {away}"}
        handed_in = [item for item in items.values() if item and item.status is ItemStatus.HANDED_IN]
        loans += [self._loan(None, item, "handed_in") for item in handed_in]
        states = {barcode: item.status.value if item else "unknown" for barcode, item in items.items()}
        return {"loans": loans, "exceptions": [], "items": states, "untold": UNTOLD}

    async def _accounts(self, mentioned: Mentioned) -> dict[str, Account]:
        """By a number of each patron that is meant; nobody twice."""
        known: dict[PatronRef, tuple[str, Account]] = {}
        for number in self.config.acceptance.patrons:
            if number in mentioned.cards or number in mentioned.labels:
                account = await self.central.account(self.central.reference(number))
                if isinstance(account, Account):
                    known.setdefault(account.patron.ref, (number, account))
        return dict(known.values())

    def _loan(self, patron: str | None, item: Item, state: str) -> dict[str, Any]:
        due = item.due.astimezone(ZoneInfo(self.config.library.timezone)).date().isoformat() if item.due else None
        return {"patron": patron, "item": item.id, "due": due, "transaction": None, "state": state}

    def _named(self, mentioned: Mentioned) -> list[str]:
        return [each for each in self.config.acceptance.items if each in mentioned.labels]

    async def undo(self, hands: Hands, mentioned: Mentioned) -> tuple[list[str], list[str]]:
        undone, left = [], []
        try:
            if waiting := await hands.empty_queue():
                left.append(f"{waiting} transactions wait in the kiosk's journal and will reach the central later")
        except KioskSilent:
            left.append("the kiosk is gone: what waits in its journal will reach the central when it runs again")
        for barcode in self._named(mentioned):
            match await self._undo(hands, barcode):
                case str() as fault:
                    left.append(f"{barcode}: {fault}")
                case True:
                    undone.append(barcode)
        return undone, left

    async def _undo(self, hands: Hands, barcode: str) -> str | bool:
        """True when something was taken back, False when there was nothing to, else what went wrong."""
        before = self.before.get(barcode)
        try:
            now = await self.central.item(ItemId(barcode))
            if now == before:
                return False
            if now and now.status in (ItemStatus.ON_LOAN, ItemStatus.HANDED_IN) and _was_free(before):
                await hands.give_back(barcode)
                now = await self.central.item(ItemId(barcode))
        except (CentralAway, KioskSilent, CommandRefused) as error:
            return f"it could not be given back: {error}"
        return True if now == before else f"it was {_told(before)} and is now {_told(now)}"


def _was_free(item: Item | None) -> bool:
    return item is not None and item.status not in (ItemStatus.ON_LOAN, ItemStatus.HANDED_IN)


def _told(item: Item | None) -> str:
    if item is None:
        return "unknown"
    due = f", due {item.due:%Y-%m-%d %H:%M}" if item.due else ""
    return f"{item.status.value.replace('_', ' ')}{due}, {item.renewals} renewals"


@asynccontextmanager
async def own_ground(file: Path, config: Config) -> AsyncIterator[OwnGround]:
    """Remembers how the items of [acceptance] stand. Raises Impossible where the central does not answer."""
    central = _central(config)
    try:
        before = {each: await central.item(ItemId(each)) for each in config.acceptance.items}
        yield OwnGround(file, config, central, before)
    except CentralAway as away:
        raise Impossible(f"the central at {config.central.url} does not answer: {away}") from away
    finally:
        await asyncio.to_thread(central.close)


def _central(config: Config) -> RestCentral:
    match config.central.driver:
        case "hub":
            central = config.central
            return RestCentral(str(central.url), central.read_token(), central.read_card_key())
