"""Opens the hub that stands beside a library's own system, and the queue of what it is told; knows no desk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from random import SystemRandom

from kiosk.config import Config
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.journal.recovery import opened
from kiosk.sync.courier import Courier
from kiosk.sync.disabled_uploader import DisabledUploader
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import HubClient, Stamp
from kiosk.sync.request_signer import Signer
from kiosk.system.clock import Clock
from kiosk.system.health import Condition, Health, PartName, PartState

log = logging.getLogger(__name__)


def open_hub_beside(
    config: Config,
    stamp: Callable[[], Stamp] | None,
    timing: Timing = Timing(),  # noqa: B008 - a frozen value
) -> HubClient | None:
    """None where there is none beside the system. Raises NotEnrolled."""
    if config.hub is None:
        return None
    return HubClient(config.hub.url, Signer.of(config.paths.state), timing=timing, stamp=stamp, elsewhere=True)


def courier_to(
    hub: HubClient, config: Config, clock: Clock, health: Health, pen: Executor
) -> Courier | DisabledUploader:
    """Carries what was done to the hub, from a journal of its own. Where that is shut the library lends all the same.

    How the hub is, is told as a part of its own: what waits for it stops nothing.
    """

    def told(part: PartName, state: PartState) -> None:
        if part is PartName.CENTRAL:
            health.report(PartName.HUB, state)

    with suppress(FileExistsError):
        Journal.create(config.paths.copies)
    try:
        journal = opened(config.paths.copies, clock.now())
        return Courier(journal, hub, clock, Health(told), lambda _online: None, pen, SystemRandom())
    except JournalFailed as failure:
        log.error("the hub is told nothing: %s", failure)
        health.report(PartName.HUB, PartState(Condition.FAULTY, failure.why))
        return DisabledUploader(failure)
