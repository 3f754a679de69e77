"""Test the reading history: consent, number and duration of kept titles, and counts without patrons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import nightly, reading_choices
from hub.outreach.recommendations.reading_profiles.models import (
    CoLoanCount,
    HistoryTitle,
    Interest,
    Recommendation,
    TitleLoanCount,
    WeeklyLoans,
)
from hub.outreach.recommendations.reading_profiles.trained_model import HALF_LIFE
from tests.hub.outreach.recommendations.reading_profiles.readers import (
    add_book,
    borrow_in_turn,
    give_consents,
    person,
    train_co_loans,
)
from tests.hub.support.world import LIN_UID, World


def titles_of(patron: object) -> set[str]:
    """Return every table of outreach that links a title to this person, by searching each of their rows."""
    found = set()
    for model in apps.get_models():
        if not model.__module__.startswith("hub.outreach"):
            continue
        names = {each.name for each in model._meta.concrete_fields}
        if "person" in names and names & {"title", "of", "item", "subject"}:
            rows = model._default_manager.filter(person=patron)
            found |= {model._meta.label for row in rows if any(getattr(row, each, None) for each in ("title", "of"))}
    return found


def test_no_title_is_kept_without_consent(world: World) -> None:
    borrow_in_turn(world, world.dune, world.emma)
    ada = person(world.ada)
    nightly.nightly(hub_clock().now())
    assert titles_of(ada) == set()
    assert sum(WeeklyLoans.objects.filter(person=ada).values_list("loans", flat=True)) == 2


def test_last_five_or_chosen_number_of_titles_are_kept(world: World) -> None:
    ada = give_consents(world.ada)
    items = [add_book(world, f"3000000000010{number}", f"Book {number}", "Ada") for number in range(7)]
    borrow_in_turn(world, *items)
    assert list(ada.had.values_list("title", flat=True)) == [each.title_id for each in reversed(items[2:])]
    reading_choices.limit_history(ada, 2)
    assert ada.had.count() == 2
    reading_choices.limit_history(ada, 6)
    borrow_in_turn(world, *items[:5])
    assert ada.had.count() == 6


def test_history_starts_with_current_loans(world: World) -> None:
    borrow_in_turn(world, world.dune)
    borrow_in_turn(world, world.emma, back=False)
    ada = give_consents(world.ada, Purpose.HISTORY)
    assert list(ada.had.values_list("title", flat=True)) == [world.emma.title_id]


def test_withdrawn_consent_erases_derived_data_at_once(world: World) -> None:
    ada, lin = give_consents(world.ada), give_consents(world.lin)
    add_book(world, "30000000000101", "Children of Dune", "Herbert, Frank")
    train_co_loans(world)
    assert titles_of(ada) == {
        "recommendations.HistoryTitle",
        "recommendations.Interest",
        "recommendations.Recommendation",
    }
    consents.withdraw(ada, Purpose.HISTORY, "phone")
    assert titles_of(ada) == set()
    assert not any(table.objects.filter(person=ada).exists() for table in (HistoryTitle, Interest, Recommendation))
    assert lin.had.count() == 2
    nightly.nightly(hub_clock().now())
    assert titles_of(ada) == set()


def test_co_loans_are_counted_without_patrons(world: World) -> None:
    train_co_loans(world)
    (pair,) = CoLoanCount.objects.all()
    assert {pair.low, pair.high} == {world.dune.title_id, world.utopia.title_id}
    assert pair.weight == pytest.approx(2, abs=0.02)
    for table in (CoLoanCount, TitleLoanCount):
        with connection.cursor() as cursor:
            columns = {
                each.name for each in connection.introspection.get_table_description(cursor, table._meta.db_table)
            }
        assert not {each for each in columns if "person" in each or "patron" in each or "ref" in each}


def test_older_loans_weigh_less(world: World) -> None:
    borrow_in_turn(world, world.dune)
    world.advance(days=int(HALF_LIFE) - 1)
    borrow_in_turn(world, world.dune, uid=LIN_UID)
    assert TitleLoanCount.objects.get(title=world.dune.title_id).weight == pytest.approx(1.5, abs=0.01)


def test_undone_loan_is_not_counted(world: World) -> None:
    ada = give_consents(world.ada)
    row = world.checkout(world.dune, due=hub_clock().now() + timedelta(days=28))
    world.upload(row)
    carry()
    assert ada.had.exists()
    world.upload(world.undo(row))
    carry()
    assert not ada.had.exists()
    assert TitleLoanCount.objects.get().weight == 0
    assert WeeklyLoans.objects.get(person=ada).loans == 0
