"""Test the cached policy: read once per change, whichever process makes it, and never outdated."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import uuid6
from django.apps import apps
from django.core.management import call_command
from django.db import transaction

from hub.catalogue.models import Branch, ItemType
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import ClosedDay, Library, PatronCategory, PolicyMark, Rule
from hub.circulation.snapshot import changes
from hub.demo.sample_data import Cases
from tests.hub.circulation.crash_test import NOW, row
from tests.hub.support.served_hub import Served
from tests.hub.support.world import World, make_world
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Time zone of the demo library."""
Counts = Any
"""Fixture of pytest-django that counts the queries of a block."""


def change_the_branch(world: World) -> None:
    Branch.objects.update(closed_weekdays=[2, 3])


CHANGES: dict[str, Callable[[World], object]] = {
    "days of a rule": lambda world: Rule.objects.update(days=7),
    "another rule": lambda world: Rule.objects.create(item_type=world.book, hours=4),
    "no rules": lambda world: Rule.objects.all().delete(),
    "time zone of the library": lambda world: Library.objects.update(timezone="UTC"),
    "closed day": lambda world: ClosedDay.objects.create(day=date(2026, 12, 23)),
    "closed weekdays of a branch": change_the_branch,
    "branch name": lambda world: Branch.objects.update(name="城东馆"),
    "English branch name": lambda world: Branch.objects.update(name_en="East"),
    "another branch": lambda world: Branch.objects.create(code="east", name="East"),
    "category code": lambda world: PatronCategory.objects.update(code="grown_up"),
    "item type code": lambda world: (
        Rule.objects.update(item_type=world.book),
        ItemType.objects.update(code="volume"),
    ),
}


def test_policy_is_read_once_and_cached(world: World, django_assert_num_queries: Counts) -> None:
    policy = the_policy()
    with django_assert_num_queries(1):
        assert the_policy() is policy


@pytest.mark.parametrize("change", CHANGES)
def test_policy_is_reloaded_after_a_change(world: World, change: str) -> None:
    before = the_policy()
    CHANGES[change](world)
    after = the_policy()
    assert after != before
    apps.get_app_config("circulation").law = None
    assert the_policy() == after


def test_rolled_back_change_is_not_cached(world: World) -> None:
    days = [14]

    def judged() -> list[int | None]:
        return [rule.days for rule in the_policy().rules]

    for changed_days in (7, 21):
        with transaction.atomic():
            Rule.objects.update(days=changed_days)
            assert judged() == [changed_days]
            transaction.set_rollback(True)
        assert judged() == [28]
    Rule.objects.update(days=days[0])
    assert judged() == days


def test_policy_without_a_mark_is_read_each_time(world: World) -> None:
    PolicyMark.objects.all().delete()
    before = the_policy()
    PolicyMark.objects.all().delete()
    assert the_policy() == before
    assert the_policy() is not before


@pytest.mark.long
def test_upgraded_hub_watches_branch_names(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world()

    def is_noted(name: str) -> bool:
        before = PolicyMark.objects.get().token
        Branch.objects.update(name_en=name)
        return PolicyMark.objects.get().token != before

    with monkeypatch.context() as then:
        older = [each for each in changes.WATCHED if each.table != "catalogue_branch"]
        watch = changes.Watch("catalogue_branch", ("code", "closed_weekdays"), (changes.POLICY,))
        then.setattr(changes, "WATCHED", (*older, watch))
        call_command("migrate", "fleet", "zero", verbosity=0)
    assert not is_noted("East")
    before = PolicyMark.objects.get().token
    call_command("migrate", verbosity=0)
    assert PolicyMark.objects.get().token != before, "triggers do not see what a migration writes"
    assert is_noted("West")


class Borrower:
    """A patron who borrows one book after another at a hub in another process."""

    def __init__(self, state: Path, hub: Served, shelf: slice) -> None:
        self._hub = hub
        key = bytes.fromhex((state / "card_key").read_text())
        self._card = hmac.new(key, Cases().patron("plain_1").card.encode(), "sha256").hexdigest()
        self._free = iter([each.barcode for each in Cases().items if each.case.startswith("free_")][shelf])
        self._seq = 0

    def due_in(self) -> timedelta:
        """Return the loan period of the next book."""
        self._seq += 1
        wanted = {**row(self._card, next(self._free), self._seq), "no_block": False, "id": str(uuid6.uuid7())}
        (answer,) = self._hub.post("/api/v1/transactions", {"wire": 1, "rows": [wanted]}).json()["answers"]
        assert answer["outcome"] == "accepted", answer
        due = datetime.fromisoformat(answer["due"]).astimezone(SHANGHAI).date()
        return due - datetime.fromisoformat(NOW).date()


@pytest.fixture
def two_hubs(tmp_path: Path) -> Iterator[tuple[Borrower, Borrower]]:
    """Two processes that serve one library, as behind a proxy."""
    demo(tmp_path, datetime.fromisoformat(NOW))
    first = Served(tmp_path)
    second = Served(tmp_path, "back")
    for each in (first, second):
        each.post("/api/demo/clock", {"now": NOW})
    yield Borrower(tmp_path, first, slice(0, 5)), Borrower(tmp_path, second, slice(5, 10))
    first.kill()
    second.kill()


@pytest.mark.long
def test_rule_changed_by_another_process_applies_at_once(two_hubs: tuple[Borrower, Borrower], tmp_path: Path) -> None:
    for days in (40, 60):
        with closing(sqlite3.connect(tmp_path / "hub.sqlite3", timeout=PATIENCE)) as database:
            database.execute("UPDATE circulation_rule SET days = ? WHERE days IS NOT NULL", (days,))
            database.execute("UPDATE catalogue_branch SET closed_weekdays = '[]'")
            database.execute("DELETE FROM circulation_closedday")
            database.commit()
        for borrower in two_hubs:
            assert borrower.due_in() == timedelta(days=days)
