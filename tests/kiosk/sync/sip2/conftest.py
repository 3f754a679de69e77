"""Provide a simulated Koha, and its library for the contract of library systems."""

from collections.abc import Iterator

import pytest

from tests.kiosk.sync.central_contract import Stand
from tests.kiosk.sync.sip2.client_test import System, running, stand_of


@pytest.fixture
def system() -> Iterator[System]:
    """Run a simulated Koha."""
    with running("koha") as system:
        yield system


@pytest.fixture
def stand(system: System) -> Stand:
    """Return the library of the simulated Koha."""
    return stand_of(system)
