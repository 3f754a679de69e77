"""Open the library-system client, the journal and the courier that kiosk.toml configures."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, assert_never

from kiosk.central import CentralUnavailable, Outcome
from kiosk.config import Config
from kiosk.config.central import HubCentral
from kiosk.config.central import Sip2Central as Sip2Section
from kiosk.events import BacklogKnown
from kiosk.journal.errors import LEAST_FREE
from kiosk.journal.journal import Counts, Journal, JournalFailed, free_space
from kiosk.journal.recovery import open_or_rescue
from kiosk.snapshot.companion_snapshot import CompanionSnapshot
from kiosk.snapshot.csv_snapshot import OpenSnapshot
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.courier import Courier, DisabledCourier
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import HubClient, Stamp
from kiosk.sync.request_signer import Signer
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.sync.transaction_queue import OfflineLimits
from kiosk.system.clock import Clock
from kiosk.system.control_socket import CommandRefused
from kiosk.system.health import Condition, Health, PartName, PartState
from kiosk.wiring.sip2_connections import accepted_numbers, csv_pages, open_sip2
from lending.policy import Policy
from lending.transactions import TransactionId

if TYPE_CHECKING:
    from kiosk.wiring.power_cut_disk import CuttableDisk

log = logging.getLogger(__name__)

LOOK_AGAIN = 10.0
"""Seconds between two checks whether the journal is usable again."""


AnyCentral = HubClient | Sip2Client


def open_central(
    config: Config,
    clock: Clock,
    via: tuple[str, int] | None = None,
    stamp: Callable[[], Stamp] | None = None,
    timing: Timing = Timing(),  # noqa: B008 - a frozen value
) -> AnyCentral:
    """Open the central that kiosk.toml names. Raises ConfigError, NotEnrolled.

    Args:
        config: The configuration.
        clock: The kiosk's clock.
        via: Host and port to connect to instead.
        stamp: Returns the machine's boot id and monotonic nanoseconds. None on a stage, which moves the kiosk's
            clock while the hub's runs on.
        timing: Time limits.
    """
    match config.central:
        case HubCentral(url=url):
            return HubClient(url, Signer.load(config.paths.state), via, timing, stamp=stamp)
        case Sip2Section() as section:
            return open_sip2(config, section, via, clock.now, open_companion_hub(config, stamp, timing))
        case never:
            assert_never(never)


def hub_of(central: AnyCentral) -> HubClient | None:
    """Return the hub, as central or companion; None if there is none."""
    match central:
        case HubClient():
            return central
        case Sip2ClientWithHub(hub=hub):
            return hub
        case _:
            return None


def open_snapshot(config: Config, central: AnyCentral, clock: Clock, health: Health) -> Snapshot:
    """Open the snapshot. Without a hub it is built from [policy] and the library's CSV files."""
    if isinstance(central, HubClient):
        return Snapshot(config.paths.snapshot, central, clock, health)
    if isinstance(central, Sip2ClientWithHub):
        central.facts = snapshot = CompanionSnapshot(config.paths.snapshot, central.hub, clock, health, central.at_hub)
        return snapshot
    assert config.policy is not None, "the configuration sees to it"
    pages, takes = csv_pages(config, config.policy, central), accepted_numbers(config, config.policy, central)
    return OpenSnapshot(config.paths.snapshot, pages, clock, health, takes)


def policy_now(snapshot: Snapshot, central: AnyCentral, courier: Courier | DisabledCourier) -> Policy | None:
    """Return the loan rules in force. While an ILS answers, it decides by its own rules, which SIP2 does not send."""
    rules = snapshot.policy
    if rules is None or isinstance(central, HubClient):
        return rules
    if not courier.online:
        return rules
    lends, renews = central.allows("checkout"), central.allows("renewal")
    return replace(rules, central_decides=True, checkout_enabled=lends, renewal_enabled=renews)


RETURNS_EVERY = 300.0
"""Seconds between two checks whether staff have seen the returned items."""


async def look_after_returns(central: Sip2Client, courier: Courier | DisabledCourier, clock: Clock) -> None:
    """Send the returns that staff have confirmed, and drop those checked in at the ILS itself. Runs for ever."""
    while True:
        await clock.sleep(RETURNS_EVERY)
        if courier.online:
            try:
                await central.look_after_returns()
            except CentralUnavailable as away:
                courier.report_unreachable(str(away))


ANSWERED_WITHIN = 60
"""Seconds in which a visit's transactions must be answered, or its end is not reported."""


async def report_ended_visits(central: Sip2Client, courier: Courier | DisabledCourier, clock: Clock) -> None:
    """Report the end of a visit when the ILS has answered all its transactions. Runs for ever."""
    while True:
        await central.parting.wait_for_visit_end()
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
    may_upgrade: bool = True,
) -> Courier | DisabledCourier:
    """Open the courier and rescue a damaged journal; without a journal nothing is promised.

    `changed` is called with True or False when the central becomes reachable or unreachable, `late` with the answer
    to a transaction that was promised before. `may_upgrade` is False while a new version is on trial.
    """
    try:
        window = OfflineLimits(**config.offline.model_dump())
        with disk.holding() if disk else contextlib.nullcontext():
            journal = open_or_rescue(config.paths.journal, clock.now(), may_upgrade)
        patience = config.central.patience
        courier = Courier(journal, central, clock, health, changed, pen, SystemRandom(), window, patience, late)
        if isinstance(central, Sip2Client):
            central.on_refusal = courier.refusal_arrived
        return courier
    except JournalFailed as failure:
        log.error("%s", failure)
        health.report(PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))
        return DisabledCourier(failure)


async def technician_counts(courier: Courier | DisabledCourier, central: AnyCentral) -> Counts:
    """Return the counts; raise CommandRefused without a journal, so that it does not look empty."""
    if isinstance(courier, DisabledCourier):
        raise CommandRefused(str(courier.failure))
    return await count_queue(courier, central)


async def count_queue(courier: Courier | DisabledCourier, central: AnyCentral) -> Counts:
    """Count the rows; with an ILS, `exceptions` are those stored at the kiosk that staff have not resolved."""
    counts = await courier.counts()
    return counts if isinstance(central, HubClient) else replace(counts, exceptions=len(central.cases.urgent))


async def backlog(courier: Courier | DisabledCourier, central: AnyCentral) -> BacklogKnown:
    """Return what the desk shows about the queue."""
    counts = await count_queue(courier, central)
    reported = 0 if isinstance(central, HubClient) else sum(each.is_reported for each in central.cases.urgent)
    return BacklogKnown(counts.queued, counts.exceptions, courier.queue_age, central.delay, reported)


async def until_mended(journal: Path, clock: Clock, may_upgrade: Callable[[], bool]) -> None:
    """Wait until a journal that could not be opened at the start is usable: only a restart opens it."""
    await clock.sleep(LOOK_AGAIN)
    while not (may_upgrade() and await asyncio.to_thread(_can_be_used, journal, clock.now())):
        await clock.sleep(LOOK_AGAIN)


def _can_be_used(path: Path, now: datetime) -> bool:
    """Return whether the journal opens; if there is room, a rescue is begun or continued."""
    try:
        room = free_space(path.parent) >= LEAST_FREE
        (open_or_rescue(path, now) if room else Journal.open(path)).close_file()
    except (OSError, JournalFailed):
        return False
    return True


def open_companion_hub(
    config: Config,
    stamp: Callable[[], Stamp] | None,
    timing: Timing = Timing(),  # noqa: B008 - a frozen value
) -> HubClient | None:
    """Open the client; None without a companion hub. Raises NotEnrolled."""
    if config.hub is None:
        return None
    return HubClient(config.hub.url, Signer.load(config.paths.state), timing=timing, stamp=stamp, elsewhere=True)


def courier_to(
    hub: HubClient, config: Config, clock: Clock, health: Health, pen: Executor, may_upgrade: bool = True
) -> Courier | DisabledCourier:
    """Open the courier to the companion hub, with a journal of its own. Without that journal, circulation continues.

    The state of the hub is reported as a part of its own, as a queue for it blocks nothing.
    """

    def report(part: PartName, state: PartState) -> None:
        if part is PartName.CENTRAL:
            health.report(PartName.HUB, state)

    with suppress(FileExistsError):
        Journal.create(config.paths.copies)
    try:
        journal = open_or_rescue(config.paths.copies, clock.now(), may_upgrade)
        return Courier(journal, hub, clock, Health(report), lambda _online: None, pen, SystemRandom())
    except JournalFailed as failure:
        log.error("Transactions cannot be reported to the hub: %s", failure)
        health.report(PartName.HUB, PartState(Condition.FAULTY, failure.why))
        return DisabledCourier(failure)
