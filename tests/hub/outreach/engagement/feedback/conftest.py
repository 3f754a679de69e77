"""Provide the librarian for these pages."""

import pytest

from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.support.world import World


@pytest.fixture
def grace(world: World) -> Librarian:
    """Return a librarian who is signed in."""
    return Librarian()
