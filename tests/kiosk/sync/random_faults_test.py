"""Test the uploader under random faults: each promise takes effect once, and in order."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kiosk.central import Accepted, Deferred, Outcome, Refused, RetryLater
from kiosk.journal.journal import JournalFailed
from lending.model import CardRef, ItemId, Reason
from lending.transactions import TransactionId
from tests.kiosk.sync.bench import BookKeeper, Network, World, checkout, settle
from tests.kiosk.sync.failing_vfs import BrittleDisk, brittle

ITEMS = [ItemId(f"3000100000{number:04d}") for number in range(6)]


@dataclass(frozen=True)
class Deliver:
    item: ItemId


@dataclass(frozen=True)
class Leave:
    """Cancel the newest delivery."""


@dataclass(frozen=True)
class Turn:
    network: Network


@dataclass(frozen=True)
class Pass:
    seconds: float


@dataclass(frozen=True)
class Refuse:
    item: ItemId


@dataclass(frozen=True)
class Forbid:
    item: ItemId


@dataclass(frozen=True)
class Busy:
    after: float


@dataclass(frozen=True)
class Fill:
    """Set whether the disk is too full for a new row."""

    full: bool


@dataclass(frozen=True)
class Jam:
    """Set whether every disk write fails, including marks and answers."""

    full: bool


@dataclass(frozen=True)
class Crash:
    patience: float = 2.0
    """Patience of the next run, in seconds."""


Step = Deliver | Leave | Turn | Pass | Refuse | Forbid | Busy | Fill | Jam | Crash
an_item = st.sampled_from(ITEMS)
a_step: st.SearchStrategy[Step] = st.one_of(
    st.builds(Deliver, an_item),
    st.builds(Deliver, an_item),
    st.builds(Turn, st.sampled_from(Network)),
    st.builds(Pass, st.sampled_from([0.5, 2.0, 13.0, 400.0])),
    st.builds(Refuse, an_item),
    st.builds(Forbid, an_item),
    st.builds(Busy, st.sampled_from([0.0, 1.0, 30.0])),
    st.builds(Fill, st.booleans()),
    st.builds(Jam, st.booleans()),
    st.builds(Leave),
    st.builds(Crash, st.sampled_from([0.0, 2.0, 10.0])),
)


REFUSED_LATER: Sequence[Step] = [Refuse(ITEMS[0]), Turn(Network.SILENT), Deliver(ITEMS[0]), Jam(True)]
JAMMED_PROMISE: Sequence[Step] = [*REFUSED_LATER, Pass(2.0), Jam(False), Turn(Network.UP), Pass(13.0)]
JAMMED_ACCEPTANCE: Sequence[Step] = [*JAMMED_PROMISE[1:4], Pass(2.0), Turn(Network.UP), Jam(False), Pass(13.0)]
LATE_ACCEPTANCE: Sequence[Step] = [*JAMMED_PROMISE[1:3], Crash()]
"""The patron cannot see the answer, and the hub makes the loan."""
JAMMED_REFUSAL: Sequence[Step] = [*REFUSED_LATER, Turn(Network.UP), Jam(False), Pass(13.0)]
"""The disk fails while a refusal is written."""


@dataclass
class History:
    """What each patron was shown. Each delivery has its own card, made from its number."""

    deliveries: list[asyncio.Task[tuple[TransactionId, Outcome]]] = field(default_factory=list)

    def shown(self) -> dict[TransactionId, Outcome]:
        done = [task for task in self.deliveries if task.done() and not task.cancelled() and not task.exception()]
        return dict(task.result() for task in done)

    def failed(self) -> list[CardRef]:
        """Cards of patrons whose delivery failed with a journal error."""
        numbered = enumerate(self.deliveries)
        return [card(number) for number, task in numbered if not task.cancelled() and task.exception()]


def card(number: int) -> CardRef:
    return CardRef(f"{number:064x}")


def play(steps: Sequence[Step]) -> tuple[BookKeeper, History]:
    with tempfile.TemporaryDirectory() as folder, brittle() as disk:
        return asyncio.run(run(Path(folder) / "journal.db", steps, disk))


async def run(path: Path, steps: Sequence[Step], disk: BrittleDisk) -> tuple[BookKeeper, History]:
    """Run the kiosk between crashes, then once without faults; each run starts with free disk space."""
    central, history = BookKeeper(), History()
    lives: list[tuple[float, list[Step]]] = [(2.0, [])]
    for step in steps:
        if isinstance(step, Crash):
            lives.append((step.patience, []))
        else:
            lives[-1][1].append(step)
    for patience, life in lives:
        async with World(path, central, patience=patience) as world:
            for step in life:
                await take(step, world, history, disk)
            disk.full = False
        for task in history.deliveries:
            task.cancel()
        await asyncio.gather(*history.deliveries, return_exceptions=True)
    central.script.clear()
    central.set(Network.UP)
    async with World(path, central) as world:
        await world.clock.pass_time(30)
        assert world.journal.counts().queued == 0, "the queue does not empty"
        assert world.courier.is_settled
    return central, history


async def take(step: Step, world: World, history: History, disk: BrittleDisk) -> None:
    match step:
        case Deliver(item=item):
            history.deliveries.append(world.deliver(checkout(item, card(len(history.deliveries)))))
        case Leave():
            with contextlib.suppress(IndexError):
                history.deliveries[-1].cancel()
        case Turn(network=network):
            world.central.set(network)
        case Pass(seconds=seconds):
            await world.clock.pass_time(seconds)
        case Refuse(item=item):
            world.central.refusals[item] = Reason.LIMIT
        case Forbid(item=item):
            world.central.impossible[item] = "no such item"
        case Busy(after=after):
            world.central.script.append(RetryLater(after))
        case Fill(full=full):
            world.free = 0 if full else 1 << 40
        case Jam(full=full):
            disk.full = full
    await settle()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(a_step, max_size=30))
@example(JAMMED_PROMISE)
@example(JAMMED_REFUSAL)
@example(JAMMED_ACCEPTANCE)
@example(LATE_ACCEPTANCE)
def test_each_promise_takes_effect_once_and_in_order(steps: Sequence[Step]) -> None:
    central, history = play(steps)
    seqs = {row.id: row.seq for rows in central.sent for row in rows}
    assert central.done == sorted(set(central.done)), "an effect is repeated or out of order"
    for id, outcome in history.shown().items():
        _, answer = central.stored.get(id, (False, None))
        match outcome:
            case Accepted():
                assert answer == outcome
            case Deferred():
                assert answer is not None, "a promise never reached the hub"
                assert not isinstance(answer, Refused), "a promise was refused"
                assert isinstance(answer, Accepted) == (seqs[id] in central.done)
            case Refused():
                assert id not in central.stored or seqs[id] not in central.done, "a refusal became a loan"
    for task in history.deliveries:
        if not task.cancelled() and task.exception():
            assert isinstance(task.exception(), JournalFailed)
    forced = [row for rows in central.sent for row in rows if row.no_block]
    for each in history.failed():
        assert not any(each in row.body for row in forced), "a row without a promise was sent as no-block"
    assert_each_loan_was_shown_or_reported(central, history)


def assert_each_loan_was_shown_or_reported(central: BookKeeper, history: History) -> None:
    shown = {id for id, outcome in history.shown().items() if not isinstance(outcome, Refused)}
    for seq in central.done:
        sent = [row for rows in central.sent for row in rows if row.seq == seq]
        assert sent[-1].id in shown or any(row.no_block or row.untold for row in sent)
    silent = [row for rows in central.sent for row in rows if row.untold]
    assert not any(row.no_block for row in silent), "a promised row was sent as untold"


def test_control_examples_make_loans_without_a_shown_result() -> None:
    """Negative control."""
    for steps in (JAMMED_ACCEPTANCE, LATE_ACCEPTANCE):
        central, history = play(steps)
        assert (central.done, history.shown()) == ([1], {})
        assert central.sent[-1][0].untold


def test_control_examples_fail_a_mark_and_an_answer() -> None:
    """Negative control: the examples reach the faults."""
    for steps in (JAMMED_PROMISE, JAMMED_REFUSAL):
        _, history = play(steps)
        assert history.failed() == [card(0)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(a_step, max_size=30))
def test_rows_are_resent_as_written(steps: Sequence[Step]) -> None:
    central, _ = play(steps)
    last: dict[TransactionId, bool] = {}
    bodies: dict[TransactionId, str] = {}
    for rows in central.sent:
        assert [row.seq for row in rows] == list(range(rows[0].seq, rows[0].seq + len(rows)))
        assert len(rows) == 1 or all(row.no_block for row in rows)
        for row in rows:
            assert bodies.setdefault(row.id, row.body) == row.body
            assert row.no_block >= last.get(row.id, False), "no-block was revoked"
            last[row.id] = row.no_block
    assert len({row.seq for rows in central.sent for row in rows}) == len(bodies)
