"""Test lookups of patrons and items: from the library system, the snapshot and this kiosk's transactions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk.central import Accepted, Deferred, PinVerdict, Refused, RetryLater, Source, Sourced
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.lookup import HOLDS, MOST_CHOICES, PatronItemLookup, PreferenceCache
from kiosk.system.health import Health
from lending.model import Account, Block, CardRef, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.questions import AFTER_VISIT, AfterVisit, PostVisitQuestion
from lending.responses import StoredPreferences
from lending.transactions import Checkin, Renew, ReturnMode, TransactionId, Undo
from lending.wire import SnapshotCard, WireItem, WirePatron
from tests.kiosk.snapshot.snapshot_test import Library
from tests.kiosk.sync.bench import (
    ADA,
    DUE,
    DUNE,
    EMMA,
    LIN,
    START,
    UTOPIA,
    BookKeeper,
    HandClock,
    Network,
    World,
    checkin,
    checkout,
    run_async,
    settle,
)

ADA_REF, LIN_REF = PatronRef("p-ada"), PatronRef("p-lin")
ADAS_NUMBER = CardRef("d" * 64)
"""Number printed on Ada's card; same patron as its UID."""
STRANGER = CardRef("c" * 64)
SOON = START + timedelta(days=3)
UNLISTED = ItemId("39999999999990")


class KioskWorld(World):
    """A kiosk with a snapshot: Ada has Emma on loan; Dune and Utopia are on the shelf."""

    snapshot: Snapshot

    def __init__(self, path: Path, central: BookKeeper | None = None) -> None:
        World.__init__(self, path, central)
        if central is None:
            self.central.accounts = {
                ADA: Account(Patron(ADA_REF, "adult", loans={"book": 1}, name="Ada L."), (emma(),), ()),
                LIN: Account(Patron(LIN_REF, "adult", name="Lin S."), (), ()),
            }
            self.central.accounts[ADAS_NUMBER] = self.central.accounts[ADA]
            self.central.items = {DUNE: Item(DUNE, "Dune"), EMMA: emma(), UTOPIA: Item(UTOPIA, "Utopia", type="dvd")}
            self.central.pins = {ADA: "2468"}


def emma() -> Item:
    return Item(EMMA, "Emma", status=ItemStatus.ON_LOAN, holder=ADA_REF, due=SOON)


def listed(item: Item) -> WireItem:
    return WireItem(id=item.id, title=item.title, type=item.type, status=item.status, holder=item.holder, due=item.due)


@contextlib.asynccontextmanager
async def kiosk(path: Path, central: BookKeeper | None = None) -> AsyncIterator[tuple[KioskWorld, PatronItemLookup]]:
    world = KioskWorld(path / "journal.db", central)
    items = [listed(Item(DUNE, "Dune")), listed(emma()), listed(Item(UTOPIA, "Utopia", type="dvd"))]
    ada = WirePatron(ref=ADA_REF, category="adult", card="active", loans={"book": 1})
    cards = [
        SnapshotCard(card=ADA, patron=ada),
        SnapshotCard(card=ADAS_NUMBER, patron=ada),
        SnapshotCard(card=LIN, patron=WirePatron(ref=LIN_REF, category="adult", card="active")),
    ]
    async with world:
        snapshot = Snapshot(path / "snapshot.db", Library(((cards, items),)), world.clock, Health(lambda *_: None))
        world.snapshot = snapshot
        if central is None:
            await snapshot.refresh(world.courier.watermark)
        yield world, PatronItemLookup(world.central, snapshot, world.courier, world.clock)


def at_kiosk(story: Callable[[KioskWorld, PatronItemLookup], Awaitable[None]]) -> Callable[[Path], None]:
    """Decorate a test of lookups at a kiosk."""

    async def run(path: Path) -> None:
        async with kiosk(path) as parts:
            await story(*parts)

    def test(tmp_path: Path) -> None:
        asyncio.run(run(tmp_path))

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


async def account(records: PatronItemLookup, card: CardRef = ADA) -> Account:
    known = await records.account(card)
    assert isinstance(known, Sourced)
    return known.value


async def titles(records: PatronItemLookup, card: CardRef = ADA) -> list[ItemId]:
    return [loan.id for loan in (await account(records, card)).loans]


async def item(records: PatronItemLookup, barcode: ItemId) -> Item:
    known = await records.item(barcode)
    assert isinstance(known, Sourced)
    return known.value


async def disconnect(world: World, records: PatronItemLookup) -> None:
    """Disconnect the network and make a request that fails."""
    world.central.set(Network.DOWN)
    await records.item(DUNE)
    assert not world.courier.online


@at_kiosk
async def test_online_lookup_uses_the_library_system(_: KioskWorld, records: PatronItemLookup) -> None:
    patron = await records.patron(ADA)
    assert isinstance(patron, Sourced)
    assert (patron.source, patron.value.name, patron.value.on_loan) == (Source.CENTRAL, "Ada L.", 1)
    found = await records.item(DUNE)
    assert found == Sourced(Item(DUNE, "Dune"), Source.CENTRAL)
    assert await records.patron(STRANGER) == Block(Reason.UNKNOWN_CARD)
    assert await records.item(UNLISTED) == Block(Reason.UNKNOWN_ITEM)


@at_kiosk
async def test_offline_lookup_uses_the_snapshot_and_reports_the_outage(
    world: KioskWorld, records: PatronItemLookup
) -> None:
    world.central.set(Network.DOWN)
    patron = await records.patron(ADA)
    assert isinstance(patron, Sourced)
    assert (patron.source, patron.value.ref, patron.value.name) == (Source.SNAPSHOT, ADA_REF, "")
    assert world.changes == [False]
    asked = world.central.asked
    assert await titles(records) == [EMMA]
    assert world.central.asked == asked
    assert await records.account(STRANGER) == Block(Reason.NEEDS_CENTRAL)
    assert await records.item(UNLISTED) == Block(Reason.NEEDS_CENTRAL)


@at_kiosk
async def test_slow_lookup_falls_back_to_the_snapshot(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.set(Network.SILENT)
    asking = asyncio.ensure_future(records.item(DUNE))
    await world.clock.pass_time(1.9)
    assert not asking.done()
    await world.clock.pass_time(0.1)
    found = asking.result()
    assert isinstance(found, Sourced)
    assert found.source is Source.SNAPSHOT


@at_kiosk
async def test_one_timeout_marks_the_library_system_offline(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.set(Network.SILENT)
    asking = asyncio.ensure_future(records.item(DUNE))
    await world.clock.pass_time(2.0)
    assert asking.done()
    assert world.changes == [False]
    found = await records.account(ADA)
    assert isinstance(found, Sourced)
    assert found.source is Source.SNAPSHOT
    assert isinstance(await world.outcome(checkout()), Deferred)
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert world.changes == [False, True]


@at_kiosk
async def test_pin_is_checked_online_only(world: KioskWorld, records: PatronItemLookup) -> None:
    assert await records.check_pin(ADA, "2468") is PinVerdict.RIGHT
    assert await records.check_pin(ADA, "1111") is PinVerdict.WRONG
    world.central.set(Network.DOWN)
    assert await records.check_pin(ADA, "2468") is PinVerdict.AWAY
    assert await records.check_pin(ADA, "2468") is PinVerdict.AWAY


@at_kiosk
async def test_offline_loans_count_and_mark_the_items_on_loan(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    assert await world.outcome(checkout(DUNE)) == Deferred(DUE)
    assert await world.outcome(checkout(UTOPIA)) == Deferred(DUE)
    patron = (await account(records)).patron
    assert dict(patron.loans) == {"book": 2, "dvd": 1}
    assert patron.promised == 2
    assert await titles(records) == [EMMA, DUNE, UTOPIA]
    assert (await account(records)).unconfirmed == {DUNE, UTOPIA}
    dune = await item(records, DUNE)
    assert (dune.status, dune.holder, dune.due, dune.title) == (ItemStatus.ON_LOAN, ADA_REF, DUE, "Dune")
    assert await titles(records, LIN) == []
    world.central.set(Network.UP)
    await world.clock.pass_time(60)
    assert (await account(records)).unconfirmed == frozenset()


@at_kiosk
async def test_offline_both_numbers_of_a_patron_share_one_account(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    await world.outcome(checkout(DUNE, ADA))
    await world.outcome(checkout(UTOPIA, ADAS_NUMBER))
    for number in (ADA, ADAS_NUMBER):
        patron = (await account(records, number)).patron
        assert dict(patron.loans) == {"book": 2, "dvd": 1}
        assert patron.promised == 2
        assert await titles(records, number) == [EMMA, DUNE, UTOPIA]


@at_kiosk
async def test_both_numbers_share_one_account_while_the_queue_drains(
    world: KioskWorld, records: PatronItemLookup
) -> None:
    world.central.script.append(RetryLater(60))
    world.deliver(checkout(DUNE, ADA))
    await world.clock.pass_time(2)
    known = await records.account(ADAS_NUMBER)
    assert isinstance(known, Sourced)
    assert (known.source, known.value.patron.on_loan) == (Source.CENTRAL, 2)
    assert known.value.patron.promised == 1


@at_kiosk
async def test_offline_return_ends_the_loan_and_allows_a_new_one(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    await world.outcome(checkin(EMMA))
    assert (await item(records, EMMA)).status is ItemStatus.HANDED_IN
    assert (await account(records)).patron.on_loan == 0
    await world.outcome(checkout(EMMA, LIN))
    assert (await item(records, EMMA)).holder == LIN_REF
    assert await titles(records) == []
    assert await titles(records, LIN) == [EMMA]
    await world.outcome(Checkin(EMMA, ReturnMode.TRUSTED))
    back = await item(records, EMMA)
    assert (back.status, back.holder, back.due) == (ItemStatus.ON_SHELF, None, None)


@at_kiosk
async def test_offline_renewal_moves_the_due_date_once(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    await world.outcome(Renew(ADA, EMMA, DUE))
    renewed = await item(records, EMMA)
    assert (renewed.due, renewed.renewals, renewed.holder) == (DUE, 1, ADA_REF)
    assert (await account(records)).loans == (renewed,)
    assert (await account(records)).patron.promised == 0


@at_kiosk
async def test_offline_undo_reverts_unsent_transactions(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    loan, _ = await world.courier.deliver(checkout(DUNE))
    renewal, _ = await world.courier.deliver(Renew(ADA, EMMA, DUE))
    await world.outcome(Undo(renewal))
    await world.outcome(Undo(loan))
    assert (await item(records, DUNE)).status is ItemStatus.ON_SHELF
    assert (await item(records, EMMA)).due == SOON
    assert (await account(records)).patron.promised == 0
    assert await titles(records) == [EMMA]


@at_kiosk
async def test_deferred_undo_reverts_an_accepted_checkout(world: KioskWorld, records: PatronItemLookup) -> None:
    loan, outcome = await world.courier.deliver(checkout(DUNE))
    assert outcome == Accepted(DUE)
    world.courier.forget(1)
    world.central.items[DUNE] = replace(Item(DUNE, "Dune"), status=ItemStatus.ON_LOAN, holder=ADA_REF, due=DUE)
    world.central.script.append(RetryLater(60))
    undone = world.deliver(Undo(loan))
    await world.clock.pass_time(2)
    assert undone.result()[1] == Deferred(None)
    assert (await item(records, DUNE)).status is ItemStatus.ON_SHELF


@at_kiosk
async def test_undo_of_an_uploaded_or_unknown_transaction_changes_nothing(
    world: KioskWorld, records: PatronItemLookup
) -> None:
    renewal, _ = await world.courier.deliver(Renew(ADA, EMMA, DUE))
    world.courier.forget(1)
    await disconnect(world, records)
    await world.outcome(Undo(renewal))
    await world.outcome(Undo(TransactionId("01a212cc-3ca0-7025-be69-c20444d48d3c")))
    assert (await item(records, EMMA)).status is ItemStatus.ON_LOAN


@at_kiosk
async def test_loan_accepted_after_the_snapshot_is_kept_offline(world: KioskWorld, records: PatronItemLookup) -> None:
    assert await world.outcome(checkout(DUNE)) == Accepted(DUE)
    await disconnect(world, records)
    assert (await item(records, DUNE)).status is ItemStatus.ON_LOAN
    assert await titles(records) == [EMMA, DUNE]
    assert (await account(records)).patron.promised == 0


@at_kiosk
async def test_item_seen_only_at_this_kiosk_is_known_offline(world: KioskWorld, records: PatronItemLookup) -> None:
    await world.outcome(checkout(UNLISTED))
    await disconnect(world, records)
    assert (await item(records, UNLISTED)).status is ItemStatus.ON_LOAN


@at_kiosk
async def test_queued_loans_are_added_to_online_lookups(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    await world.outcome(checkout(DUNE))
    world.central.script.append(RetryLater(60))
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    known = await records.account(ADA)
    assert isinstance(known, Sourced)
    assert known.source is Source.CENTRAL
    assert [loan.id for loan in known.value.loans] == [EMMA, DUNE]
    assert (await item(records, DUNE)).holder == ADA_REF


@at_kiosk
async def test_loan_accepted_during_a_lookup_is_included(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.prompt.clear()
    of_ada, of_dune = asyncio.ensure_future(account(records)), asyncio.ensure_future(item(records, DUNE))
    await settle()
    assert await world.outcome(checkout(DUNE)) == Accepted(DUE)
    world.central.prompt.set()
    known, dune = await of_ada, await of_dune
    assert [loan.id for loan in known.loans] == [EMMA, DUNE]
    assert (known.patron.on_loan, known.patron.promised) == (2, 0)
    assert (dune.status, dune.holder) == (ItemStatus.ON_LOAN, ADA_REF)


@at_kiosk
async def test_loan_refused_during_a_lookup_is_excluded(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    world.central.prompt.clear()
    world.central.script.append(RetryLater(0.5))
    borrowed = world.deliver(checkout(DUNE))
    await settle()
    asking = asyncio.ensure_future(account(records))
    await world.clock.pass_time(1)
    assert borrowed.result()[1] == Refused(Block(Reason.LIMIT))
    world.central.prompt.set()
    assert [loan.id for loan in (await asking).loans] == [EMMA]


@at_kiosk
async def test_loan_undone_during_a_lookup_is_excluded(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.prompt.clear()
    asking = asyncio.ensure_future(account(records))
    await settle()
    loan, _ = await world.courier.deliver(checkout(DUNE))
    await world.courier.deliver(Undo(loan))
    world.central.prompt.set()
    assert [loan.id for loan in (await asking).loans] == [EMMA]
    assert (await asking).patron.on_loan == 1


@at_kiosk
async def test_loan_known_to_both_sides_counts_once(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.script.append(RetryLater(60))
    renewed = world.deliver(checkout(EMMA))
    await world.clock.pass_time(2)
    assert renewed.result()[1] == Deferred(DUE)
    patron = (await account(records)).patron
    assert patron.on_loan == 1
    assert await titles(records) == [EMMA]
    assert (await item(records, EMMA)).due == SOON


@at_kiosk
async def test_card_missing_from_the_snapshot_keeps_its_patron_reference(
    world: KioskWorld, records: PatronItemLookup
) -> None:
    world.central.accounts[STRANGER] = Account(Patron(PatronRef("p-new"), "adult"), (), ())
    assert isinstance(await records.patron(STRANGER), Sourced)
    world.central.script.append(RetryLater(60))
    world.deliver(checkout(DUNE, STRANGER))
    await world.clock.pass_time(2)
    assert (await item(records, DUNE)).holder == "p-new"
    await records.patron(LIN)
    assert (await item(records, DUNE)).holder == "p-new"


@run_async
async def test_promised_loans_survive_an_offline_restart(tmp_path: Path) -> None:
    async with kiosk(tmp_path) as (world, records):
        await world.outcome(checkout(UTOPIA))
        await disconnect(world, records)
        await world.outcome(checkout(DUNE))
    async with kiosk(tmp_path, world.central) as (again, records):
        assert not again.courier.online
        known = await account(records)
        assert [loan.id for loan in known.loans] == [EMMA]
        assert (known.unnamed, known.patron.on_loan, known.patron.promised) == (2, 3, 1)
        for barcode in (UTOPIA, DUNE):
            kept = await item(records, barcode)
            assert (kept.status, kept.holder, kept.due) == (ItemStatus.ON_LOAN, ADA_REF, None)


@at_kiosk
async def test_stale_snapshot_blocks_patrons_and_accepts_returns(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    await world.clock.jump(timedelta(days=7, seconds=1).total_seconds())
    assert await records.patron(ADA) == Block(Reason.OUTDATED, on=date(2026, 11, 22))
    assert await records.account(STRANGER) == Block(Reason.OUTDATED, on=date(2026, 11, 22))
    emma = await records.item(EMMA)
    assert emma == Sourced(Item(EMMA, "Emma"), Source.OUTDATED)
    assert await records.item(UNLISTED) == Block(Reason.NEEDS_CENTRAL)
    assert await world.outcome(checkin(EMMA)) == Deferred()


@pytest.mark.parametrize("patience", [0.5, 4.0])
@run_async
async def test_lookup_timeout_is_configurable(tmp_path: Path, patience: float) -> None:
    async with kiosk(tmp_path) as (world, _):
        clock: HandClock = world.clock
        snapshot = Snapshot(tmp_path / "snapshot.db", Library(()), clock, Health(lambda *_: None))
        records = PatronItemLookup(world.central, snapshot, world.courier, clock, patience)
        world.central.set(Network.SILENT)
        asking = asyncio.ensure_future(records.item(DUNE))
        await clock.pass_time(patience - 0.1)
        assert not asking.done()
        await clock.pass_time(0.1)
        assert asking.done()


@at_kiosk
async def test_post_visit_question_needs_the_library_system(world: KioskWorld, records: PatronItemLookup) -> None:
    world.central.after_visit = AfterVisit(PostVisitQuestion("face"))
    assert await records.ask(AFTER_VISIT, ADA) == AfterVisit(PostVisitQuestion("face"))
    world.central.set(Network.DOWN)
    assert await records.ask(AFTER_VISIT, ADA) == AfterVisit()


@at_kiosk
async def test_late_post_visit_question_is_dropped_and_stays_online(
    world: KioskWorld, records: PatronItemLookup
) -> None:
    world.central.after_visit = AfterVisit(PostVisitQuestion("face"))
    world.central.prompt.clear()
    asked = asyncio.ensure_future(records.ask(AFTER_VISIT, ADA))
    await world.clock.pass_time(2.0)
    assert (await asked, world.courier.online) == (AfterVisit(), True)


@at_kiosk
async def test_local_preferences_last_until_a_newer_snapshot(world: KioskWorld, records: PatronItemLookup) -> None:
    await disconnect(world, records)
    records.keep_look(ADA, "en large_text")
    await world.courier.deliver(StoredPreferences("en large_text", "", ADA))
    await world.clock.jump(HOLDS)
    assert records.look(ADA) == "en large_text", "not uploaded yet"
    world.central.set(Network.UP)
    await world.clock.pass_time(60)
    assert world.courier.online and not world.courier.pending
    assert records.look(ADA) == "en large_text", "the snapshot is older"
    await world.snapshot.refresh(world.courier.watermark)
    assert records.look(ADA) == ""


class Kiosk:
    """Snapshot preferences, whether the snapshot lacks local changes, and the time in seconds."""

    def __init__(self, **stored: str) -> None:
        self.snapshot = {{"ada": ADA, "lin": LIN}[name]: text for name, text in stored.items()}
        self.lacks = False
        self.seconds = 0.0
        self.looks = PreferenceCache(
            lambda card: self.snapshot.get(card, ""), lambda card: self.lacks, lambda: self.seconds
        )


def test_local_preferences_win_until_the_snapshot_changes() -> None:
    kiosk = Kiosk(ada="zh")
    looks, snapshot = kiosk.looks, kiosk.snapshot
    assert (looks.for_card(ADA), looks.for_card(LIN)) == ("zh", "")
    looks.keep(ADA, "en large_text")
    assert (looks.for_card(ADA), looks.for_card(LIN)) == ("en large_text", "")
    snapshot[ADA] = "mn"
    assert looks.for_card(ADA) == "mn"
    snapshot[ADA] = "zh"
    assert looks.for_card(ADA) == "zh", "the local value was dropped"


def test_local_preferences_expire_after_the_hold_time() -> None:
    """Switched on here and off elsewhere between two snapshots, so the snapshot never changes."""
    kiosk = Kiosk()
    kiosk.looks.keep(ADA, "en large_text")
    kiosk.seconds = HOLDS - 1
    assert kiosk.looks.for_card(ADA) == "en large_text"
    kiosk.seconds = HOLDS
    assert kiosk.looks.for_card(ADA) == ""


def test_local_preferences_last_while_the_snapshot_is_stale() -> None:
    kiosk = Kiosk(ada="zh")
    kiosk.looks.keep(ADA, "en")
    kiosk.lacks, kiosk.snapshot[ADA], kiosk.seconds = True, "", 2 * HOLDS
    assert kiosk.looks.for_card(ADA) == "en", "a stale snapshot is ignored"
    kiosk.lacks, kiosk.snapshot[ADA] = False, "zh"
    assert kiosk.looks.for_card(ADA) == "zh"


def test_switching_off_applies_at_once_and_a_refusal_reverts() -> None:
    looks = Kiosk(ada="zh").looks
    looks.keep(ADA, "")
    assert looks.for_card(ADA) == ""
    looks.keep(ADA, None)
    assert looks.for_card(ADA) == "zh"


def test_cache_keeps_a_limited_number_of_cards() -> None:
    looks = Kiosk().looks
    cards = [CardRef(f"{number:064x}") for number in range(MOST_CHOICES + 1)]
    for card in cards:
        looks.keep(card, "en")
    assert looks.for_card(cards[0]) == "" and looks.for_card(cards[1]) == looks.for_card(cards[-1]) == "en"
