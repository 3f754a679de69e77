"""Provide the browser and the librarian for these pages."""

import pytest

from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.support.browsers import browser, chromium, demo_hub, served_demo
from tests.hub.support.world import World

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]


@pytest.fixture
def grace(world: World) -> Librarian:
    """Return a librarian who is signed in."""
    return Librarian()
