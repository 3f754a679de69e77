"""Test that prepared queries return what Django returns, for the values of each call."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, CharField, DateTimeField, Exists, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler

from hub.catalogue.models import Item
from hub.circulation.models import Loan, Sighting
from hub.core.prepared_queries import Param, prepared_query, prepared_update
from tests.hub.support.world import NOW, World

Counts = Any
"""Fixture of pytest-django."""


@prepared_query
def loans_of_title() -> QuerySet:
    return Loan.objects.filter(item__title=Param(0, BigIntegerField())).select_related("patron__category", "hold")


@prepared_query
def due_of_transaction() -> QuerySet:
    return Loan.objects.filter(transaction=Param(0, UUIDField())).values_list("due", "item__barcode", "uncertain")


@prepared_query
def sightings_after() -> QuerySet:
    return Sighting.objects.filter(at__gt=Param(0, DateTimeField()), seen=Param(1, BooleanField()))


@prepared_update
def lost_where_lent() -> tuple[QuerySet, dict[str, object]]:
    lent = Exists(Loan.objects.filter(item__barcode=Param(0, CharField())))
    return Item.objects.filter(lent, barcode=Param(0, CharField())), {"condition": Param(1, CharField())}


def test_models_include_their_selected_relations(world: World, django_assert_num_queries: Counts) -> None:
    for item in (world.dune, world.emma):
        world.upload(world.checkout(item))
    for item in (world.emma, world.dune):
        with django_assert_num_queries(1):
            (loan,) = loans_of_title(item.title_id)
            assert (loan.item_id, loan.patron.name, loan.patron.category.code) == (item.pk, "Ada Sample", "adult")
            assert loan.hold is None
        loan.renewals = 1
        loan.save()
        assert Loan.objects.get(item=item) == loan
    assert loans_of_title(world.utopia.title_id) == []


def test_values_are_converted_as_by_django(world: World) -> None:
    row = world.checkout(world.dune)
    world.upload(row)
    loan = Loan.objects.get()
    assert due_of_transaction(UUID(row["id"])) == [(loan.due, world.dune.barcode, False)]
    assert due_of_transaction(row["id"]) == due_of_transaction(UUID(row["id"]))
    assert due_of_transaction(uuid4()) == []
    assert [each.item for each in sightings_after(NOW - timedelta(hours=1), True)] == [world.dune]
    assert sightings_after(NOW + timedelta(hours=1), True) == []
    assert sightings_after(NOW - timedelta(hours=1), False) == []


def test_update_returns_the_number_of_changed_rows(world: World) -> None:
    world.upload(world.checkout(world.dune))
    assert lost_where_lent(world.dune.barcode, "lost") == 1
    assert lost_where_lent(world.emma.barcode, "lost") == 0
    assert list(Item.objects.filter(condition="lost")) == [world.dune]


def test_sql_is_compiled_once_per_connection(world: World, monkeypatch: Any) -> None:
    loans_of_title(world.dune.title_id)
    compiled: list[SQLCompiler] = []
    real = SQLCompiler.as_sql

    def as_sql(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        compiled.append(self)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(SQLCompiler, "as_sql", as_sql)
    loans_of_title(world.emma.title_id)
    assert compiled == []
    del connection.asked_before
    loans_of_title(world.emma.title_id)
    assert compiled
