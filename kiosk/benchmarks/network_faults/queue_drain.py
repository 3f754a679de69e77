"""Measure the recovery of queues: an outage of all kiosks at once, and a thousand rows of one kiosk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.benchmarks.network_faults.fault_kinds import FaultKind, NetworkFault
from kiosk.benchmarks.network_faults.proxy import Batch
from kiosk.benchmarks.network_faults.simulated_patron import Visitor

OUTAGE_SECONDS = 14.0
"""Seconds: longer than the longest pause between two attempts."""
ACTS = 3
GONE = NetworkFault(FaultKind.REFUSED, rows_only=False, after=False, most=1000, seconds=0.0, share=0.0, choice=0)


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds from the network's return, per kiosk."""

    first: Sequence[float]
    """Until its first rows arrived."""
    back: Sequence[float]
    """Until its queue was empty."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How one kiosk's long queue drained."""

    rows: int
    seconds: float
    """Seconds from the first request to the last answer."""
    since_back: float
    """Seconds from the network's return to the last answer."""
    batches: Sequence[Batch]

    @property
    def in_order(self) -> bool:
        """True if rows came oldest first and once, except batches resent unchanged after a late answer."""
        sent = [tuple(batch.seqs) for batch in self.batches]
        once = [batch for batch, before in zip(sent, [(), *sent], strict=False) if batch != before]
        seqs = [seq for batch in once for seq in batch]
        return seqs == sorted(set(seqs))


async def outage(visitors: Sequence[Visitor]) -> Outage:
    """Interrupt all networks at the same time, with visits during the outage."""
    for each in visitors:
        each.proxy.set(GONE)
        each.proxy.batches.clear()
    await asyncio.gather(*(each.visit(ACTS) for each in visitors))
    await asyncio.sleep(OUTAGE_SECONDS)
    for each in visitors:
        each.proxy.set(None)
    returned = time.monotonic()
    back = await asyncio.gather(*(_empty(each) for each in visitors))
    first = [each.proxy.batches[0].at - returned for each in visitors if each.proxy.batches]
    return Outage(sorted(first), sorted(at - returned for at in back))


async def drain(visitor: Visitor, rows: int) -> Drained:
    """Queue `rows` while the network is down, then restore it."""
    visitor.proxy.set(GONE)
    await visitor.many(rows)
    visitor.proxy.batches.clear()
    visitor.proxy.set(None)
    returned = time.monotonic()
    ended = await _empty(visitor)
    batches = tuple(visitor.proxy.batches)
    return Drained(rows, ended - batches[0].at if batches else 0.0, ended - returned, batches)


async def _empty(visitor: Visitor) -> float:
    """Wait until the queue is empty and return the time."""
    await visitor.settled()
    return time.monotonic()
