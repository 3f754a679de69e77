"""Open the updater of a machine that is updated by images."""

from __future__ import annotations

from kiosk.config import Config
from kiosk.system.clock import Clock
from kiosk.updates import updater
from kiosk.updates.agent import paths_of_machine, running_version
from kiosk.updates.updater import AgentClient, Updater


def open_updater(config: Config, clock: Clock) -> Updater | None:
    """Return the updater of this machine; None if it is not updated by images."""
    paths = paths_of_machine()
    agent = AgentClient(paths, clock)
    folder = config.paths.state / "update"
    return updater.open_updater(folder, running_version(paths.release), paths.slots, agent, clock)
