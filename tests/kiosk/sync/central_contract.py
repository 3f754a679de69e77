"""Contract tests for every library system, as a base class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import uuid6

from kiosk.central import Accepted, Answer, Central, JournalRow, PinVerdict, Refused, SetAside
from lending.model import Account, Block, CardRef, CardStatus, Item, ItemId, ItemStatus, Patron, Reason
from lending.questions import AFTER_VISIT, AfterVisit
from lending.responses import VisitRating
from lending.transactions import (
    Act,
    Checkin,
    Checkout,
    ClockTrust,
    Renew,
    ReturnMode,
    TransactionId,
    Undo,
)
from lending.wire import encode
from tests.kiosk.sync.bench import run_async


@dataclass(frozen=True, slots=True)
class Stand:
    """A library for the contract tests; numbers are as read by a card reader or typed."""

    central: Callable[[], Central]
    """Makes a new client, because a client belongs to one event loop."""
    ada: str
    lin: str
    pin_of_ada: str
    blocked: str
    unknown_card: str
    free: Callable[[], ItemId]
    """Returns another item on the shelf at each call."""
    reserved: ItemId
    """On the hold shelf for a patron other than ada and lin."""
    no_item: ItemId
    loans: Callable[[ItemId], int]
    """Number of loans of an item in the library system."""
    seq: Callable[[], int]
    """Next sequence number of a row."""
    counts_renewals: bool = True
    """Whether the system reports the number of renewals."""
    names_loans: bool = True
    """Whether accounts list item ids rather than titles only."""
    overrules: bool = True
    """Whether a refused row is done when it is sent again as no-block."""

    def row(self, act: Act, no_block: bool = False) -> JournalRow:
        kind, body = encode(act)
        now = datetime.now(UTC)
        return JournalRow(
            self.seq(), TransactionId(str(uuid6.uuid7())), "boot", 1, now, ClockTrust.SYNCED, kind, no_block, body
        )


def in_weeks(weeks: int = 4) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(weeks=weeks)


async def one(central: Central, row: JournalRow) -> Answer:
    answers = await central.hand_over([row])
    assert len(answers) == 1
    return answers[0]


async def account(central: Central, card: CardRef) -> Account:
    found = await central.account(card)
    assert isinstance(found, Account)
    return found


async def borrow(central: Central, stand: Stand, card: CardRef) -> tuple[JournalRow, ItemId]:
    """Borrow another item; return the row and the item."""
    item = stand.free()
    row = stand.row(Checkout(card, item, in_weeks()))
    assert isinstance(await one(central, row), Accepted)
    return row, item


class CentralContract:
    """Tests to inherit; the subclass provides the fixture `stand`."""

    @run_async
    async def test_ping_succeeds(self, stand: Stand) -> None:
        await stand.central().ping()

    @run_async
    async def test_card_reference_is_stable_and_unique(self, stand: Stand) -> None:
        assert stand.central().reference(stand.ada) == stand.central().reference(stand.ada)
        assert stand.central().reference(stand.ada) != stand.central().reference(stand.lin)

    @run_async
    async def test_patron_is_found_by_card(self, stand: Stand) -> None:
        central = stand.central()
        patron = await central.patron(central.reference(stand.ada))
        assert isinstance(patron, Patron)
        assert patron.card is CardStatus.ACTIVE
        assert patron.name

    @run_async
    async def test_blocked_card_is_reported_as_blocked(self, stand: Stand) -> None:
        central = stand.central()
        patron = await central.patron(central.reference(stand.blocked))
        assert isinstance(patron, Patron)
        assert patron.card is CardStatus.BLOCKED

    @run_async
    async def test_unknown_card_is_unknown_in_every_lookup(self, stand: Stand) -> None:
        central = stand.central()
        stranger = central.reference(stand.unknown_card)
        assert await central.patron(stranger) == Block(Reason.UNKNOWN_CARD)
        assert await central.account(stranger) == Block(Reason.UNKNOWN_CARD)
        assert await central.check_pin(stranger, stand.pin_of_ada) is PinVerdict.WRONG

    @run_async
    async def test_invalid_card_or_item_is_unknown(self, stand: Stand) -> None:
        central = stand.central()
        for nonsense in ("", "a|b", "../../secret", "x" * 10_000, "\r\n\0"):
            assert await central.account(CardRef(nonsense)) == Block(Reason.UNKNOWN_CARD)
            assert await central.item(ItemId(nonsense)) is None

    @run_async
    async def test_odd_barcode_is_an_unknown_item(self, stand: Stand) -> None:
        central = stand.central()
        for odd in (
            ".",
            "..",
            "...",
            "/",
            "//",
            "../..",
            "a/b",
            " ",
            "-",
            "+",
            "$1",
            "%",
            "a%2Fb",
            "?page=1",
            "#",
            "a b",
        ):
            assert await central.item(ItemId(odd)) is None

    @run_async
    async def test_pin_is_checked(self, stand: Stand) -> None:
        central = stand.central()
        ada = central.reference(stand.ada)
        assert await central.check_pin(ada, stand.pin_of_ada + "0") is PinVerdict.WRONG
        assert await central.check_pin(ada, "") is PinVerdict.WRONG
        assert await central.check_pin(ada, stand.pin_of_ada) is PinVerdict.RIGHT

    @run_async
    async def test_item_is_found_and_unknown_item_is_none(self, stand: Stand) -> None:
        central = stand.central()
        item = await central.item(stand.free())
        assert isinstance(item, Item)
        assert item.status is ItemStatus.ON_SHELF
        assert item.title
        assert await central.item(stand.no_item) is None

    @run_async
    async def test_loan_appears_in_account_and_item(self, stand: Stand) -> None:
        central = stand.central()
        ada = central.reference(stand.ada)
        before = await account(central, ada)
        _, item = await borrow(central, stand, ada)
        after = await account(central, ada)
        fresh = {loan.id for loan in after.loans} - {loan.id for loan in before.loans}
        assert fresh == {item} if stand.names_loans else len(fresh) == 1
        assert after.patron.on_loan == before.patron.on_loan + 1
        found = await central.item(item)
        assert found is not None
        assert found.status is ItemStatus.ON_LOAN
        assert found.due is not None

    @run_async
    async def test_repeated_row_has_the_same_answer_and_no_second_effect(self, stand: Stand) -> None:
        central = stand.central()
        item = stand.free()
        row = stand.row(Checkout(central.reference(stand.ada), item, in_weeks()))
        first = await one(central, row)
        assert isinstance(first, Accepted)
        assert await one(central, row) == first
        assert await one(central, replace(row, no_block=True)) == first
        assert stand.loans(item) == 1

    @run_async
    async def test_return_ends_the_loan(self, stand: Stand) -> None:
        central = stand.central()
        ada = central.reference(stand.ada)
        _, item = await borrow(central, stand, ada)
        row = stand.row(Checkin(item, ReturnMode.PROVISIONAL))
        assert isinstance(await one(central, row), Accepted)
        assert isinstance(await one(central, row), Accepted)
        found = await central.item(item)
        assert found is not None
        assert found.status in (ItemStatus.HANDED_IN, ItemStatus.ON_SHELF)
        assert item not in {loan.id for loan in (await account(central, ada)).loans}

    @run_async
    async def test_returned_item_can_be_borrowed_again(self, stand: Stand) -> None:
        central = stand.central()
        _, item = await borrow(central, stand, central.reference(stand.ada))
        await one(central, stand.row(Checkin(item, ReturnMode.PROVISIONAL)))
        row = stand.row(Checkout(central.reference(stand.lin), item, in_weeks()))
        assert isinstance(await one(central, row), Accepted)

    @run_async
    async def test_item_on_loan_to_another_is_refused_and_set_aside_as_no_block(self, stand: Stand) -> None:
        central = stand.central()
        _, item = await borrow(central, stand, central.reference(stand.ada))
        row = stand.row(Checkout(central.reference(stand.lin), item, in_weeks()))
        refused = await one(central, row)
        assert isinstance(refused, Refused)
        assert refused.block.reason in (Reason.ON_LOAN_TO_OTHER, Reason.CENTRAL_REFUSED)
        assert await one(central, row) == refused
        late = await one(central, replace(row, no_block=True))
        assert isinstance(late, SetAside)
        assert late.reason
        assert await one(central, replace(row, no_block=True)) == late

    @run_async
    async def test_held_item_is_refused_and_as_no_block_done_or_set_aside(self, stand: Stand) -> None:
        central = stand.central()
        row = stand.row(Checkout(central.reference(stand.ada), stand.reserved, in_weeks()))
        assert isinstance(await one(central, row), Refused)
        late = Accepted if stand.overrules else SetAside
        assert isinstance(await one(central, replace(row, no_block=True)), late)
        assert isinstance(await one(central, row), late)

    @run_async
    async def test_renewal_never_shortens_the_loan(self, stand: Stand) -> None:
        central = stand.central()
        ada = central.reference(stand.ada)
        _, item = await borrow(central, stand, ada)
        before = await central.item(item)
        answer = await one(central, stand.row(Renew(ada, item, in_weeks(8)), no_block=True))
        assert isinstance(answer, Accepted)
        after = await central.item(item)
        assert before is not None
        assert after is not None
        assert before.due is not None
        assert after.due is not None
        assert after.due >= before.due
        assert after.renewals == before.renewals + 1 or not stand.counts_renewals

    @run_async
    async def test_post_visit_reminders_concern_only_borrowed_items(self, stand: Stand) -> None:
        central, item = stand.central(), stand.free()
        ada = central.reference(stand.ada)
        assert isinstance(await one(central, stand.row(Checkout(ada, item, in_weeks()))), Accepted)
        after = await central.ask(AFTER_VISIT, ada, [item])
        assert [each.item for each in after.reminders] in ([item], [])
        assert await central.ask(AFTER_VISIT, central.reference(stand.unknown_card)) == AfterVisit()

    @run_async
    async def test_patron_response_is_accepted_with_and_without_a_card(self, stand: Stand) -> None:
        central = stand.central()
        rating = VisitRating("5", card=central.reference(stand.ada))
        assert isinstance(await one(central, stand.row(rating)), Accepted)
        assert isinstance(await one(central, stand.row(VisitRating("5"))), Accepted)

    @run_async
    async def test_undo_returns_the_item_to_the_shelf(self, stand: Stand) -> None:
        central = stand.central()
        row, item = await borrow(central, stand, central.reference(stand.ada))
        assert isinstance(await one(central, stand.row(Undo(row.id))), Accepted)
        found = await central.item(item)
        assert found is not None
        assert found.status is ItemStatus.ON_SHELF

    @run_async
    async def test_answers_keep_the_order_and_a_bad_row_blocks_no_other(self, stand: Stand) -> None:
        central = stand.central()
        ada = central.reference(stand.ada)
        rows = [
            stand.row(Checkout(ada, stand.free(), in_weeks()), no_block=True),
            stand.row(Checkout(ada, stand.no_item, in_weeks()), no_block=True),
            stand.row(Checkout(ada, stand.free(), in_weeks()), no_block=True),
        ]
        answers: list[Answer] = []
        while len(answers) < len(rows):
            answers += await central.hand_over(rows[len(answers) : len(answers) + central.batch])
        assert [type(answer) for answer in answers] == [Accepted, SetAside, Accepted]
