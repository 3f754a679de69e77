"""Test sealed rows: readable by the hub only, sent once and unchanged, with their envelopes readable here."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.central import Accepted, Deferred
from kiosk.journal.journal import Counts, Journal, State
from kiosk.sync.hub_client import HubSeal
from kiosk.sync.transaction_summary import encode_sealed
from lending import sealing
from lending.sealing import SealBroken
from lending.transactions import Checkin, Renew, ReturnMode, Undo
from lending.wire import decode
from tests.kiosk.journal.journal_test import BODY, MOMENT, make_version_1
from tests.kiosk.sync.bench import ADA, DUE, DUNE, EMMA, START, UTOPIA, Network, World, checkin, checkout, run_async
from tests.kiosk.sync.seal_keys import HUBS, IDENTITY, DealtSeal, plain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def on_disk(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_sealed_body_opens_with_the_key_of_the_hub_only() -> None:
    seal = HubSeal(lambda: IDENTITY)
    first, second = seal.close("a body"), seal.close("a body")
    assert first != second
    for each in (first, second, DealtSeal().close("a body")):
        box = sealing.read(each)
        assert box is not None
        assert sealing.decrypt(HUBS, box) == "a body"
        with pytest.raises(SealBroken):
            sealing.decrypt("ab" * 32, box)


@pytest.mark.parametrize("text", ["", "{}", "x25519:12:AA", "x25519:0123456789abcdef:", "x25519:0123456789ABCDEF:AA=="])
def test_unsealed_text_is_not_read_as_a_box(text: str) -> None:
    assert sealing.read(text) is None


def test_marks_depend_on_key_and_kind() -> None:
    one, other = (sealing.mark_of_item(key, DUNE) for key in (b"a" * 32, b"b" * 32))
    assert re.fullmatch("[0-9a-f]{64}", one)
    assert len({one, other, sealing.mark_of_item(b"a" * 32, EMMA), sealing.mark_of_body(b"a" * 32, "item", DUNE)}) == 4


@run_async
async def test_journal_file_reveals_no_item_and_no_transaction(path: Path) -> None:
    async with World(path) as world:
        world.central.set(Network.DOWN)
        for act in (checkout(DUNE), Renew(ADA, EMMA, DUE), checkin(UTOPIA)):
            await world.courier.deliver(act)
        content = on_disk(path)
        for secret in (DUNE, EMMA, UTOPIA, '"due"', "provisional", DUE.isoformat()):
            assert secret.encode() not in content
        assert [decode(row.kind, plain(row)) for row in world.journal.pending()] == [
            checkout(DUNE),
            Renew(ADA, EMMA, DUE),
            Checkin(UTOPIA, ReturnMode.PROVISIONAL),
        ]


@run_async
async def test_queued_rows_are_sent_unchanged_after_a_restart(path: Path) -> None:
    async with World(path) as world:
        world.central.set(Network.DOWN)
        for number in range(50):
            _, outcome = await world.courier.deliver(checkout() if number % 2 else checkin())
            assert isinstance(outcome, Deferred)
        sealed = [row.body for row in world.journal.pending()]
    assert len(set(sealed)) == 50
    world.central.sent.clear()
    world.central.set(Network.ANSWER_LOST)
    async with World(path, world.central) as again:
        await again.clock.pass_time(60)
        assert again.journal.counts() == Counts(queued=0, acknowledged=50, exceptions=0)
        assert again.central.done == list(range(1, 51))
        for sending in again.central.sent:
            assert [row.body for row in sending] == sealed[: len(sending)]
        assert len(again.central.sent) > 1


@run_async
async def test_undo_after_a_restart_names_the_transaction(path: Path) -> None:
    async with World(path) as world:
        loan, outcome = await world.courier.deliver(checkout())
        assert isinstance(outcome, Accepted)
        world.central.set(Network.DOWN)
        await world.courier.deliver(Undo(loan))
    async with World(path, world.central) as again:
        (known,) = again.courier.pending
        assert (known.trace.undoes, known.undone and known.undone.mark) == (loan, DealtSeal().mark_item(DUNE))
        again.central.set(Network.UP)
        await again.clock.pass_time(60)
        assert decode("undo", plain(again.central.sent[-1][-1])) == Undo(loan)


@run_async
async def test_unsealed_rows_of_an_old_journal_are_uploaded_unchanged(path: Path) -> None:
    make_version_1(path, 2)
    async with World(path) as world:
        assert [row.body for rows in world.central.sent for row in rows] == [BODY, BODY]
        assert world.journal.counts().acknowledged == 2
        assert [each.trace.item for each in world.courier.accepted_after(0)] == [DUNE, DUNE]


def test_purged_row_leaves_nothing_of_its_body(path: Path) -> None:
    Journal.create(path)
    journal = Journal.open(path)
    kind, body, marks = encode_sealed(DealtSeal(), checkout())
    row = journal.append(kind, body, MOMENT, True, marks)
    journal.close(row.id, State.ACCEPTED, "{}", "", START)
    journal.purge(START + timedelta(days=1))
    journal.close_file()
    content = on_disk(path)
    for each in (body, marks.item, marks.card, marks.body):
        assert each.encode() not in content
    Journal.open(path).close_file()
