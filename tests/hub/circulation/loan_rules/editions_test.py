"""Test rule versions: in force from their day on, unchangeable, applied to transactions of their days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from hub.catalogue.models import Branch, Item, ItemType
from hub.circulation.domain_mapping import the_policy
from hub.circulation.loan_rules import drafts, rules_file
from hub.circulation.loan_rules.drafts import DraftAuthor, DraftFault
from hub.circulation.models import Loan, Rule, RuleVersion
from hub.circulation.operations import loan_changes
from hub.circulation.snapshot.pages import page
from hub.core.clock import hub_clock
from lending import wire
from tests.hub.support.world import DUE, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)


def who() -> DraftAuthor:
    return DraftAuthor("grace", hub_clock().now())


def publish_one_week_rule(since: date = TOMORROW) -> RuleVersion:
    """Publish a version that lends everything for a week from the given day."""
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


def snapshot_page(since: str = "") -> wire.SnapshotPage | None:
    answer = page(since, hub_clock().now(), Branch.objects.all()[0])
    return wire.parse(wire.SnapshotPage, answer) if answer else None


def read_on(known: str = "") -> tuple[str, list[wire.WirePolicy]]:
    """Read pages to the end and return the last mark and every policy received."""
    came = []
    while (leaf := snapshot_page(known)) is not None:
        known = leaf.mark
        came += [leaf.policy] if leaf.policy else []
        if not leaf.more:
            break
    return known, came


def test_checkout_uses_the_rules_in_force_on_its_day(world: World) -> None:
    publish_one_week_rule()
    assert due(world.upload(world.checkout(world.dune))) == TODAY + timedelta(days=28)
    world.advance(days=1)
    answer = world.upload(world.checkout(world.emma))
    assert due(answer) == TOMORROW + timedelta(days=7)
    everything = {"category": "adult", "item_type": "*", "branch": "*"}
    assert answer["rule"] == {**everything, "days": 7, "hours": None, "kind": {}}
    assert [day(each.due) for each in Loan.objects.order_by("pk")] == [date(2026, 12, 23), date(2026, 12, 3)]


def test_late_upload_uses_the_rules_of_its_own_day(world: World) -> None:
    """The kiosk was offline since yesterday and promised four weeks, as that day's rules allowed."""
    publish_one_week_rule()
    late = world.checkout(world.dune, no_block=True)
    world.advance(days=1)
    assert due(world.upload(late)) == day(DUE)
    assert Loan.objects.get().rule.days == 28
    assert world.open_cases() == []


def test_no_block_checkout_under_withdrawn_rules_keeps_the_later_due_date(world: World) -> None:
    """A kiosk received the version but not its withdrawal, and checks out by the policy it has."""
    edition = publish_one_week_rule()
    assert drafts.withdraw(who(), edition) is None
    world.advance(days=1)
    promised = hub_clock().now() + timedelta(days=7)
    assert due(world.upload(world.checkout(world.dune, no_block=True, due=promised))) == TOMORROW + timedelta(days=28)


def test_renewal_uses_the_rules_of_its_day_and_its_undo_restores_the_former(world: World) -> None:
    publish_one_week_rule()
    world.upload(world.checkout(world.dune))
    world.advance(days=25)
    renewed = world.renewal(world.dune)
    assert due(world.upload(renewed)) == TODAY + timedelta(days=25 + 7)
    assert Loan.objects.get().rule.days == 7
    assert world.upload(world.undo(renewed))["outcome"] == "accepted"
    loan = Loan.objects.get()
    assert (day(loan.due), loan.rule.days) == (day(DUE), 28)


def test_kiosks_receive_a_rule_version_on_publication_and_again_on_its_day(world: World) -> None:
    mark, came = read_on()
    assert [each.editions for each in came] == [[]]
    publish_one_week_rule()
    mark, came = read_on(mark)
    (ahead,) = came
    assert [each.days for each in ahead.rules] == [28]
    assert [(each.since, each.rules[0].days) for each in ahead.editions] == [(TOMORROW, 7)]
    assert read_on(mark) == (mark, []), "nothing changed"
    world.advance(days=1)
    mark, came = read_on(mark)
    (now,) = came
    assert [each.days for each in now.rules] == [7], "a kiosk that ignores future versions has the new rules too"
    assert now.editions == []
    assert read_on(mark) == (mark, []), "the rules are sent once"


def test_draft_changes_no_policy(world: World) -> None:
    law = the_policy()
    drafts.begin(who())
    Rule.objects.filter(edition__since=None).exclude(edition=None).update(days=7)
    assert the_policy() == law
    assert due(world.upload(world.checkout(world.dune))) == day(DUE)
    drafts.discard()
    assert Rule.objects.count() == 1


CHANGES: dict[str, Callable[[RuleVersion], object]] = {
    "change its rules": lambda edition: edition.rules.update(days=1),
    "delete a rule": lambda edition: edition.rules.all()._raw_delete("default"),
    "add a rule": lambda edition: Rule.objects.create(edition=edition, days=1, item_type_id=None),
    "change its day": lambda edition: RuleVersion.objects.update(since=date(2026, 12, 24)),
    "delete the version": lambda edition: RuleVersion.objects.all()._raw_delete("default"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_database_refuses_changes_to_published_rules(world: World, change: str) -> None:
    edition = publish_one_week_rule()
    before = the_policy()
    with pytest.raises(DatabaseError, match="published rules are never changed"), transaction.atomic():
        CHANGES[change](edition)
    assert the_policy() == before


@pytest.mark.parametrize("change", ["change its rules", "delete a rule", "change its day"])
def test_without_triggers_published_rules_can_be_changed(world: World, change: str) -> None:
    """Control: the triggers are what refuses the change."""
    edition = publish_one_week_rule()
    before = the_policy()
    drafts.TRIGGERS.remove()
    CHANGES[change](edition)
    assert the_policy() != before
    drafts.TRIGGERS.install()


def test_publishing_and_withdrawing_report_the_fault(world: World) -> None:
    assert drafts.publish(who(), TOMORROW, "") is DraftFault.NO_DRAFT
    draft = drafts.begin(who())
    assert drafts.begin(who()) == draft, "there is only one draft"
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
    world.advance(days=1)
    assert drafts.withdraw(who(), edition) is DraftFault.HAS_BEGUN


def test_rule_of_a_type_not_lent_today_can_start_today(world: World) -> None:
    draft = drafts.begin(who())
    dvd = ItemType.objects.create(code="dvd", name="DVD")
    Rule.objects.create(edition=draft, category=world.adult, item_type=dvd, days=7)
    Item.objects.filter(pk=world.dune.pk).update(type=dvd)
    world.upload(world.checkout(world.emma))
    assert drafts.earliest(hub_clock().now(), draft) == TODAY
    draft.rules.filter(item_type=None).update(days=9)
    assert drafts.earliest(hub_clock().now(), draft) == TOMORROW, "other types were lent today"
    draft.rules.filter(item_type=None).update(days=28)
    world.upload(world.checkout(world.dune))
    assert drafts.publish(who(), TODAY, "") is DraftFault.TOO_SOON
    loan_changes.receive(world.by, world.dune)
    Loan.objects.filter(item=world.dune).delete()
    assert isinstance(drafts.publish(who(), TODAY, ""), RuleVersion)
    assert due(world.upload(world.checkout(world.dune))) == TODAY + timedelta(days=7)


def test_withdrawn_version_becomes_the_draft_again(world: World) -> None:
    edition = publish_one_week_rule()
    assert drafts.withdraw(who(), edition) is None
    held = drafts.draft()
    assert held == edition
    assert [each.days for each in drafts.facts(held)] == [7]
    world.advance(days=2)
    assert due(world.upload(world.checkout(world.dune))) == TODAY + timedelta(days=30)


def test_first_rule_version_can_start_today(world: World) -> None:
    Rule.objects.all().delete()
    draft = drafts.begin(who())
    Rule.objects.create(edition=draft, days=14)
    assert drafts.earliest(hub_clock().now()) == TODAY
    assert isinstance(drafts.publish(who(), TODAY, ""), RuleVersion)
    assert due(world.upload(world.checkout(world.dune))) == TODAY + timedelta(days=14)


def test_exported_rule_versions_import_unchanged_and_stay_immutable(world: World, tmp_path: Path) -> None:
    publish_one_week_rule()
    before, law = rules_file.content_of(), the_policy()
    rules_file.write(tmp_path / "rules.json")
    drafts.TRIGGERS.remove()
    for table in (Rule, RuleVersion):
        table.objects.all().delete()
    drafts.TRIGGERS.install()
    assert the_policy() != law
    rules_file.read(tmp_path / "rules.json", really=True)
    assert (rules_file.content_of(), the_policy()) == (before, law)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Rule.objects.create(edition=RuleVersion.objects.get(), days=1)
