"""Test the uploader: what the patron sees, what reaches the hub, and in which order."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.central import Accepted, Answer, CentralUnavailable, Deferred, JournalRow, Outcome, Refused, RetryLater
from kiosk.journal.journal import Counts, Journal, JournalFailed, JournalMissing, Moment
from kiosk.sync.courier import DisabledCourier
from kiosk.system.health import READY, Condition, PartName
from lending.model import Block, Reason
from lending.responses import MessageRead
from lending.transactions import ClockTrust, TransactionId
from tests.kiosk.sync.bench import (
    DUE,
    DUNE,
    EMMA,
    START,
    UTOPIA,
    BookKeeper,
    HandClock,
    Network,
    World,
    checkin,
    checkout,
    in_world,
    run_async,
    set_aside,
    settle,
)
from tests.kiosk.sync.failing_vfs import brittle

AT_THE_LIMIT = Block(Reason.LIMIT, count=3)


class CancellingKeeper(BookKeeper):
    """Cancels the waiting delivery at the moment of the answer."""

    waiting: asyncio.Task[object] | None = None

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        answers = await super().hand_over(rows)
        if self.waiting is not None:
            self.waiting.cancel()
        return answers


class SlowKeeper(BookKeeper):
    """Answers each upload after 1.5 seconds."""

    clock: HandClock

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        await self.clock.sleep(1.5)
        return await super().hand_over(rows)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@in_world
async def test_checkout_is_accepted_while_the_patron_waits(world: World) -> None:
    assert await world.outcome(checkout()) == Accepted(DUE)
    assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)
    assert world.courier.is_settled
    assert world.courier.pending == []


@in_world
async def test_refused_checkout_closes_the_row(world: World) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    assert await world.outcome(checkout()) == Refused(Block(Reason.LIMIT))
    assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)
    assert world.central.done == []


@in_world
async def test_timeout_marks_the_row_no_block_before_the_delivery_ends(world: World) -> None:
    world.central.set(Network.SILENT)
    delivered = world.deliver(checkout())
    await world.clock.pass_time(1.9)
    assert not delivered.done()
    assert not world.journal.oldest(1)[0].no_block
    assert not world.courier.is_settled
    await world.clock.pass_time(0.1)
    assert delivered.result()[1] == Deferred(DUE)
    assert world.journal.oldest(1)[0].no_block


@in_world
async def test_late_refusal_resends_the_same_id_as_no_block(world: World) -> None:
    world.central.refusals[DUNE] = Reason.FEES
    world.central.set(Network.SILENT)
    delivered = world.deliver(checkout())
    await world.clock.pass_time(2)
    assert delivered.result()[1] == Deferred(DUE)
    world.central.set(Network.UP)
    await settle()
    first, second = (rows[0] for rows in world.central.sent)
    assert (first.id, first.no_block) == (second.id, False)
    assert second.no_block
    assert first.body == second.body
    assert world.central.done == [1]
    assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@in_world
async def test_lost_answer_makes_one_loan(world: World) -> None:
    world.central.set(Network.ANSWER_LOST)
    delivered = world.deliver(checkout())
    await settle()
    assert delivered.result()[1] == Deferred(DUE)
    await world.clock.pass_time(13)
    first, second = (rows[0] for rows in world.central.sent)
    assert first.id == second.id == delivered.result()[0]
    assert world.central.done == [1]
    assert world.journal.counts().queued == 0


@in_world
async def test_offline_transactions_are_deferred_without_waiting(world: World) -> None:
    world.central.set(Network.DOWN)
    assert await world.outcome(checkout(DUNE)) == Deferred(DUE)
    assert world.changes == [False]
    assert not world.courier.online
    sent = len(world.central.sent)
    assert await world.outcome(checkout(EMMA)) == Deferred(DUE)
    assert await world.outcome(checkin(UTOPIA)) == Deferred(None)
    assert len(world.central.sent) == sent
    assert all(row.no_block for row in world.journal.oldest(9))
    assert world.courier.is_settled


@in_world
async def test_queue_is_sent_oldest_first_in_one_batch_after_reconnecting(world: World) -> None:
    world.central.set(Network.DOWN)
    for item in (DUNE, EMMA, UTOPIA):
        await world.outcome(checkout(item))
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert world.changes == [False, True]
    assert world.central.done == [1, 2, 3]
    assert [row.seq for row in world.central.sent[-1]] == [1, 2, 3]
    assert world.parts[PartName.CENTRAL].condition is Condition.READY


@in_world
async def test_answers_of_a_batch_are_one_commit(world: World) -> None:
    world.central.set(Network.DOWN)
    world.central.impossible[EMMA] = "no such item"
    for number in range(120):
        await world.outcome(checkin(EMMA if number % 40 == 7 else DUNE))
    commits: list[int] = []

    def committing() -> bool:
        commits.append(world.journal._db.total_changes())
        return False

    world.journal._db.set_commit_hook(committing)
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert [len(rows) for rows in world.central.sent[-3:]] == [50, 50, 20]
    assert [after - before for before, after in itertools.pairwise(commits)] == [50, 20]
    assert world.journal.counts() == Counts(queued=0, acknowledged=117, exceptions=3)


@run_async
async def test_full_disk_stores_no_answer_of_a_batch_and_all_are_resent(path: Path) -> None:
    """All rows are sent again, and none takes effect twice."""
    with brittle() as disk:
        async with World(path) as world:
            world.central.set(Network.DOWN)
            for item in (DUNE, EMMA, UTOPIA):
                await world.outcome(checkout(item))
            disk.full = True
            world.central.set(Network.UP)
            await world.clock.pass_time(13)
            assert world.central.done == [1, 2, 3]
            assert [row.seq for row in world.journal.pending()] == [1, 2, 3]
            assert [each.seq for each in world.courier.pending] == [1, 2, 3]
            assert not any(entry.decided for entry in world.courier._queue.entries)
            disk.full = False
            await world.clock.pass_time(60)
            assert world.central.done == [1, 2, 3]
            assert world.journal.counts() == Counts(queued=0, acknowledged=3, exceptions=0)


@in_world
async def test_new_row_does_not_overtake_the_draining_queue(world: World) -> None:
    world.central.set(Network.DOWN)
    await world.outcome(checkout(DUNE))
    world.central.script.append(RetryLater(5))
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert world.courier.online
    assert await world.outcome(checkout(EMMA)) == Deferred(DUE)
    await world.clock.pass_time(5)
    assert world.central.done == [1, 2]
    assert await world.outcome(checkout(UTOPIA)) == Accepted(DUE)


@in_world
async def test_row_set_aside_does_not_stop_the_others(world: World) -> None:
    world.central.impossible[EMMA] = "no such item"
    world.central.set(Network.DOWN)
    for item in (DUNE, EMMA, UTOPIA):
        await world.outcome(checkout(item))
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert world.central.done == [1, 3]
    assert world.journal.counts() == Counts(queued=0, acknowledged=2, exceptions=1)
    assert set_aside(world.journal) == [(2, "checkout", "no such item")]


@in_world
async def test_row_set_aside_while_the_patron_waits_is_refused(world: World) -> None:
    world.central.impossible[DUNE] = "the body cannot be read"
    assert await world.outcome(checkout()) == Refused(Block(Reason.CENTRAL_REFUSED))
    assert world.journal.counts().exceptions == 1


@in_world
async def test_row_set_aside_after_the_promise_is_resent_as_no_block(world: World) -> None:
    world.central.impossible[DUNE] = "an error of the hub"
    world.central.set(Network.SILENT)
    delivered = world.deliver(checkout())
    await world.clock.pass_time(2)
    assert delivered.result()[1] == Deferred(DUE)
    world.central.set(Network.UP)
    await settle()
    assert [rows[0].no_block for rows in world.central.sent] == [False, True]
    assert world.journal.counts() == Counts(queued=0, acknowledged=0, exceptions=1)


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (Accepted(DUE - timedelta(days=3)), [False, True]),
        (Accepted(DUE, fee=Decimal("2.00")), [False, True]),
        (Accepted(DUE, fee=Decimal("0.50")), [False]),
        (Accepted(DUE + timedelta(days=3)), [False]),
    ],
    ids=["due earlier", "higher fee", "same fee", "due later"],
)
@run_async
async def test_late_result_worse_than_promised_is_resent_as_no_block(
    path: Path, answer: Accepted, sent: list[bool]
) -> None:
    async with World(path) as world:
        world.central.script.append(answer)
        world.central.set(Network.SILENT)
        delivered = world.deliver(replace(checkout(), fee=Decimal("0.50")))
        await world.clock.pass_time(2)
        assert delivered.result()[1] == Deferred(DUE)
        world.central.set(Network.UP)
        await settle()
        assert [rows[0].no_block for rows in world.central.sent] == sent
        assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@in_world
async def test_refused_no_block_row_is_set_aside_instead_of_resent(world: World) -> None:
    world.central.set(Network.DOWN)
    await world.outcome(checkout())
    world.central.script.append(Refused(Block(Reason.LIMIT)))
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    ((_, _, reason),) = set_aside(world.journal)
    assert "limit" in reason
    assert world.journal.counts().queued == 0


@in_world
async def test_retry_waits_as_long_as_requested(world: World) -> None:
    world.central.script.append(RetryLater(1.5))
    delivered = world.deliver(checkout())
    await world.clock.pass_time(1.4)
    assert len(world.central.sent) == 1
    await world.clock.pass_time(0.1)
    assert delivered.result()[1] == Accepted(DUE)


@run_async
async def test_rows_queued_before_a_crash_are_sent_first_and_unchanged(path: Path) -> None:
    async with World(path) as world:
        world.central.set(Network.SILENT)
        world.deliver(checkout(DUNE))
        await settle()
    world.central.set(Network.UP)
    async with World(path, world.central) as again:
        assert again.central.done == [1]
        assert not again.central.sent[-1][0].no_block
        assert await again.outcome(checkout(EMMA)) == Accepted(DUE)
        assert again.central.done == [1, 2]


@run_async
async def test_crash_while_the_patron_waits_promises_nothing_and_keeps_a_refusal(path: Path) -> None:
    async with World(path) as world:
        world.central.refusals[DUNE] = Reason.HELD_FOR_OTHER
        world.central.set(Network.SILENT)
        world.deliver(checkout(DUNE))
        await settle()
    world.central.set(Network.UP)
    async with World(path, world.central) as again:
        await again.clock.pass_time(60)
        assert not any(row.no_block for rows in again.central.sent for row in rows)
        assert again.central.done == []
        assert again.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@run_async
async def test_promise_survives_a_crash(path: Path) -> None:
    async with World(path) as world:
        world.central.refusals[DUNE] = Reason.HELD_FOR_OTHER
        world.central.set(Network.SILENT)
        delivered = world.deliver(checkout(DUNE))
        await world.clock.pass_time(2)
        assert delivered.result()[1] == Deferred(DUE)
    world.central.set(Network.UP)
    async with World(path, world.central) as again:
        assert again.central.done == [1]


@in_world
async def test_refusal_during_the_write_of_a_promise_yields_to_the_promise(world: World) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    delivered = await world.waits(checkout())
    world.pen.held = True
    await world.clock.pass_time(2)
    world.central.set(Network.UP)
    await settle()
    assert not delivered.done()
    world.pen.release()
    await settle()
    assert delivered.result()[1] == Deferred(DUE)
    assert [rows[0].no_block for rows in world.central.sent] == [False, True]
    assert world.central.done == [1]


@run_async
async def test_crash_after_a_lost_answer_resends_the_row_with_one_effect(path: Path) -> None:
    async with World(path) as world:
        world.central.set(Network.ANSWER_LOST)
        world.deliver(checkout())
        await settle()
    async with World(path, world.central) as again:
        await settle()
        assert again.central.done == [1]
        assert [rows[0].seq for rows in again.central.sent] == [1, 1]
        assert again.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@run_async
async def test_restored_hub_gets_missing_rows_again_after_a_restart(path: Path) -> None:
    async with World(path) as world:
        for item in (DUNE, EMMA, UTOPIA):
            assert await world.outcome(checkout(item)) == Accepted(DUE)
    restored = BookKeeper()
    restored.stored = dict(list(world.central.stored.items())[:1])
    restored.refusals[EMMA] = Reason.LIMIT
    journal = Journal.open(path)
    assert journal.resend(1) == 3
    journal.close_file()
    async with World(path, restored) as again:
        assert again.journal.counts() == Counts(queued=0, acknowledged=3, exceptions=0)
        assert restored.done == [2, 3]


@in_world
async def test_running_kiosk_resends_missing_rows_before_new_ones(world: World) -> None:
    for item in (DUNE, EMMA, UTOPIA):
        assert await world.outcome(checkout(item)) == Accepted(DUE)
    world.central.stored = dict(list(world.central.stored.items())[:1])
    world.central.done.clear()
    world.central.sent.clear()
    assert (await world.courier.upload_progress()).through == 3
    world.central.set(Network.SILENT)
    assert await world.courier.resend(2) == []
    assert [each.seq for each in world.courier.pending] == [2, 3]
    assert world.courier.watermark == 1
    assert [each.seq for each in world.courier.accepted_after(0)] == [1]
    assert isinstance(await world.outcome(checkin(DUNE)), Deferred), "a new row does not overtake them"
    world.central.set(Network.UP)
    await world.clock.pass_time(60)
    assert world.central.done == [2, 3, 4]
    assert all(row.no_block for rows in world.central.sent for row in rows)
    assert {row.seq for rows in world.central.sent for row in rows if row.result_shown} == {2, 3}
    assert [each.seq for each in world.courier.accepted_after(0)] == [1, 2, 3, 4]
    assert world.journal.counts() == Counts(queued=0, acknowledged=4, exceptions=0)
    assert await world.courier.resend(5) == []


@in_world
async def test_full_disk_rejects_the_delivery(world: World) -> None:
    world.free = 1024
    with pytest.raises(JournalFailed) as failed:
        await world.courier.deliver(checkout())
    assert failed.value.why == "full"
    assert world.central.sent == []
    assert world.parts[PartName.JOURNAL].reason == "full"
    world.free = 1 << 40
    await world.clock.pass_time(60)
    assert world.parts[PartName.JOURNAL].condition is Condition.READY
    assert await world.outcome(checkout()) == Accepted(DUE)


@in_world
async def test_nearly_full_disk_rejects_checkouts_and_accepts_returns(world: World) -> None:
    world.free = 16 * 1024 * 1024
    assert not world.courier.accepts_loans
    assert isinstance(await world.outcome(checkin()), Accepted)
    with pytest.raises(JournalFailed):
        await world.courier.deliver(MessageRead("read", "1"))
    await world.clock.pass_time(60)
    assert PartName.JOURNAL not in world.parts or world.parts[PartName.JOURNAL] == READY, "the desk stays open"
    with pytest.raises(JournalFailed):
        await world.courier.deliver(checkout())
    world.free = 1 << 40
    assert world.courier.accepts_loans
    assert await world.outcome(checkout()) == Accepted(DUE)


@in_world
async def test_uploader_is_online_within_13_seconds_of_the_hub(world: World) -> None:
    for _ in range(20):
        world.central.set(Network.DOWN)
        await world.outcome(checkout())
        await world.clock.pass_time(100)
        pings = world.central.pings
        await world.clock.pass_time(100)
        assert 7 <= world.central.pings - pings <= 15
        world.central.set(Network.UP)
        await world.clock.pass_time(13)
        assert world.courier.online
        assert world.journal.counts().queued == 0


@in_world
async def test_delivery_cancelled_during_the_write_promises_nothing_and_is_sent(world: World) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    delivered = world.deliver(checkout())
    await asyncio.sleep(0)
    delivered.cancel()
    await settle()
    assert delivered.cancelled()
    assert [rows[0].no_block for rows in world.central.sent] == [False]
    assert world.central.done == []
    assert world.journal.counts().queued == 0
    assert await world.outcome(checkout(EMMA)) == Accepted(DUE)


@in_world
async def test_row_added_as_the_queue_empties_is_sent(world: World) -> None:
    world.central.set(Network.DOWN)
    await world.outcome(checkout(DUNE))
    world.central.set(Network.UP)
    world.clock.seconds += 13
    passing = asyncio.ensure_future(world.clock.pass_time(0))
    for item in (EMMA, UTOPIA):
        world.deliver(checkout(item))
        await asyncio.sleep(0)
    await passing
    assert world.central.done == [1, 2, 3]
    assert world.courier.is_settled


@run_async
async def test_hub_that_accepts_no_rows_counts_as_offline(path: Path) -> None:
    class Closed(BookKeeper):
        async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
            self.sent.append(tuple(rows))
            raise CentralUnavailable("server_error")

    async with World(path, Closed()) as world:
        assert await world.outcome(checkout()) == Deferred(DUE)
        await world.clock.pass_time(300)
        assert len(world.central.sent) > 20
        assert world.changes == [False]
        assert world.parts[PartName.CENTRAL].reason == "server_error"


@in_world
async def test_rows_of_waiting_patrons_are_sent_one_at_a_time(world: World) -> None:
    world.central.set(Network.SILENT)
    delivered = [world.deliver(checkout(item)) for item in (DUNE, EMMA, UTOPIA)]
    await settle()
    world.central.refusals[EMMA] = Reason.LIMIT
    world.central.set(Network.UP)
    await settle()
    assert [[row.seq for row in rows] for rows in world.central.sent] == [[1], [2], [3]]
    outcomes = [task.result()[1] for task in delivered]
    assert outcomes == [Accepted(DUE), Refused(Block(Reason.LIMIT)), Accepted(DUE)]


@in_world
async def test_promised_rows_are_batched_apart_from_a_waiting_patrons_row(world: World) -> None:
    world.central.script.append(RetryLater(3))
    early = [world.deliver(checkout(item)) for item in (DUNE, EMMA)]
    await world.clock.pass_time(1.5)
    late = world.deliver(checkout(UTOPIA))
    await world.clock.pass_time(0.5)
    assert [task.result()[1] for task in early] == [Deferred(DUE), Deferred(DUE)]
    await world.clock.pass_time(1)
    assert [[row.seq for row in rows] for rows in world.central.sent] == [[1], [1, 2], [3]]
    assert late.result()[1] == Accepted(DUE)


@in_world
async def test_patron_waits_for_a_refusal_being_written(world: World) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    delivered = await world.waits(checkout())
    world.pen.held = True
    world.central.set(Network.UP)
    await world.clock.pass_time(2)
    assert not delivered.done()
    world.pen.release()
    await settle()
    assert delivered.result()[1] == Refused(Block(Reason.LIMIT))
    assert world.central.done == []


@in_world
async def test_acceptance_being_written_does_not_defer_the_next_row(world: World) -> None:
    world.central.set(Network.SILENT)
    first = world.deliver(checkout(DUNE))
    await settle()
    world.pen.held = True
    world.central.set(Network.UP)
    await settle()
    assert first.result()[1] == Accepted(DUE)
    second = world.deliver(checkout(EMMA))
    await settle()
    world.pen.release()
    await settle()
    assert second.result()[1] == Accepted(DUE)


@in_world
async def test_connection_lost_during_the_write_defers_the_row(world: World) -> None:
    world.pen.held = True
    delivered = world.deliver(checkout())
    await settle()
    world.central.set(Network.DOWN)
    world.courier.report_unreachable("time_out")
    world.pen.release()
    await settle()
    assert delivered.result()[1] == Deferred(DUE)
    assert world.journal.pending()[0].no_block


@in_world
async def test_delivery_cancelled_before_the_answer_promises_nothing(world: World) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    delivered = await world.waits(checkout())
    delivered.cancel()
    world.central.set(Network.UP)
    await settle()
    assert world.central.done == []
    assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@run_async
async def test_broken_journal_promises_nothing_and_stops_the_uploader(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            disk.broken = True
            with pytest.raises(JournalFailed) as failed:
                await world.courier.deliver(checkout())
            assert failed.value.why == "unwritable"
            assert world.central.sent == []
            assert world.parts[PartName.JOURNAL].reason == "unwritable"
            await world.clock.pass_time(60)
            assert isinstance(world.ended, ExceptionGroup)
            disk.broken = False


@run_async
async def test_journal_failing_before_a_promise_is_written_promises_nothing(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            delivered = await world.waits(checkout())
            disk.broken = True
            await world.clock.pass_time(2)
            assert isinstance(delivered.exception(), JournalFailed)
            disk.broken = False


@run_async
async def test_refusal_a_broken_disk_cannot_store_is_not_shown_and_stays_a_refusal(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            world.central.refusals[DUNE] = Reason.LIMIT
            delivered = await world.waits(checkout())
            disk.broken = True
            world.central.set(Network.UP)
            await settle()
            assert isinstance(delivered.exception(), JournalFailed)
            assert isinstance(world.ended, ExceptionGroup)
            disk.broken = False
    async with World(path, world.central) as again:
        assert again.central.done == []
        assert again.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@run_async
async def test_refusal_a_full_disk_cannot_store_stays_a_refusal(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            world.central.refusals[DUNE] = Reason.HELD_FOR_OTHER
            delivered = await world.waits(checkout())
            disk.full = True
            world.central.set(Network.UP)
            await settle()
            assert isinstance(delivered.exception(), JournalFailed)
            disk.full = False
            await world.clock.pass_time(60)
            assert not any(row.no_block for rows in world.central.sent for row in rows)
            assert world.central.done == []
            assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@run_async
async def test_promise_a_full_disk_cannot_store_is_not_made(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            world.central.refusals[DUNE] = Reason.HELD_FOR_OTHER
            delivered = await world.waits(checkout())
            disk.full = True
            await world.clock.pass_time(2)
            assert isinstance(delivered.exception(), JournalFailed)
            disk.full = False
            world.central.set(Network.UP)
            await world.clock.pass_time(60)
            assert not any(row.no_block for rows in world.central.sent for row in rows)
            assert world.central.done == []
            assert world.journal.counts().queued == 0


@run_async
async def test_loan_not_shown_because_of_a_full_disk_is_sent_as_untold(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            delivered = await world.waits(checkout())
            disk.full = True
            await world.clock.pass_time(2)
            assert isinstance(delivered.exception(), JournalFailed)
            disk.full = False
            world.central.set(Network.UP)
            await world.clock.pass_time(60)
            assert [row.untold for rows in world.central.sent for row in rows] == [False, True]
            assert world.central.done == [1]
            assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@in_world
async def test_loan_made_after_the_patron_left_is_sent_as_untold(world: World) -> None:
    delivered = await world.waits(checkout())
    delivered.cancel()
    await settle()
    world.central.set(Network.UP)
    await settle()
    assert [row.untold for rows in world.central.sent for row in rows] == [False, True]
    assert world.central.done == [1]


@run_async
async def test_loan_answered_as_the_patron_leaves_is_sent_as_untold(path: Path) -> None:
    central = CancellingKeeper()
    async with World(path, central) as world:
        central.waiting = await world.waits(checkout())
        central.set(Network.UP)
        await settle()
        assert central.waiting.cancelled()
        assert [row.untold for rows in central.sent for row in rows] == [False, True]
        assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@run_async
async def test_loan_of_a_patron_waiting_at_a_crash_is_sent_as_untold(path: Path) -> None:
    central = BookKeeper()
    async with World(path, central) as world:
        delivered = await world.waits(checkout())
    delivered.cancel()
    central.set(Network.UP)
    async with World(path, central) as again:
        await settle()
        assert central.sent[-1][0].untold
        assert again.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)


@in_world
async def test_loan_shown_to_the_patron_is_never_sent_as_untold(world: World) -> None:
    assert await world.outcome(checkout()) == Accepted(DUE)
    world.central.set(Network.SILENT)
    late = world.deliver(checkout(EMMA))
    await world.clock.pass_time(2)
    assert isinstance(late.result()[1], Deferred)
    world.central.set(Network.UP)
    await world.clock.pass_time(60)
    assert not any(row.untold for rows in world.central.sent for row in rows)
    assert world.central.done == [1, 2]


@run_async
async def test_answer_a_full_disk_cannot_store_is_requested_again(path: Path) -> None:
    with brittle() as disk:
        async with World(path) as world:
            delivered = await world.waits(checkout())
            disk.full = True
            world.central.set(Network.UP)
            await settle()
            assert delivered.result()[1] == Accepted(DUE)
            assert world.parts[PartName.JOURNAL].reason == "full"
            assert world.journal.counts().queued == 1
            disk.full = False
            await world.clock.pass_time(10)
            assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)
            assert world.central.done == [1]


@run_async
async def test_row_of_an_unknown_kind_is_uploaded(path: Path) -> None:
    Journal.create(path)
    journal = Journal.open(path)
    journal.append(
        "inventory", '{"of":"a later version"}', Moment(START, ClockTrust.UNKNOWN, "boot", 1), no_block=False
    )
    journal.close_file()
    async with World(path) as world:
        assert world.courier.pending == []
        assert [rows[0].kind for rows in world.central.sent] == ["inventory"]
        assert world.journal.counts().acknowledged == 1
        assert world.courier.accepted_after(0) == []


@run_async
async def test_missing_answers_are_retried_at_a_moderate_rate(path: Path) -> None:
    class Mute(BookKeeper):
        async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
            await super().hand_over(rows)
            return []

    async with World(path, Mute()) as world:
        delivered = world.deliver(checkout())
        await world.clock.pass_time(2)
        assert delivered.result()[1] == Deferred(DUE)
        await world.clock.pass_time(60)
        assert 3 <= len(world.central.sent) <= 60


@pytest.mark.parametrize("wish", [0.0, 3600.0])
@run_async
async def test_busy_hub_is_retried_with_pauses_and_soon_after(tmp_path: Path, wish: float) -> None:
    for seed in range(20):
        async with World(tmp_path / f"{seed}.db", seed=seed) as world:
            world.central.script.extend([RetryLater(wish)] * 1000)
            world.deliver(checkout())
            await world.clock.pass_time(600)
            asked = len(world.central.sent)
            assert 600 / 20 <= asked <= 600 / 5
            world.central.script.clear()
            await world.clock.pass_time(20)
            assert world.central.done == [1]


@in_world
async def test_body_is_erased_a_day_after_the_answer(world: World) -> None:
    row, _ = await world.courier.deliver(checkout())
    assert world.journal.find(row) is not None
    await world.clock.jump(24 * 3600)
    assert world.journal.find(row) is None
    assert (await world.courier.counts()).acknowledged == 1


@in_world
async def test_uploader_is_settled_only_while_nothing_is_in_progress(world: World) -> None:
    assert world.courier.is_settled
    world.central.set(Network.DOWN)
    await world.outcome(checkout())
    assert world.courier.is_settled
    world.central.set(Network.SILENT)
    await world.clock.pass_time(13)
    assert not world.courier.is_settled
    world.central.set(Network.UP)
    assert not world.courier.is_settled
    await settle()
    assert world.courier.is_settled
    assert world.courier.watermark == 1


@in_world
async def test_hanging_row_is_deferred_and_marks_the_hub_offline(world: World) -> None:
    hanging = await world.waits(checkout())
    await world.clock.pass_time(2.0)
    assert hanging.result()[1] == Deferred(DUE)
    assert not world.courier.online
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert world.courier.online
    assert world.central.done == [1]


@in_world
async def test_busy_hub_does_not_count_as_offline(world: World) -> None:
    world.central.script.append(RetryLater(15.0))
    waiting = world.deliver(checkout())
    await world.clock.pass_time(2.0)
    assert waiting.result()[1] == Deferred(DUE)
    assert world.courier.online
    await world.clock.pass_time(15)
    assert world.central.done == [1]


@run_async
async def test_kiosks_starting_together_spread_their_uploads(tmp_path: Path) -> None:
    """For example, after a power cut in the library."""
    begun = []
    for seed in range(20):
        queued = tmp_path / f"{seed}.db"
        away = BookKeeper()
        away.set(Network.DOWN)
        async with World(queued, away, seed=seed) as world:
            for _ in range(60):
                await world.outcome(checkin())
        async with World(queued, seed=seed) as world:
            assert isinstance(await world.outcome(checkin()), Deferred), "patrons do not wait"
            for second in range(26):
                if world.central.sent:
                    begun.append(second)
                    break
                await world.clock.pass_time(1)
            await world.clock.pass_time(20 - begun[-1])
            assert world.journal.counts().queued == 0
    assert len(begun) == 20
    assert max(begun) - min(begun) >= 10


async def deliver_denied(world: World) -> asyncio.Task[tuple[TransactionId, Outcome]]:
    """Deliver a checkout that the kiosk's rules refuse, while the hub does not answer."""
    world.central.set(Network.SILENT)
    task = asyncio.ensure_future(world.courier.deliver(checkout(), unless=AT_THE_LIMIT))
    await settle()
    await world.clock.pass_time(2.0)
    assert task.result()[1] == Refused(AT_THE_LIMIT)
    return task


@in_world
async def test_checkout_that_must_not_be_promised_is_refused_after_a_timeout(world: World) -> None:
    await deliver_denied(world)
    assert not world.journal.oldest(1)[0].no_block
    world.central.refusals[DUNE] = Reason.LIMIT
    world.central.set(Network.UP)
    await world.clock.pass_time(60)
    assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)
    assert world.central.done == []


@in_world
async def test_loan_made_after_a_timeout_refusal_is_sent_as_untold(world: World) -> None:
    await deliver_denied(world)
    world.central.set(Network.UP)
    await world.clock.pass_time(60)
    assert world.central.sent[-1][0].untold
    assert not any(row.no_block for rows in world.central.sent for row in rows)


@in_world
async def test_offline_checkout_that_must_not_be_promised_is_not_written(world: World) -> None:
    world.central.set(Network.DOWN)
    await world.outcome(checkin())
    before = world.journal.counts()
    assert (await world.courier.deliver(checkout(), unless=AT_THE_LIMIT))[1] == Refused(AT_THE_LIMIT)
    assert world.journal.counts() == before
    assert isinstance(await world.outcome(checkout()), Deferred)


@run_async
async def test_row_waits_while_earlier_rows_are_answered(path: Path) -> None:
    """Three slow answers, one after another, do not mean that the hub is offline."""
    central = SlowKeeper()
    async with World(path, central) as world:
        central.clock = world.clock
        delivered = [world.deliver(checkout(item)) for item in (DUNE, EMMA, UTOPIA)]
        await world.clock.pass_time(4.5)
        assert [task.result()[1] for task in delivered] == [Accepted(DUE)] * 3
        assert world.changes == []


@in_world
async def test_refusal_waits_for_its_reason(world: World) -> None:
    world.central.refusals[DUNE] = Reason.LIMIT
    delivered = await world.waits(checkout())
    (row,) = world.journal.oldest(1)
    world.courier.refusal_arrived(row.id)
    await world.clock.pass_time(5)
    assert not delivered.done() and world.courier.online
    world.central.set(Network.UP)
    await settle()
    assert delivered.result()[1] == Refused(Block(Reason.LIMIT))


@in_world
async def test_final_result_of_a_deferred_row_is_reported_once(world: World) -> None:
    world.central.set(Network.DOWN)
    of, outcome = await world.deliver(checkout())
    assert outcome == Deferred(DUE) and world.late == []
    world.central.set(Network.UP)
    await world.clock.pass_time(13)
    assert world.late == [(of, Accepted(DUE))]
    assert await world.outcome(checkout(EMMA)) == Accepted(DUE)
    assert len(world.late) == 1


@run_async
async def test_delivery_without_a_journal_fails_with_the_reason(tmp_path: Path) -> None:
    courier = DisabledCourier(JournalMissing(tmp_path / "journal.db"))
    running = asyncio.ensure_future(courier.run())
    courier.report_unreachable("no_connection")
    courier.forget(1)
    with pytest.raises(JournalMissing, match="kiosk journal create"):
        await courier.deliver(checkout())
    assert (courier.online, courier.is_settled) == (False, True)
    assert (list(courier.pending), list(courier.accepted_after(0))) == ([], [])
    assert await courier.counts() == Counts(0, 0, 0)
    assert not running.done()
    running.cancel()
