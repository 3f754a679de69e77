"""Test rule versions: in force from their day on, unchangeable, applied to transactions of their days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from hub.catalogue.models import Branch
from hub.circulation import published_rule_triggers, rules_file
from hub.circulation.domain_mapping import the_policy
from hub.circulation.loan_rules import drafts
from hub.circulation.loan_rules.drafts import DraftFault, Who
from hub.circulation.models import Loan, Rule, RuleVersion
from hub.circulation.snapshot_pages import page
from hub.core.clock import hub_clock
from lending import wire
from tests.hub.support.world import DUE, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)


def who() -> Who:
    return Who("grace", hub_clock().now())


def a_week(since: date = TOMORROW) -> RuleVersion:
    """Everything is lent for a week from that day on."""
    drafts.begin(who())
    Rule.objects.filter(edition__since=None).exclude(edition=None).update(days=7)
    published = drafts.publish(who(), since, "A week")
    assert isinstance(published, RuleVersion), published
    return published


def day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def due(answer: dict[str, str]) -> date:
    assert answer["outcome"] == "accepted", answer
    return day(datetime.fromisoformat(answer["due"]))


def told(since: str = "") -> wire.SnapshotPage | None:
    answer = page(since, hub_clock().now(), Branch.objects.all()[0])
    return wire.parse(wire.SnapshotPage, answer) if answer else None


def read_on(known: str = "") -> tuple[str, list[wire.WirePolicy]]:
    """Reads until nothing follows; the last mark and every policy that came."""
    came = []
    while (leaf := told(known)) is not None:
        known = leaf.mark
        came += [leaf.policy] if leaf.policy else []
        if not leaf.more:
            break
    return known, came


def test_what_is_borrowed_tomorrow_is_borrowed_by_tomorrows_rules(world: World) -> None:
    a_week()
    assert due(world.tell(world.borrows(world.dune))) == TODAY + timedelta(days=28)
    world.ahead(days=1)
    answer = world.tell(world.borrows(world.emma))
    assert due(answer) == TOMORROW + timedelta(days=7)
    everything = {"category": "adult", "item_type": "*", "branch": "*"}
    assert answer["rule"] == {**everything, "days": 7, "hours": None, "kind": {}}
    assert [day(each.due) for each in Loan.objects.order_by("pk")] == [date(2026, 12, 23), date(2026, 12, 3)]


def test_a_loan_that_comes_late_is_judged_by_the_rules_of_its_own_day(world: World) -> None:
    """The kiosk was away from the hub since yesterday; its patron was promised four weeks, and the rules allowed it."""
    a_week()
    late = world.borrows(world.dune, no_block=True)
    world.ahead(days=1)
    assert due(world.tell(late)) == day(DUE)
    assert Loan.objects.get().rule.days == 28
    assert world.open_cases() == []


def test_a_promise_by_withdrawn_rules_keeps_the_later_date(world: World) -> None:
    """A kiosk received the version but not its withdrawal, and checks out by the policy it has."""
    edition = a_week()
    assert drafts.withdraw(who(), edition) is None
    world.ahead(days=1)
    promised = hub_clock().now() + timedelta(days=7)
    assert due(world.tell(world.borrows(world.dune, no_block=True, due=promised))) == TOMORROW + timedelta(days=28)


def test_a_renewal_follows_the_rules_of_its_day_and_its_undo_the_former_ones(world: World) -> None:
    a_week()
    world.tell(world.borrows(world.dune))
    world.ahead(days=25)
    renewed = world.renews(world.dune)
    assert due(world.tell(renewed)) == TODAY + timedelta(days=25 + 7)
    assert Loan.objects.get().rule.days == 7
    assert world.tell(world.undoes(renewed))["outcome"] == "accepted"
    loan = Loan.objects.get()
    assert (day(loan.due), loan.rule.days) == (day(DUE), 28)


def test_kiosks_are_told_ahead_and_once_more_on_the_day(world: World) -> None:
    mark, came = read_on()
    assert [each.editions for each in came] == [[]]
    a_week()
    mark, came = read_on(mark)
    (ahead,) = came
    assert [each.days for each in ahead.rules] == [28]
    assert [(each.since, each.rules[0].days) for each in ahead.editions] == [(TOMORROW, 7)]
    assert read_on(mark) == (mark, []), "an unchanged library says nothing"
    world.ahead(days=1)
    mark, came = read_on(mark)
    (now,) = came
    assert [each.days for each in now.rules] == [7], "a kiosk that passes editions over has the new rules all the same"
    assert now.editions == []
    assert read_on(mark) == (mark, []), "they are told once"


def test_a_draft_is_nobodys_law(world: World) -> None:
    law = the_policy()
    drafts.begin(who())
    Rule.objects.filter(edition__since=None).exclude(edition=None).update(days=7)
    assert the_policy() == law
    assert due(world.tell(world.borrows(world.dune))) == day(DUE)
    drafts.discard()
    assert Rule.objects.count() == 1


CHANGES: dict[str, Callable[[RuleVersion], object]] = {
    "its rules": lambda edition: edition.rules.update(days=1),
    "a rule less": lambda edition: edition.rules.all()._raw_delete("default"),
    "a rule more": lambda edition: Rule.objects.create(edition=edition, days=1, item_type_id=None),
    "its day": lambda edition: RuleVersion.objects.update(since=date(2026, 12, 24)),
    "all of it": lambda edition: RuleVersion.objects.all()._raw_delete("default"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_lets_nobody_change_what_was_published(world: World, change: str) -> None:
    edition = a_week()
    before = the_policy()
    with pytest.raises(DatabaseError, match="published rules are never changed"), transaction.atomic():
        CHANGES[change](edition)
    assert the_policy() == before


@pytest.mark.parametrize("change", ["its rules", "a rule less", "its day"])
def test_without_its_guard_it_would(world: World, change: str) -> None:
    """The control: what the guard refuses is otherwise done."""
    edition = a_week()
    before = the_policy()
    published_rule_triggers.TRIGGERS.remove()
    CHANGES[change](edition)
    assert the_policy() != before
    published_rule_triggers.TRIGGERS.install()


def test_what_cannot_be_published_says_why(world: World) -> None:
    assert drafts.publish(who(), TOMORROW, "") is DraftFault.NO_DRAFT
    draft = drafts.begin(who())
    assert drafts.begin(who()) == draft, "there is one draft"
    assert drafts.publish(who(), TOMORROW, "") is DraftFault.SAME
    draft.rules.update(days=7)
    assert drafts.publish(who(), TODAY, "") is DraftFault.TOO_SOON
    assert drafts.publish(who(), TODAY + timedelta(days=400), "") is DraftFault.TOO_FAR
    edition = drafts.publish(who(), TOMORROW, "")
    assert isinstance(edition, RuleVersion)
    drafts.begin(who()).rules.update(days=3)
    assert drafts.publish(who(), TOMORROW, "") is DraftFault.BEFORE_ANOTHER
    assert drafts.withdraw(who(), edition) is DraftFault.DRAFT_IN_THE_WAY
    Rule.objects.filter(edition__since=None).exclude(edition=None).delete()
    assert drafts.publish(who(), TOMORROW + timedelta(days=1), "") is DraftFault.EMPTY
    drafts.discard()
    world.ahead(days=1)
    assert drafts.withdraw(who(), edition) is DraftFault.HAS_BEGUN


def test_a_withdrawn_edition_is_a_draft_again(world: World) -> None:
    edition = a_week()
    assert drafts.withdraw(who(), edition) is None
    held = drafts.draft()
    assert held == edition
    assert [each.days for each in drafts.facts(held)] == [7]
    world.ahead(days=2)
    assert due(world.tell(world.borrows(world.dune))) == TODAY + timedelta(days=30)


def test_a_library_without_rules_need_not_wait_for_its_first(world: World) -> None:
    Rule.objects.all().delete()
    draft = drafts.begin(who())
    Rule.objects.create(edition=draft, days=14)
    assert drafts.earliest(hub_clock().now()) == TODAY
    assert isinstance(drafts.publish(who(), TODAY, ""), RuleVersion)
    assert due(world.tell(world.borrows(world.dune))) == TODAY + timedelta(days=14)


def test_editions_go_from_hub_to_hub(world: World, tmp_path: Path) -> None:
    a_week()
    before, law = rules_file.content_of(), the_policy()
    rules_file.write(tmp_path / "rules.json")
    published_rule_triggers.TRIGGERS.remove()
    for table in (Rule, RuleVersion):
        table.objects.all().delete()
    published_rule_triggers.TRIGGERS.install()
    assert the_policy() != law
    rules_file.read(tmp_path / "rules.json", really=True)
    assert (rules_file.content_of(), the_policy()) == (before, law)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Rule.objects.create(edition=RuleVersion.objects.get(), days=1)
