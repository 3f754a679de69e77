"""A hub where whoever registered herself stood as blocked: after the change she is provisional, and nobody else is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kiosk.hub.circulation import triggers
from kiosk.hub.circulation.models import Patron
from tests.hub.fleet.migration_test import THEN

BEFORE = "0026_looks_that_travel"


@pytest.fixture
def back_again(transactional_db: None) -> Iterator[None]:
    yield
    up_to_date()


def back() -> Any:
    """As whoever runs the hub goes back, so that the triggers are away meanwhile; the models as they were."""
    call_command("migrate", "circulation", BEFORE, verbosity=0)
    loader = MigrationExecutor(connection).loader
    return loader.project_state([node for node in loader.applied_migrations if node in loader.graph.nodes]).apps


def write_all() -> None:
    """As that day's hub does: where a trigger looks at a column that is not there, each write fails."""
    there = set(connection.introspection.table_names()) & {watch.table for watch in triggers.WATCHED}
    with connection.cursor() as cursor:
        for table in there:
            column = connection.introspection.get_table_description(cursor, table)[1].name
            cursor.execute(f'UPDATE "{table}" SET "{column}" = "{column}"')


def up_to_date() -> None:
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("back_again")
def test_only_who_was_not_seen_yet_becomes_provisional() -> None:
    old = back()
    write_all()
    adult = old.get_model("circulation", "PatronCategory").objects.create(code="adult", name="Adult")
    for name, status in (("seen", "blocked"), ("unseen", "blocked"), ("stopped", "blocked"), ("reader", "active")):
        patron = {"identifier": name, "ref": name, "name": name, "category": adult, "status": status}
        old.get_model("circulation", "Patron").objects.create(**patron)
        unseen = name in ("unseen", "stopped")
        old.get_model("people", "Person").objects.create(ref=name, since=THEN, provisional=unseen)
    told = {"patron": "stopped", "status": "blocked"}
    old.get_model("circulation", "CirculationEvent").objects.create(id=1, at=THEN, kind="patron_status", data=told)
    up_to_date()
    standing = dict(Patron.objects.values_list("identifier", "status"))
    assert standing == {"seen": "blocked", "unseen": "provisional", "stopped": "blocked", "reader": "active"}
