"""Start with the hub's settings, confirm that they work, and restart between two visits to apply new ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from kiosk.config import Config
from kiosk.config.from_hub import UnusableSetting, unknown_settings, with_settings
from kiosk.sync.identity import IdentityFile
from kiosk.sync.settings_store import SettingsStore
from kiosk.system.clock import Clock

PROBATION = 20.0
"""Seconds that the kiosk must run with new settings before it keeps them."""
IDLE_BEFORE_RESTART = 5.0
"""Seconds at rest before a restart: a patron may be walking up."""
POLL_INTERVAL = 1.0


def open_settings(config: Config) -> tuple[Config, SettingsStore | None]:
    """Return the configuration to run with, and the store; None without a hub. Raises NotEnrolled."""
    if config.at_hub is None:
        return config, None

    def faulty(values: Mapping[str, Any]) -> str:
        try:
            with_settings(config, values)
        except UnusableSetting as unusable:
            return str(unusable)
        return ""

    store = SettingsStore(config.paths.state, IdentityFile(config.paths.state).load(), faulty, unknown_settings)
    return with_settings(config, store.begin()), store


async def confirm(
    store: SettingsStore, clock: Clock, has_drawn: Callable[[], bool], report: Callable[[], None]
) -> None:
    """Keep the settings once the kiosk has run with them for a while; `report` then tells the hub."""
    while not has_drawn():
        await clock.sleep(POLL_INTERVAL)
    await clock.sleep(PROBATION)
    await asyncio.to_thread(store.confirm)
    report()


async def until_quiet(clock: Clock, resting: Callable[[], bool]) -> None:
    """Wait until the kiosk has been at rest for a moment."""
    since = clock.monotonic()
    while clock.monotonic() - since < IDLE_BEFORE_RESTART:
        await clock.sleep(POLL_INTERVAL)
        if not resting():
            since = clock.monotonic()
