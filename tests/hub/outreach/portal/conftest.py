"""Provide a patron with a verified address, a signed-in phone, the browser and the channels."""

from collections.abc import Iterator

import pytest
from django.test import Client

from hub.outreach.patrons.models import Person
from tests.hub.outreach.portal.phone import configured_channels, start_session, verified_ada
from tests.hub.support.browsers import browser, chromium
from tests.hub.support.world import World


@pytest.fixture(autouse=True)
def channels() -> Iterator[None]:
    """Configure channels, so that the library can send codes."""
    with configured_channels():
        yield


@pytest.fixture
def ada(world: World) -> Person:
    return verified_ada(world)


@pytest.fixture
def phone(ada: Person) -> Client:
    """Return the phone of a signed-in patron."""
    client = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    start_session(client, ada)
    return client


__all__ = ["browser", "chromium"]
