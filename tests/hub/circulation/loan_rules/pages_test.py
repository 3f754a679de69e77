"""Test the staff pages of loan rules, and the count of in-house use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from hub import cli
from hub.catalogue.models import Item, ItemType
from hub.circulation.loan_rules import drafts
from hub.circulation.loan_rules.drafts import DraftAuthor
from hub.circulation.models import CirculationEvent, InHouseUse, Rule, RuleVersion
from hub.core.clock import hub_clock
from tests.hub.circulation.loan_rules.editions_test import TOMORROW, publish_one_week_rule
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

LENT = {"days": "7", "hours": "", "limit": "3", "type_limit": "", "renewals": "1", "fee_threshold": "10"}


@pytest.fixture
def dvd(world: World) -> ItemType:
    item_type: ItemType = ItemType.objects.create(code="dvd", name="DVD")
    Item.objects.filter(pk=world.utopia.pk).update(type=item_type)
    return item_type


def press(grace: Grace, name: str, **fields: str) -> str:
    response = grace.client.post(reverse(f"loan_rules:{name}"), fields, follow=True)
    assert response.status_code in (200, 422), response
    return words(response.content)


def see(grace: Grace, name: str, query: str = "") -> str:
    response = grace.client.get(reverse(f"loan_rules:{name}") + query)
    assert response.status_code == 200, response
    return words(response.content)


def test_librarian_drafts_rules_and_administrator_publishes_them(world: World, dvd: ItemType) -> None:
    librarian, grace = Grace(role="librarian", name="lina"), Grace()
    assert "Adult 4 weeks 3 at once 1 renewal" in see(librarian, "overview")
    press(librarian, "begin")
    page = press(librarian, "cell", group="adult", kind="dvd", branch="*", **LENT)
    assert "Saved to draft: Adult × DVD" in page
    assert "Adult × DVD 4 weeks, 3 at once, 1 renewal 1 week, 3 at once, 1 renewal" in page
    assert "An administrator publishes it" in page
    refused = librarian.client.post(reverse("loan_rules:publish"), {"since": TOMORROW.isoformat()})
    assert refused.status_code == 403
    done = press(grace, "publish", since=TOMORROW.isoformat(), note="DVDs go round")
    assert "Published. Valid from Thu 26 Nov" in done
    assert "DVDs go round" in done
    edition = RuleVersion.objects.get()
    assert (edition.begun_by, edition.published_by) == ("lina", "grace")
    assert "Withdraw" in done
    assert "Moved back to draft" in words(
        grace.client.post(reverse("loan_rules:withdraw", args=(edition.pk,)), follow=True).content
    )


def test_draft_is_listed_as_a_task_only_for_roles_that_can_edit_rules(world: World) -> None:
    librarian, clerk = Grace(role="librarian", name="lina"), Grace(role="clerk", name="cleo")
    press(librarian, "begin")
    assert "1 Draft loan rules Oldest since today 14:30 Finish draft" in librarian.page("today")
    assert "Draft loan rules" not in clerk.page("today")


def test_clerk_can_read_rules_but_not_change_them(world: World) -> None:
    clerk = Grace(role="clerk", name="cleo")
    assert "Start draft" not in see(clerk, "overview")
    assert clerk.client.post(reverse("loan_rules:begin")).status_code == 403
    assert drafts.draft() is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"hours": "3"}, "in days or in hours, not both"),
        ({"days": ""}, "in days or in hours, not both"),
        ({"days": "", "hours": "0"}, "At least 1 hour"),
        ({"days": "40000"}, "The loan period is too long"),
        ({"limit": "-1"}, "greater than or equal to 0"),
        ({"renewals": "often"}, "Enter a whole number"),
    ],
)
def test_invalid_rule_is_refused_with_its_fault(world: World, fields: dict[str, str], fault: str) -> None:
    grace = Grace()
    press(grace, "begin")
    page = press(grace, "cell", group="adult", kind="*", branch="*", **{**LENT, **fields})
    assert fault in page
    assert [each.days for each in drafts.facts(drafts.draft())] == [28]


def test_rule_for_in_house_use_can_be_added_and_removed_from_the_draft(world: World, dvd: ItemType) -> None:
    grace = Grace()
    press(grace, "begin")
    page = press(grace, "cell", group="adult", kind="dvd", branch="*", **{**LENT, "reading_room_only": "on"})
    assert "Adult × DVD 4 weeks, 3 at once, 1 renewal in-house only" in page
    page = press(grace, "drop", group="adult", kind="dvd", branch="*")
    assert "The rule for Adult × DVD is removed" in page
    assert "No changes" in page
    assert grace.client.get(reverse("loan_rules:cell") + "?group=unknown").status_code == 404


def test_draft_trial_counts_changes_without_naming_patron_or_title(world: World, dvd: ItemType) -> None:
    grace = Grace()
    for item in (world.dune, world.utopia):
        world.upload(world.checkout(item))
    world.advance(days=5)
    grace.sign_in()
    press(grace, "begin")
    press(grace, "cell", group="adult", kind="dvd", branch="*", **LENT)
    page = see(grace, "try")
    assert "0 of 2 loans refused 1 with a different due date" in page
    assert "Adult × DVD 1 0 1 0 -21 0 0 25 Nov at Main: due 2 Dec, not 23 Dec" in page
    assert "Unchanged: Adult × Book (1)" in page
    assert not any(name in page for name in ("Ada", "Utopia", world.ada.identifier))


def test_published_version_shows_its_changes_and_the_previous_rules(world: World) -> None:
    publish_one_week_rule()
    world.advance(days=1)
    grace = Grace()
    page = see(grace, "overview")
    assert "From Thu 26 Nov, current" in page
    assert "Adult × other items 4 weeks, 3 at once, 1 renewal 1 week, 3 at once, 1 renewal" in page
    before = see(grace, "overview", "?show=first")
    assert "First rules" in before and "Adult 4 weeks" in before


def test_try_rules_command_prints_the_trial_of_the_draft(
    world: World, dvd: ItemType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["try-rules"]) == 1
    assert "start one on the page Loan rules" in capsys.readouterr().err
    world.upload(world.checkout(world.utopia))
    drafts.begin(DraftAuthor("grace", hub_clock().now())).rules.update(days=7)
    world.advance(days=1)
    assert cli.main(["try-rules"]) == 0
    assert "adult\tdvd\t1\t0\t1\t0\t-21\t0\t0\t0" in capsys.readouterr().out


def used() -> list[str]:
    found = CirculationEvent.objects.filter(kind="used_in_house").order_by("id")
    return [each.data["item"] for each in found]


def test_in_house_use_is_counted_once_within_the_repeat_interval(world: World) -> None:
    grace = Grace()
    assert "Counted: Dune" in press(grace, "in_house", barcode=world.dune.barcode)
    assert "not counted again" in press(grace, "in_house", barcode=world.dune.barcode)
    assert used() == [world.dune.barcode]
    world.advance(hours=2)
    press(grace, "in_house", barcode=world.dune.barcode)
    assert "Book 2" in see(grace, "in_house")
    assert "is not an item of this library" in press(grace, "in_house", barcode="1")
    world.upload(world.checkout(world.emma))
    assert "on loan" in press(grace, "in_house", barcode=world.emma.barcode)
    assert InHouseUse.objects.count() == 2


def test_return_without_a_loan_counts_as_in_house_use(world: World) -> None:
    """Staff desk and kiosk count it, except just after a loan ended or when uploaded late."""
    grace = Grace()
    grace.enter(world.dune.barcode, mode="return")
    assert used() == [world.dune.barcode]
    grace.enter(world.dune.barcode, mode="return")
    assert world.upload(world.checkin(world.emma))["reason"] == "not_on_loan"
    assert used() == [world.dune.barcode, world.emma.barcode]
    world.upload(world.checkout(world.utopia))
    world.advance(days=3)
    grace.sign_in()
    grace.enter(world.utopia.barcode, mode="return")
    grace.enter(world.utopia.barcode, mode="return")
    world.advance(days=1)
    world.upload(world.checkin(world.utopia, no_block=True))
    assert used() == [world.dune.barcode, world.emma.barcode]


def test_branch_can_have_its_own_rules(world: World) -> None:
    grace = Grace()
    press(grace, "begin")
    press(grace, "cell", group="adult", kind="*", branch="main", **{**LENT, "days": "3"})
    rule = Rule.objects.get(edition__since=None, branch=world.main)
    assert (rule.days, rule.category) == (3, world.adult)
    done = press(grace, "publish", since=(TOMORROW + timedelta(days=1)).isoformat())
    assert "All branches Main" in done
    edition = RuleVersion.objects.get()
    assert "Adult 3 days" in see(grace, "overview", f"?show={edition.pk}&branch=main")
