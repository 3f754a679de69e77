"""Test how many SQL statements a transaction costs, to notice any increase."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client

from tests.hub.support.world import World

Counts = Any
"""Of pytest-django: the most statements that the block may make, its own savepoints among them."""


def allowed(most: int) -> int:
    """PostgreSQL stores the request's number too; on SQLite the process remembers it."""
    return most + (connection.vendor == "postgresql")


def one(world: World, row: dict[str, Any]) -> None:
    """Upload the row alone in a request, as a running kiosk does while a patron waits."""
    sent: dict[str, Any] = {"wire": 1, "boot": row["boot"], "mono_ns": row["mono_ns"] + 1, "rows": [row]}
    (answer,) = world.device.post("/api/v1/transactions", sent).json()["answers"]
    assert answer["outcome"] == "accepted", answer


def test_a_transaction_of_a_running_kiosk(world: World, django_assert_max_num_queries: Counts) -> None:
    """The rules were read before, and the kiosk was seen."""
    one(world, undone := world.borrows(world.utopia))
    for act, most in (
        (world.borrows(world.dune), 18),
        (world.renews(world.dune), 18),
        (world.returns(world.dune), 15),
        (world.undoes(undone), 20),  # one of them reads the loan again, under the lock that excludes the anonymisation
        (world.borrows(world.emma, no_block=True), 21),
        (world.renews(world.emma, no_block=True), 20),
        (world.returns(world.emma, no_block=True), 17),
    ):
        world.soon_due()
        with django_assert_max_num_queries(allowed(most)):
            one(world, act)


def test_a_row_that_comes_again(world: World, django_assert_max_num_queries: Counts) -> None:
    row = world.borrows(world.dune)
    one(world, row)
    one(world, world.returns(world.dune))
    with django_assert_max_num_queries(allowed(7)):
        one(world, row)


def test_who_is_it_and_what_is_it(world: World, django_assert_max_num_queries: Counts) -> None:
    asked = world.client()
    assert isinstance(asked, Client)
    asked.get(f"/api/v1/items/{world.dune.barcode}")
    with django_assert_max_num_queries(allowed(4)):
        assert asked.get(f"/api/v1/items/{world.dune.barcode}").status_code == 200
