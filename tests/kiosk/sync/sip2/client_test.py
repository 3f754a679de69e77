"""Test the SIP2 client: the contract of every library system, and failures specific to SIP2."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.library import Copy, LibraryPatron, SimulatedLibrary
from kiosk.sip2_simulator.server import Simulator
from kiosk.sync.sip2.client import PreRenewalDueDates, Sip2Client
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.device_keys import DeviceKeys, LoanAtReturn
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.requests import PROFILES, Requests, SystemLogin, login
from kiosk.visit_player.proxy import serving
from lending.model import ItemId
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode
from tests.kiosk.sip2_simulator.running_simulator import ZONE
from tests.kiosk.sync.central_contract import CentralContract, Stand, in_weeks

KEYS = DeviceKeys(bytes(range(32)))
ACCOUNT = SystemLogin("main", "kiosk", "word", "main")
FREE = 400


def library() -> SimulatedLibrary:
    library = SimulatedLibrary()
    library.add(
        LibraryPatron("1001", "Ada Sample", "1234", "04A1B2C3", limit=1000),
        LibraryPatron("1002", "林样本", "2345", "04A1B2C4", limit=1000),
        LibraryPatron("1003", "Bela Blocksberg", "3456", "04A1B2C5", blocked=True),
        LibraryPatron("1999", "Uma Unrelated", "9999"),
    )
    library.add(*(Copy(f"3{number:05}", f"Title {number}") for number in range(FREE)))
    library.add(Copy("399998", "Held title", trapped="1999"))
    return library


@dataclass
class System:
    """A simulator on its own event loop, which outlives the loops of the tests."""

    dialect: str
    folder: Path
    library: SimulatedLibrary = field(default_factory=library)
    port: int = 0
    simulator: Simulator | None = None
    transcript: list[str] = field(default_factory=list)
    """Messages logged by the simulator, if a test connects it."""
    ahead: timedelta = timedelta(0)
    """Difference of its clock to the machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def central(self, born: bool = True, answer: float = 5.0, kind: type[Sip2Client] = Sip2Client) -> Sip2Client:
        profile = PROFILES.get(self.dialect, PROFILES["generic"])
        requests = Requests(ACCOUNT, self.now, ZONE)
        speech = Speech(DIALECTS[self.dialect].charset)
        line = Sip2Connection(Peer("127.0.0.1", self.port), speech, login(ACCOUNT), Timing(answer=answer))

        def is_born(_: JournalRow) -> bool:
            return born

        return kind(line, profile, requests, KEYS, self.befores, is_born, ExceptionStore(self.folder, KEYS))

    @property
    def befores(self) -> PreRenewalDueDates:
        return PreRenewalDueDates(self.folder / "renewals.json")

    def events(self, item: str) -> list[str]:
        return [each.did for each in self.library.events if each.barcode == item]


@contextmanager
def running(dialect: str) -> Iterator[System]:
    folder = Path(tempfile.mkdtemp())
    system = System(dialect, folder)
    loop: asyncio.AbstractEventLoop
    up, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        system.simulator = Simulator(system.library, DIALECTS[dialect], system.now, ZONE)
        async with serving(system.simulator.serve) as system.port:
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    up.wait()
    try:
        yield system
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        shutil.rmtree(folder)


def stand_of(system: System) -> Stand:
    free, seqs = itertools.count(), itertools.count(1)
    return SealedStand(
        central=system.central,
        ada="1001",
        lin="1002",
        pin_of_ada="1234",
        blocked="1003",
        unknown_card="7777",
        free=lambda: ItemId(f"3{next(free):05}"),
        reserved=ItemId("399998"),
        no_item=ItemId("399999"),
        loans=lambda item: system.events(item).count("checkout"),
        seq=lambda: next(seqs),
        counts_renewals=False,
        names_loans=not DIALECTS[system.dialect].titles_as_loans,
        overrules=False,
    )


class SealedStand(Stand):
    """Rows as stored here: sealed to the device."""

    def row(self, act: Act, no_block: bool = False) -> JournalRow:
        plain = super().row(act, no_block)
        return replace(plain, body=KEYS.close(plain.body))


@pytest.fixture(scope="module", params=["koha", "folio", "strict", "evergreen"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    with running(request.param) as system:
        yield system


@pytest.fixture(scope="module")
def stand(system: System) -> Stand:
    return stand_of(system)


class TestASip2System(CentralContract):
    pass


@dataclass
class Tally:
    lost: int = 0
    doubled: int = 0
    renewed: int = 0
    """Renewals that were not requested."""
    refused: int = 0
    """Transactions that were done and reported as not done."""


class RepeatingClient(Sip2Client):
    """Negative control: treats every row as never sent."""

    async def _send_act(self, row: JournalRow, act: Act, fresh: bool, then: LoanAtReturn | None) -> Answer:
        self._befores.drop(row.id)
        return await super()._send_act(row, act, True, then)


async def upload_all(system: System, kind: type[Sip2Client], turns: int = 12) -> Tally:
    """Upload under simulated faults: each row until it is answered, sometimes by a restarted kiosk."""
    random, tally = Random(5), Tally()
    stand, central = stand_of(system), system.central(kind=kind, answer=0.15)
    ada = KEYS.reference("1001")
    for _ in range(turns):
        item = stand.free()
        for act in (Checkout(ada, item, in_weeks()), Renew(ada, item, in_weeks(5)), Checkin(item, ReturnMode.TRUSTED)):
            row = replace(stand.row(act, no_block=random.random() < 0.5), at=system.now())
            while True:
                try:
                    (answer,) = await central.hand_over([row])
                    break
                except CentralUnavailable:
                    if random.random() < 0.3:
                        central.close()
                        central = system.central(born=False, kind=kind, answer=0.15)
            tally.refused += not isinstance(answer, Accepted)
            system.ahead += timedelta(days=7)
        done = system.events(item)
        tally.lost += sum(each not in done for each in ("checkout", "renew", "checkin"))
        tally.doubled += sum(done.count(each) > 1 for each in ("checkout", "checkin"))
        tally.renewed += max(0, done.count("renew") - 1)
    central.close()
    return tally


CONNECTION_FAULTS = ("lost", "half-open", "bad-checksum", "resend-loop", "nonsense", "joined", "worst")


@pytest.mark.parametrize("temper", CONNECTION_FAULTS)
@pytest.mark.parametrize("dialect", ["koha", "folio"])
def test_no_fault_mode_loses_doubles_or_renews_a_loan(dialect: str, temper: str) -> None:
    with running(dialect) as system:
        assert system.simulator is not None
        system.simulator.orders.turn(temper, 11, system.library)
        assert asyncio.run(upload_all(system, Sip2Client)) == Tally()


@pytest.mark.parametrize("temper", ["lost", "resend-loop", "worst"])
def test_blindly_repeating_client_is_detected(temper: str) -> None:
    """Negative control of the previous test."""
    with running("koha") as system:
        assert system.simulator is not None
        system.simulator.orders.turn(temper, 11, system.library)
        assert asyncio.run(upload_all(system, RepeatingClient)) != Tally()
