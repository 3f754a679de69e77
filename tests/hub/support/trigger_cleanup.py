"""Clean up after tests that commit, by removing the triggers that protect permanent rows."""

from collections.abc import Iterator

import pytest
from django.db import connection

from hub.audit import access_log


@pytest.fixture(autouse=True)
def trigger_cleanup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Remove the triggers after a test that commits; the flush emits post_migrate, which reinstalls them."""
    marked = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marked and marked.kwargs.get("transaction"))
    if not commits:
        yield
        return
    request.getfixturevalue("transactional_db")
    access_log.TRIGGERS.install()
    yield
    if access_log.TABLE in connection.introspection.table_names():
        access_log.TRIGGERS.remove()
