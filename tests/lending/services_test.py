"""Test that a service extends a loan rule, within it, and never takes anything away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from lending import policy, wire
from lending.model import Block, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.policy import Policy, Rule, Service, Terms

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
CLASS = Service(days=14, loans=5, renewals=1, until=date(2026, 12, 31), words={"en": "You borrow for a school class."})
RULES = (
    Rule(days=28, limit=2, renewals=1),
    Rule(item_type="film", hours=3, limit=2, renewals=0),
    Rule(item_type="map", days=7, limit=0, renewals=0),
    Rule(item_type="atlas", days=7, reading_room_only=True),
)
LAW = Policy(RULES, "Asia/Shanghai", services={"1": CLASS, "2": Service(days=7, loans=9)})
ADA = Patron(PatronRef("ada"), "adult", services=("1", "gone"))
LIN = replace(ADA, ref=PatronRef("lin"), services=())


def book(kind: str = "book", **more: object) -> Item:
    return replace(Item(ItemId("30"), type=kind), **more)  # type: ignore[arg-type]


def test_service_extends_a_loan() -> None:
    extended, usual = (policy.checkout(LAW, each, book(), "main", NOW) for each in (ADA, LIN))
    assert isinstance(extended, Terms) and isinstance(usual, Terms)
    assert extended.due - usual.due == timedelta(days=14)
    assert (extended.renewals_left, usual.renewals_left) == (2, 1)
    assert policy.allowance(LAW, ADA, "main").allowed == 7
    due = book(status=ItemStatus.ON_LOAN, holder=ADA.ref, due=NOW + timedelta(days=1), renewals=1)
    assert isinstance(policy.renew(LAW, ADA, due, "main", NOW), Terms)
    refused = policy.renew(LAW, LIN, replace(due, holder=LIN.ref), "main", NOW)
    assert isinstance(refused, Block) and refused.reason is Reason.NO_RENEWALS_LEFT


def test_services_do_not_add_up() -> None:
    both = replace(ADA, services=("1", "2"))
    rule = LAW.patron_rule(both, "book", "main")
    assert rule is not None and (rule.days, rule.limit, rule.renewals) == (42, 11, 2)


@pytest.mark.parametrize("kind", ["film", "map", "atlas"])
def test_service_opens_nothing_that_the_rule_forbids(kind: str) -> None:
    rule, usual = LAW.patron_rule(ADA, kind, "main"), LAW.rule("adult", kind, "main")
    assert rule is not None and usual is not None
    assert (rule.hours, rule.renewals, rule.reading_room_only) == (
        usual.hours,
        0,
        usual.reading_room_only,
    ) or usual.days
    assert bool(rule.limit) == bool(usual.limit) and bool(rule.renewals) == bool(usual.renewals)


def test_no_patron_has_less_by_a_service() -> None:
    for kind, on_loan, days, loans in product(("book", "film", "map"), range(4), (0, 14), (0, 5)):
        law = replace(LAW, services={"1": Service(days, loans, 0)})
        with_service, without = (
            policy.checkout(law, replace(each, loans={"book": on_loan}), book(kind), "main", NOW) for each in (ADA, LIN)
        )
        if isinstance(without, Terms):
            assert isinstance(with_service, Terms) and with_service.due >= without.due


def test_service_ends_after_its_last_day() -> None:
    last = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert "1" in LAW.policy_at(last).services and "1" not in LAW.policy_at(last + timedelta(minutes=1)).services


def test_library_system_that_decides_ignores_services() -> None:
    outside = replace(LAW, central_decides=True)
    assert outside.services_of(ADA) == () and outside.patron_rule(ADA, "book", "main") == LAW.rule(
        "adult", "book", "main"
    )


def test_services_travel_with_the_policy() -> None:
    sent = wire.policy_to(LAW).model_dump_json()
    assert wire.policy_from(wire.parse(wire.WirePolicy, sent.encode())) == LAW
