"""Open the companion hub of an ILS, and the queue of transactions for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from random import SystemRandom

from kiosk.config import Config
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.journal.recovery import open_or_rescue
from kiosk.sync.courier import Courier, DisabledCourier
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import HubClient, Stamp
from kiosk.sync.request_signer import Signer
from kiosk.system.clock import Clock
from kiosk.system.health import Condition, Health, PartName, PartState

log = logging.getLogger(__name__)


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
    hub: HubClient, config: Config, clock: Clock, health: Health, pen: Executor
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
        journal = open_or_rescue(config.paths.copies, clock.now())
        return Courier(journal, hub, clock, Health(report), lambda _online: None, pen, SystemRandom())
    except JournalFailed as failure:
        log.error("Transactions cannot be reported to the hub: %s", failure)
        health.report(PartName.HUB, PartState(Condition.FAULTY, failure.why))
        return DisabledCourier(failure)
