"""Test a disk that fills before the patron sees the result: staff see the loan.

Journal, uploader and hub are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.central import Answer, CentralUnavailable, JournalRow
from kiosk.journal.journal import Counts, JournalFailed
from kiosk.sync.hub_client import HubClient
from lending.model import CardRef, ItemId
from tests.kiosk.sync.bench import BookKeeper, World, checkout, run_async, settle
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.failing_vfs import BrittleDisk, brittle
from tests.kiosk.sync.patience import PATIENT
from tests.support.patience import PATIENCE


class LosingHub(BookKeeper):
    """The real hub; the first answer is lost, and the disk is full from then on."""

    def __init__(self, hub: HubClient, disk: BrittleDisk) -> None:
        super().__init__()
        self.seal = hub.seal
        self._hub = hub
        self._disk = disk
        self.handed = asyncio.Event()
        """Set by the first answer that arrives."""

    async def ping(self) -> None:
        await self._hub.ping()

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        first = not self.sent
        self.sent.append(tuple(rows))
        answers = await self._hub.hand_over(rows)
        if first:
            self._disk.full = True
            raise CentralUnavailable("no_connection")
        self.handed.set()
        return answers


def hub_state(hub: DemoHub, item: ItemId) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False
        answer: dict[str, Any] = session.get(f"{hub.url}/api/demo/state?items={item}", timeout=PATIENCE).json()
    return answer


@pytest.fixture
def central(hub: DemoHub) -> Iterator[HubClient]:
    client = HubClient(hub.url, hub.signer, timing=PATIENT)
    yield client
    client.close()


def card_of(central: HubClient, hub: DemoHub) -> CardRef:
    return central.reference(hub.patrons["plain_1"]["card"])


def test_loan_with_a_lost_result_on_a_full_disk_opens_an_exception(
    hub: DemoHub, central: HubClient, tmp_path: Path
) -> None:
    item, card = hub.free(), card_of(central, hub)

    @run_async
    async def story() -> None:
        with brittle() as disk:
            losing = LosingHub(central, disk)
            async with World(tmp_path / "journal.db", losing) as world:
                with pytest.raises(JournalFailed):
                    await world.deliver(checkout(item, card))
                disk.full = False
                await world.clock.pass_time(60)
                async with asyncio.timeout(PATIENCE):
                    await losing.handed.wait()
                await settle()
                assert world.journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)
            assert [row.untold for rows in losing.sent for row in rows] == [False, True]

    story()
    found = hub_state(hub, item)
    assert [(loan["item"], loan["state"]) for loan in found["loans"]] == [(item, "on_loan")]
    (loan,) = found["loans"]
    cases = [case for case in found["exceptions"] if case["transaction"] == loan["transaction"]]
    assert [(case["kind"], case["resolved"]) for case in cases] == [("untold", False)]
