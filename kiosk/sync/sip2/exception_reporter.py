"""Report open exceptions to the companion hub until staff resolve them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from pydantic import ValidationError

from kiosk.central import CentralUnavailable
from kiosk.sync.hub_client import HubClient
from kiosk.sync.sip2.exception_store import ExceptionKind, StoredException
from kiosk.sync.sip2.pending_returns import not_written
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.system.clock import Clock
from lending import wire

log = logging.getLogger(__name__)

LOOK = 10.0
"""Seconds between two checks for a new exception."""
EVERY = 300.0
"""Seconds after which the hub is asked again which exceptions staff have resolved."""


async def report_periodically(central: Sip2ClientWithHub, clock: Clock) -> None:
    """Report a new exception within LOOK seconds, and all of them every EVERY seconds. Runs for ever."""
    reported: Sequence[tuple[str, ExceptionKind]] = ()
    due = clock.monotonic()
    while True:
        still = [(each.id, each.kind) for each in central.cases.urgent]
        if still and (still != reported or clock.monotonic() >= due):
            try:
                await tell(central)
                reported, due = still, clock.monotonic() + EVERY
            except CentralUnavailable as away:
                log.debug("Cannot report %d exceptions to the hub: %s", len(still), away)
            except OSError as error:
                not_written(error)
        await clock.sleep(LOOK)


async def tell(central: Sip2ClientWithHub) -> None:
    """Report all open exceptions and remove those resolved at the hub. Raises CentralUnavailable, OSError."""
    cases = [(each, sent) for each in central.cases.urgent if (sent := _wire_case(each, central.hub))]
    for first in range(0, len(cases), wire.MOST_ROWS):
        some = cases[first : first + wire.MOST_ROWS]
        request = wire.CasesRequest(wire=wire.VERSION, cases=[sent for _case, sent in some])
        settled = (await central.hub.cases(request)).settled
        current = [case for case, _sent in some if central.cases.find(case.id) == case]
        if done := [case.id for case in current if case.id in settled]:
            await asyncio.to_thread(central.cases.settle, done)
        if fresh := [case.id for case in current if case.id not in settled and not case.is_reported]:
            await asyncio.to_thread(central.cases.mark_told, fresh)


def _wire_case(case: StoredException, hub: HubClient) -> wire.WireCase | None:
    """Convert an exception; None if it fits no request, in which case it stays at the kiosk."""
    try:
        return wire.WireCase.model_validate(
            {
                "id": case.id,
                "kind": case.kind.value,
                "at": case.at,
                "act": case.act,
                "item": case.item,
                "card": hub.reference(case.number) if case.number else "",
                "promised": case.promised,
                "given": case.given,
                "reason": case.reason[:64],
            }
        )
    except ValidationError as error:
        log.error("An exception cannot be sent to the hub and stays at the kiosk: %s", wire.first_fault(error))
        return None
