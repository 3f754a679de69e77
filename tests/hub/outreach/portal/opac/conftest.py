"""Provide the patron's mailbox, and the browser fixtures for these pages."""

from collections.abc import Iterator

import pytest

from hub.outreach.patrons.models import Person
from tests.hub.outreach.messaging.mailbox import Mailbox, mailbox
from tests.hub.support.browsers import browser, chromium


@pytest.fixture
def box(ada: Person) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


__all__ = ["browser", "chromium"]
