"""Read the messages shown at a patron's next visit."""

from __future__ import annotations

from hub.core.clock import hub_clock
from hub.outreach import post_visit
from tests.hub.support.world import World


def next_visit_message(world: World) -> str:
    """Return the first message at the patron's next visit."""
    found = post_visit.ask(world.ada.ref, hub_clock().now())
    return f"{found.facts['about']} {found.facts['words']}" if found and found.kind == "message" else ""
