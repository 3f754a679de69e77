"""Test how many SQL statements a transaction costs, to notice any increase."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client

from tests.hub.support.world import World

Counts = Any
"""Fixture of pytest-django: limits the statements of a block, savepoints included."""


def allowed(most: int) -> int:
    """Return the limit; PostgreSQL also stores the request counter, which SQLite hubs keep in memory."""
    return most + (connection.vendor == "postgresql")


def one(world: World, row: dict[str, Any]) -> None:
    """Upload the row alone in a request, as a running kiosk does while a patron waits."""
    sent: dict[str, Any] = {"wire": 1, "boot": row["boot"], "mono_ns": row["mono_ns"] + 1, "rows": [row]}
    (answer,) = world.device.post("/api/v1/transactions", sent).json()["answers"]
    assert answer["outcome"] == "accepted", answer


def test_transactions_of_a_running_kiosk_stay_within_their_query_counts(
    world: World, django_assert_max_num_queries: Counts
) -> None:
    """The policy is cached, and the kiosk has sent requests before. An answer with names reads the languages."""
    one(world, undone := world.checkout(world.utopia))
    for act, most in (
        (world.checkout(world.dune), 19),
        (world.renewal(world.dune), 19),
        (world.checkin(world.dune), 15),
        (world.undo(undone), 20),  # includes reading the loan again under the lock against anonymisation
        (world.checkout(world.emma, no_block=True), 22),
        (world.renewal(world.emma, no_block=True), 21),
        (world.checkin(world.emma, no_block=True), 17),
    ):
        world.make_due_soon()
        with django_assert_max_num_queries(allowed(most)):
            one(world, act)


def test_repeated_row_stays_within_its_query_count(world: World, django_assert_max_num_queries: Counts) -> None:
    row = world.checkout(world.dune)
    one(world, row)
    one(world, world.checkin(world.dune))
    with django_assert_max_num_queries(allowed(7)):
        one(world, row)


def test_item_lookup_stays_within_its_query_count(world: World, django_assert_max_num_queries: Counts) -> None:
    client = world.client()
    assert isinstance(client, Client)
    client.get(f"/api/v1/items/{world.dune.barcode}")
    with django_assert_max_num_queries(allowed(4)):
        assert client.get(f"/api/v1/items/{world.dune.barcode}").status_code == 200
