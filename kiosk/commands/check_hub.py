"""Check the companion hub for `kiosk check`: its answer, its time, and that it knows this kiosk."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from kiosk.central import CentralUnavailable
from kiosk.commands.check_screen import Finding
from kiosk.config import Config
from kiosk.sync.hub_client import HubClient
from kiosk.sync.identity import IdentityShut, NotEnrolled
from kiosk.system.clock import APART, Clock
from kiosk.system.health import Condition, PartName, PartState
from kiosk.wiring.companion_hub import open_companion_hub
from kiosk.wiring.connections import hub_of, open_central
from kiosk.words import Words


def hub_beside(config: Config, words: Words, clock: Clock) -> list[Finding]:
    """Return the findings; none without a companion hub."""
    name = PartName.HUB
    began = time.monotonic()
    try:
        hub = open_companion_hub(config, None)
        if hub is None:
            return []
        try:
            difference = asyncio.run(_clock_difference(hub, clock))
        finally:
            hub.close()
    except IdentityShut:
        hint = words.say("Run this command as the kiosk's own user, or with sudo.")
        return [Finding(name.value, Condition.FAULTY, words.say("This user may not read the kiosk's identity"), hint)]
    except NotEnrolled:
        hint = words.mending(PartName.CENTRAL, PartState(Condition.FAULTY, "identity_refused"))
        return [Finding(name.value, Condition.FAULTY, words.say("Not enrolled"), hint)]
    except CentralUnavailable as away:
        state = PartState(Condition.FAULTY, str(away.args[0]) if away.args else "away")
        return [Finding(name.value, Condition.FAULTY, words.part_state(state, name), words.mending(name, state))]
    text = words.say("Answers in {n} ms", n=round(1000 * (hub.delay or time.monotonic() - began)))
    if difference <= APART:
        return [Finding(name.value, Condition.READY, text)]
    hint = words.say(
        "Its clock and this one differ by {span}. Set the one that is wrong.",
        span=words.span(difference.total_seconds()),
    )
    return [Finding(name.value, Condition.FAULTY, text, hint)]


def hub_time_differs(config: Config, clock: Clock) -> bool:
    """Return whether the hub that keeps the loans answers with another time; False if it does not answer."""
    if config.central.driver != "hub":
        return False
    try:
        hub = hub_of(open_central(config, clock))
        assert hub is not None
        try:
            return asyncio.run(_clock_difference(hub, clock)) > APART
        finally:
            hub.close()
    except (CentralUnavailable, IdentityShut, NotEnrolled):
        return False


async def _clock_difference(hub: HubClient, clock: Clock) -> timedelta:
    """Return the difference of the clocks. Raises CentralUnavailable if the hub fails or does not know this kiosk."""
    there = await hub.its_time()
    difference = abs(there - clock.now())
    await hub.ping()
    return difference
