"""Tells the hub beside the system what staff have to see to, until they have settled it there; decides no case."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from pydantic import ValidationError

from kiosk.central import CentralAway
from kiosk.sync.hub_client import HubClient
from kiosk.sync.sip2.exception_store import ExceptionKind, StoredException
from kiosk.sync.sip2.pending_returns import not_written
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.system.clock import Clock
from lending import wire

log = logging.getLogger(__name__)

LOOK = 10.0
"""Seconds between two looks for a new case."""
EVERY = 300.0
"""Seconds after which the hub is asked again what staff have settled."""


async def tell_cases(central: Sip2ClientWithHub, clock: Clock) -> None:
    """Never returns: a new case is told soon, and all of them again now and then; an absent hub hears them later."""
    heard: Sequence[tuple[str, ExceptionKind]] = ()
    due = clock.monotonic()
    while True:
        still = [(each.id, each.kind) for each in central.cases.urgent]
        if still and (still != heard or clock.monotonic() >= due):
            try:
                await tell(central)
                heard, due = still, clock.monotonic() + EVERY
            except CentralAway as away:
                log.debug("the hub does not hear of %d cases: %s", len(still), away)
            except OSError as error:
                not_written(error)
        await clock.sleep(LOOK)


async def tell(central: Sip2ClientWithHub) -> None:
    """Tells all that are open, and takes off what staff have settled at the hub. Raises CentralAway, OSError."""
    cases = [(each, told) for each in central.cases.urgent if (told := _told(each, central.hub))]
    for first in range(0, len(cases), wire.MOST_ROWS):
        some = cases[first : first + wire.MOST_ROWS]
        request = wire.CasesRequest(wire=wire.VERSION, cases=[told for _case, told in some])
        settled = (await central.hub.cases(request)).settled
        heard = [case for case, _told in some if central.cases.known(case.id) == case]
        if done := [case.id for case in heard if case.id in settled]:
            await asyncio.to_thread(central.cases.settle, done)
        if fresh := [case.id for case in heard if case.id not in settled and not case.told]:
            await asyncio.to_thread(central.cases.mark_told, fresh)


def _told(case: StoredException, hub: HubClient) -> wire.WireCase | None:
    """None of a case that fits no wire: it stays here."""
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
        log.error("a case can never be told to the hub: %s", wire.first_fault(error))
        return None
