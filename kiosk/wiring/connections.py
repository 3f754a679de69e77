"""Opens what a transaction travels by, as kiosk.toml names it: central, journal, courier; knows no desk and no part."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, assert_never

from kiosk.central import CentralAway, Outcome
from kiosk.config import Config
from kiosk.config.central import HubCentral
from kiosk.config.central import Sip2Central as Sip2Section
from kiosk.events import BacklogKnown
from kiosk.journal.errors import LEAST_FREE
from kiosk.journal.journal import Counts, Journal, JournalFailed, free_space
from kiosk.journal.recovery import opened
from kiosk.snapshot.companion_snapshot import CompanionSnapshot
from kiosk.snapshot.open_snapshot import OpenSnapshot
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.courier import Courier
from kiosk.sync.disabled_uploader import DisabledUploader
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import HubClient, Stamp
from kiosk.sync.offline_limits import OfflineLimits
from kiosk.sync.request_signer import Signer
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.system.clock import Clock
from kiosk.system.control_socket import CommandRefused
from kiosk.system.health import Condition, Health, PartName, PartState
from kiosk.wiring.companion_hub import open_hub_beside
from kiosk.wiring.sip2_connections import anybody, open_sip2, own_pages
from lending.policy import Policy
from lending.transactions import TransactionId

if TYPE_CHECKING:
    from kiosk.journal.sqlite_recorder import CuttableDisk

log = logging.getLogger(__name__)

LOOK_AGAIN = 10.0
"""Seconds between two looks whether the journal is mended."""


AnyCentral = HubClient | Sip2Client


def open_central(
    config: Config,
    clock: Clock,
    via: tuple[str, int] | None = None,
    stamp: Callable[[], Stamp] | None = None,
    timing: Timing = Timing(),  # noqa: B008 - a frozen value
) -> AnyCentral:
    """The central that kiosk.toml names; `via` is where to connect instead. Raises ConfigError, NotEnrolled.

    `stamp` is the machine's own: a stage moves its clock while the hub's stands still.
    """
    match config.central:
        case HubCentral(url=url):
            return HubClient(url, Signer.of(config.paths.state), via, timing, stamp=stamp)
        case Sip2Section() as section:
            return open_sip2(config, section, via, clock.now, open_hub_beside(config, stamp, timing))
        case never:
            assert_never(never)


def hub_of(central: AnyCentral) -> HubClient | None:
    """Our hub, as the central or beside it; None where there is none."""
    match central:
        case HubClient():
            return central
        case Sip2ClientWithHub(hub=hub):
            return hub
        case _:
            return None


def open_snapshot(config: Config, central: AnyCentral, clock: Clock, health: Health) -> Snapshot:
    """Our hub sends it; a SIP2 system has none, so that without a hub [policy] and the library's sheets make it."""
    if isinstance(central, HubClient):
        return Snapshot(config.paths.snapshot, central, clock, health)
    if isinstance(central, Sip2ClientWithHub):
        central.facts = snapshot = CompanionSnapshot(config.paths.snapshot, central.hub, clock, health, central.at_hub)
        return snapshot
    assert config.policy is not None, "the configuration sees to it"
    pages, takes = own_pages(config, config.policy, central), anybody(config, config.policy, central)
    return OpenSnapshot(config.paths.snapshot, pages, clock, health, takes)


def policy_now(snapshot: Snapshot, central: AnyCentral, courier: Courier | DisabledUploader) -> Policy | None:
    """While a SIP2 system answers it judges by its own rules, of which the kiosk knows nothing."""
    rules = snapshot.policy
    if rules is None or isinstance(central, HubClient):
        return rules
    if not courier.online:
        return rules
    lends, renews = central.allows("checkout"), central.allows("renewal")
    return replace(rules, central_decides=True, lends=lends, renews=renews)


RETURNS_EVERY = 300.0
"""Seconds between two looks whether staff have seen what was handed in."""


async def look_after_returns(central: Sip2Client, courier: Courier | DisabledUploader, clock: Clock) -> None:
    """Never returns: what staff have seen is handed over, or was taken back by them at the system itself."""
    while True:
        await clock.sleep(RETURNS_EVERY)
        if courier.online:
            try:
                await central.look_after_returns()
            except CentralAway as away:
                courier.missed(str(away))


ANSWERED_WITHIN = 60
"""Seconds in which what was done in a visit is answered, or nothing is said of its end."""


async def say_who_left(central: Sip2Client, courier: Courier | DisabledUploader, clock: Clock) -> None:
    """Never returns: the system hears that a visit is over when it has answered all that was done in it."""
    while True:
        await central.parting.over()
        for _ in range(ANSWERED_WITHIN):
            if not courier.online or not courier.pending:
                break
            await clock.sleep(1.0)
        if courier.online and not courier.pending:
            await central.parting.say()
        else:
            central.parting.drop()


def open_courier(
    config: Config,
    central: AnyCentral,
    clock: Clock,
    health: Health,
    changed: Callable[[bool], None],
    pen: Executor,
    disk: CuttableDisk | None,
    late: Callable[[TransactionId, Outcome], None],
) -> Courier | DisabledUploader:
    """A damaged journal is rescued; without one nothing is promised. `changed`: the central came, or went.

    `late` is called with the answer to what was promised before.
    """
    try:
        window = OfflineLimits(**config.offline.model_dump())
        with disk.holding() if disk else contextlib.nullcontext():
            journal = opened(config.paths.journal, clock.now())
        patience = config.central.patience
        courier = Courier(journal, central, clock, health, changed, pen, SystemRandom(), window, patience, late)
        if isinstance(central, Sip2Client):
            central.on_refusal = courier.refusal_arrived
        return courier
    except JournalFailed as failure:
        log.error("%s", failure)
        health.report(PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))
        return DisabledUploader(failure)


async def told(courier: Courier | DisabledUploader, central: AnyCentral) -> Counts:
    """A technician must not take a journal that cannot be opened for an empty one. Raises CommandRefused."""
    if isinstance(courier, DisabledUploader):
        raise CommandRefused(str(courier.failure))
    return await counted(courier, central)


async def counted(courier: Courier | DisabledUploader, central: AnyCentral) -> Counts:
    """Where no hub keeps an exception desk, what staff have to see to is counted here until they have."""
    counts = await courier.counts()
    return counts if isinstance(central, HubClient) else replace(counts, exceptions=len(central.cases.urgent))


async def backlog(courier: Courier | DisabledUploader, central: AnyCentral) -> BacklogKnown:
    counts = await counted(courier, central)
    told = 0 if isinstance(central, HubClient) else sum(each.told for each in central.cases.urgent)
    return BacklogKnown(counts.queued, counts.exceptions, courier.waited, central.delay, told)


async def until_mended(journal: Path, clock: Clock) -> None:
    """Returns when a journal that was shut at the start can be used: only a new start opens it."""
    await clock.sleep(LOOK_AGAIN)
    while not await asyncio.to_thread(_can_be_used, journal, clock.now()):
        await clock.sleep(LOOK_AGAIN)


def _can_be_used(path: Path, now: datetime) -> bool:
    """Where there is room a rescue is begun, or goes on where a full disk has stopped it."""
    try:
        room = free_space(path.parent) >= LEAST_FREE
        (opened(path, now) if room else Journal.open(path)).close_file()
    except (OSError, JournalFailed):
        return False
    return True
