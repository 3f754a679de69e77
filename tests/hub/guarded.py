"""Lets a test that commits be cleaned up: what the database keeps for ever is deleted with its guard taken away."""

from collections.abc import Iterator

import pytest
from django.db import connection

from kiosk.hub.audit import guard


@pytest.fixture(autouse=True)
def cleaned_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """Migrating puts the guard back: Django says after its cleaning that it did so."""
    marked = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marked and marked.kwargs.get("transaction"))
    if not commits:
        yield
        return
    request.getfixturevalue("transactional_db")
    guard.install()
    yield
    if guard.TABLE in connection.introspection.table_names():
        guard.remove()
