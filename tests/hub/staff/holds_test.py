"""Staff suspend, resume, move, extend, cancel and restore holds, and patrons see a suspended one as such."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from hub.catalogue.models import Branch, Item, Title
from hub.circulation import cards
from hub.circulation.anonymisation import anonymise_loans, anonymise_traces
from hub.circulation.domain_mapping import item_facts, items_facts
from hub.circulation.models import CirculationEvent, Hold, Patron, PatronCategory, Transit
from hub.circulation.operations import hold_changes, hold_queue, loan_changes
from hub.ils.bridge.feed_relay import carry
from hub.outreach import feed
from hub.outreach.library_system.central import the_central
from hub.outreach.portal import refusal_text
from lending.model import Block, Reason
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, NOW, World

pytestmark = pytest.mark.django_db
UNTIL = date(2027, 1, 5)


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace(role="librarian")


def add_patron(number: int) -> Patron:
    group = PatronCategory.objects.get()
    made: Patron = Patron.objects.create(identifier=f"3000{number}", name=f"Nia Number{number}", category=group)
    return made


def queue(world: World, count: int) -> list[Hold]:
    """Return holds of as many patrons on Dune, placed a minute apart."""
    found = []
    for number in range(count):
        at, patron = NOW + timedelta(minutes=number), add_patron(number)
        found.append(Hold.objects.create(patron=patron, title=world.dune.title, pickup=world.main, placed_at=at))
    return found


def order(world: World) -> list[int]:
    return [each.pk for each in hold_changes.queue_of(world.dune.title_id)]


def test_suspended_hold_gets_no_copy_keeps_its_place_and_continues_in_the_night(world: World, grace: Grace) -> None:
    first, second = queue(world, 2)
    page = grace.post("suspend_hold", first.pk, until="2027-01-05")
    assert "Hold on Dune suspended until 5 Jan 2027. It keeps its place." in page
    assert "To pull from shelf 1 To trap 0 Ready 0 Waiting 0 Suspended 1" in page
    assert "suspended until 5 Jan 2027 Place 1 of 2" in grace.page("holds", query="?show=suspended")
    assert item_facts(world.dune).waiting == 1
    trapped = hold_queue.trap(world.by, world.dune)
    assert isinstance(trapped, Hold) and trapped.pk == second.pk
    assert hold_changes.resume_due(NOW + timedelta(days=40)) == 0
    assert hold_changes.resume_due(NOW + timedelta(days=41)) == 1
    assert hold_changes.resume_due(NOW + timedelta(days=41)) == 0
    assert order(world) == [first.pk] and item_facts(world.dune).waiting == 1
    assert [kind for kind in world.event_kinds() if "hold" in kind] == ["hold_suspended", "hold_ready", "hold_resumed"]


def test_only_suspended_holds_let_the_book_go_back_to_its_shelf(world: World) -> None:
    (hold,) = queue(world, 1)
    hold_changes.suspend(world.by, hold, UNTIL)
    assert isinstance(hold_queue.trap(world.by, world.dune), Block)
    assert not hold_queue.holds_to_pull().exists()
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.make_due_soon()
    assert not isinstance(loan_changes.renew(world.by, world.ada, world.dune), Block)
    hold_changes.resume(world.by, hold)
    assert item_facts(world.dune).waiting == 1


def test_suspension_and_resumption_are_undone(world: World, grace: Grace) -> None:
    (hold,) = queue(world, 1)
    grace.post_and_undo("suspend_hold", hold.pk, until="2027-01-05")
    assert Hold.objects.get().suspended_until is None
    grace.post("suspend_hold", hold.pk, until="2027-01-05")
    grace.post_and_undo("resume_hold", hold.pk)
    assert Hold.objects.get().suspended_until == UNTIL


@pytest.mark.parametrize("until", ["", "2026-11-25", "soon"])
def test_hold_is_suspended_until_a_later_day_only(world: World, grace: Grace, until: str) -> None:
    (hold,) = queue(world, 1)
    assert "tomorrow or later" in grace.post("suspend_hold", hold.pk, until=until)
    assert Hold.objects.get().suspended_until is None


def test_hold_moves_in_the_queue_with_a_reason_and_back(world: World, grace: Grace) -> None:
    holds = queue(world, 4)
    Hold.objects.update(placed_at=NOW)  # as an import may leave them
    keys = [each.pk for each in holds]
    assert "Enter a reason" in grace.post("move_hold", keys[3], place="1")
    assert "Enter the new place" in grace.post("move_hold", keys[3], place="0", why="urgent")
    assert "moved to place 2" in grace.post("move_hold", keys[3], place="2", why="seminar on Friday")
    assert order(world) == [keys[0], keys[3], keys[1], keys[2]]
    assert "moved to place 1" in grace.post_and_undo("move_hold", keys[0], place="99", why="can wait")
    assert order(world) == [keys[0], keys[3], keys[1], keys[2]]
    late = Hold.objects.create(patron=world.lin, title=world.dune.title, pickup=world.main, placed_at=world.by.now)
    hold_changes.move(world.by, holds[0], 4, "can wait")
    world.advance(minutes=1)
    later = hold_queue.place(world.by, world.ada, world.dune.title, world.main)
    assert isinstance(later, Hold) and order(world)[-1] == later.pk
    assert order(world)[3] == keys[0] and order(world)[4] == late.pk
    assert "seminar on Friday" in grace.page("patron_history", holds[3].patron_id)
    assert [each.place for each in the_central().account(holds[3].patron.ref).holds] == [1]


def test_next_copy_goes_to_the_hold_that_was_moved_to_the_front(world: World) -> None:
    holds = queue(world, 3)
    hold_changes.move(world.by, holds[2], 1, "urgent")
    trapped = hold_queue.trap(world.by, world.dune)
    assert isinstance(trapped, Hold) and trapped.pk == holds[2].pk


def test_clerk_suspends_but_does_not_move(world: World) -> None:
    clerk = Grace(role="clerk", name="ben")
    first, _second = queue(world, 2)
    assert "suspended until" in clerk.post("suspend_hold", first.pk, until="2027-01-05")
    moved = clerk.client.post(reverse("staff:move_hold", args=(first.pk,)), {"place": "2", "why": "urgent"})
    assert moved.status_code == 403
    assert "Move in queue" not in clerk.page("holds", query="?show=suspended")


def test_time_on_the_hold_shelf_is_changed_and_ended(world: World, grace: Grace) -> None:
    (hold,) = queue(world, 1)
    hold_queue.trap(world.by, world.dune)
    assert "on the hold shelf until Wed 9 Dec" in grace.post("pickup_day", hold.pk, until="2026-12-09")
    assert "today or later" in grace.post("pickup_day", hold.pk, until="2026-11-24")
    assert "too far ahead" in grace.post("pickup_day", hold.pk, until="2036-12-20")
    grace.post_and_undo("pickup_day", hold.pk, until="2026-12-20")
    assert Hold.objects.get().until == date(2026, 12, 9)
    assert "cancelled" in grace.post("cancel", hold.pk, why="called: not needed")
    assert "To remove from hold shelf 1" in grace.page("holds")
    assert "in another state" in grace.post("pickup_day", hold.pk, until="2026-12-20")
    assert "called: not needed" in grace.page("patron_history", hold.patron_id)


def test_undone_cancellation_gives_the_copy_or_the_place_back(world: World, grace: Grace) -> None:
    first, second = queue(world, 2)
    grace.post_and_undo("cancel", first.pk, why="wrong patron")
    assert order(world) == [first.pk, second.pk]
    hold_queue.trap(world.by, world.dune)
    until = Hold.objects.get(pk=first.pk).until
    grace.post_and_undo("cancel", first.pk, why="wrong patron")
    assert (Hold.objects.get(pk=first.pk).state, Hold.objects.get(pk=first.pk).until) == ("ready", until)
    grace.post("cancel", first.pk, why="wrong patron")
    loan_changes.checkout(world.by, world.ada, world.dune)
    grace.post("restore_hold", first.pk)
    assert (Hold.objects.get(pk=first.pk).state, order(world)) == ("waiting", [first.pk, second.pk])
    assert "in another state" in grace.post("restore_hold", first.pk)


def test_reason_is_erased_with_the_patron_in_the_feed(world: World) -> None:
    (hold,) = queue(world, 1)
    hold_queue.cancel(world.by, hold, "moved to Zyx Road")
    carry()
    anonymise_traces(NOW + timedelta(days=60), feed.last())
    assert "Zyx" not in str(list(CirculationEvent.objects.values_list("data", flat=True)))


def test_kiosk_and_phone_are_told_that_a_hold_is_suspended(world: World) -> None:
    hold = world.place_hold(world.ada, world.dune)
    hold_changes.suspend(world.by, hold, UNTIL)
    answer = world.client().get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}").json()
    assert [each["suspended_until"] for each in answer["holds"]] == ["2027-01-05"]
    (current,) = the_central().account(world.ada.ref).holds
    assert (current.suspended_until, current.place) == (UNTIL, None)
    with override("en"):
        assert refusal_text.hold(current) == "Suspended until 5 Jan 2027. You keep your place."


def test_patrons_record_offers_the_changes(world: World, grace: Grace) -> None:
    first, _second = queue(world, 2)
    page = grace.page("patron_holds", first.patron_id)
    for act in ("Suspend until", "Move in queue", "Cancel hold", "Place 1 of 2"):
        assert act in page
    url = reverse("staff:suspend_hold", args=(first.pk,))
    home = reverse("staff:patron_holds", args=(first.patron_id,))
    after = words(grace.client.post(url, {"until": "2027-01-05", "back": home}, follow=True).content)
    assert "suspended until 5 Jan 2027" in after and "Resume" in after


def add_branches(world: World) -> tuple[Branch, Branch]:
    """Return two further branches, each with a copy of Dune."""
    found = []
    for number, code in enumerate(("east", "west")):
        branch = Branch.objects.create(code=code, name=code.title())
        Item.objects.create(barcode=f"3100000000{number:04}", title=world.dune.title, type=world.book, branch=branch)
        found.append(branch)
    return found[0], found[1]


def test_each_copy_is_pulled_for_one_hold_at_its_pickup_branch_first(world: World, grace: Grace) -> None:
    east, west = add_branches(world)
    holds = queue(world, 4)
    Hold.objects.filter(pk=holds[0].pk).update(pickup=west)
    found = hold_queue.sort_waiting_holds()
    assert {hold: copy.branch for hold, copy in found.pull.items()} == {
        holds[0].pk: west.pk,
        holds[1].pk: world.main.pk,
        holds[2].pk: east.pk,
    }
    assert list(found.elsewhere) == [holds[3].pk], "three copies are fetched for three holds"
    assert "To pull from shelf 3 To trap 0 Ready 0 Waiting 1" in grace.page("holds")


def test_pull_list_is_in_the_order_of_branches_and_call_numbers(world: World, grace: Grace) -> None:
    assert "All branches" not in grace.page("holds")
    add_branches(world)
    assert "All branches 0 East 0 Main 0 West 0" in grace.page("holds")
    Item.objects.filter(pk=world.emma.pk).update(call_number="100 AUS")
    queue(world, 3)
    world.place_hold(world.lin, world.emma)
    page = grace.page("holds")
    assert "All branches 4 East 1 Main 2 West 1" in page
    rows = page.split("Copies on the shelf")[1]
    heads = ["East Dune", "Main Emma", "West Dune"]
    assert [rows.index(each) for each in heads] == sorted(rows.index(each) for each in heads)
    only = grace.page("holds", query="?at=main")
    assert "Emma" in only and only.count("Change hold") == 2
    sheet = grace.client.get(reverse("staff:holds"), {"form": "csv", "at": "main"}).content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in sheet.splitlines()[1:]] == ["Emma", "Dune"]
    trapped = grace.client.post(reverse("staff:trap"), {"barcode": world.emma.barcode, "at": "main"})
    assert trapped.url == f"{reverse('staff:holds')}?at=main", "the list of the branch stays after a scan"


def test_page_reads_the_database_as_often_for_many_holds_as_for_few(world: World, grace: Grace) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            for show in ("pull", "ready", "waiting", "suspended", "left"):
                grace.page("holds", query=f"?show={show}")
        return len(found)

    def fill(number: int) -> None:
        for each in range(number, number + 3):
            title = Title.objects.create(title=f"Title {each}")
            copy = Item.objects.create(barcode=f"32{each:08}", title=title, type=world.book, branch=world.main)
            states: tuple[dict[str, Any], ...]
            states = ({}, {"suspended_until": UNTIL}, {"state": "ready", "item": copy, "shelf": "1", "until": UNTIL})
            Hold.objects.create(
                patron=add_patron(100 + each), title=title, pickup=world.main, placed_at=NOW, **states[each % 3]
            )

    fill(0)
    grace.page("holds")
    before = statements()
    for number in range(3, 21, 3):
        fill(number)
    assert statements() == before


def test_copy_of_an_anonymous_hold_is_kept_only_while_it_is_on_the_hold_shelf(world: World) -> None:
    first, second = queue(world, 2)
    hold_queue.trap(world.by, world.dune)
    hold_queue.cancel(world.by, first)
    other = Item.objects.create(barcode="3100000000", title=world.dune.title, type=world.book, branch=world.main)
    hold_queue.trap(world.by, other)
    hold_queue.cancel(world.by, second)
    loan_changes.checkout(world.by, world.ada, other)
    anonymise_loans(NOW + timedelta(days=60))
    assert list(Hold.objects.order_by("pk").values_list("nameless", "item")) == [(True, world.dune.pk), (True, None)]
    assert [each.pk for each in hold_queue.leftover_holds()] == [first.pk]


def add_volumes(world: World) -> tuple[Item, Item]:
    """Return two further copies of Dune, as volumes with call numbers of their own."""
    dune = {"title": world.dune.title, "type": world.book, "branch": world.main}
    first, second = (
        Item.objects.create(barcode=f"320000000000{number}", call_number=f"HER v. {number}", **dune)
        for number in (1, 2)
    )
    return first, second


def test_hold_on_one_copy_is_filled_by_that_copy_only(world: World, grace: Grace) -> None:
    first, second = add_volumes(world)
    (hold,) = queue(world, 1)
    assert isinstance(hold_changes.choose_copy(world.by, hold, second), Hold)
    assert hold_queue.sort_waiting_holds().pull == {hold.pk: (second.pk, world.main.pk)}
    for other in (world.dune, first):
        assert hold_queue.trap(world.by, other) == Block(Reason.NOT_ON_LOAN)
        assert item_facts(other).waiting == 0
    assert (item_facts(second).waiting, [each.waiting for each in items_facts([first, second])]) == (1, [0, 1])
    page = grace.page("holds")
    assert f"only copy {second.barcode}" in page and "HER v. 2" in page
    trapped = hold_queue.trap(world.by, second)
    assert isinstance(trapped, Hold) and (trapped.pk, trapped.item) == (hold.pk, second)


def test_borrowing_another_volume_leaves_the_hold_on_one_copy_open(world: World) -> None:
    first, second = add_volumes(world)
    hold = hold_queue.place(world.by, world.ada, second.title, world.main, second)
    assert isinstance(hold, Hold)
    loan_changes.checkout(world.by, world.ada, first)
    hold.refresh_from_db()
    assert hold.state == Hold.State.WAITING
    loan_changes.checkout(world.by, world.ada, second)
    hold.refresh_from_db()
    assert hold.state == Hold.State.COLLECTED


def test_patron_waits_for_several_volumes_but_for_none_twice(world: World) -> None:
    first, second = add_volumes(world)

    def place(copy: Item | None) -> Hold | Block:
        return hold_queue.place(world.by, world.ada, world.dune.title, world.main, copy)

    assert isinstance(place(first), Hold) and isinstance(place(second), Hold)
    assert place(first) == place(None) == Block(Reason.ALREADY_YOURS)
    for each in Hold.objects.all():
        hold_queue.cancel(world.by, each)
    assert isinstance(place(None), Hold)
    assert place(first) == Block(Reason.ALREADY_YOURS)
    loan_changes.checkout(world.by, world.ada, first)
    assert place(first) == place(None) == Block(Reason.ALREADY_YOURS)
    assert isinstance(place(second), Hold)


def test_copy_that_somebody_needs_is_pulled_and_trapped_for_them_while_others_are_free(world: World) -> None:
    first, second = add_volumes(world)
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.LOST)
    anyone, needs = queue(world, 2)
    hold_changes.choose_copy(world.by, needs, first)
    pulled = hold_queue.sort_waiting_holds().pull
    assert {hold: copy.item for hold, copy in pulled.items()} == {anyone.pk: second.pk, needs.pk: first.pk}
    trapped = hold_queue.trap(world.by, first)
    assert isinstance(trapped, Hold) and trapped.pk == needs.pk
    hold_queue.wait_again(world.by, trapped)
    Item.objects.filter(pk=second.pk).update(condition=Item.Condition.LOST)
    trapped = hold_queue.trap(world.by, first)
    assert isinstance(trapped, Hold) and trapped.pk == anyone.pk  # no other copy is left for the older hold


def test_librarian_limits_a_hold_to_one_copy_and_takes_it_back(world: World, grace: Grace) -> None:
    first, _second = add_volumes(world)
    (hold,) = queue(world, 1)
    other = Item.objects.create(barcode="3299", title=world.emma.title, type=world.book, branch=world.main)
    assert "is no copy of Dune" in grace.post("choose_copy", hold.pk, copy=other.barcode)
    grace.post_and_undo("choose_copy", hold.pk, copy=first.barcode)
    hold.refresh_from_db()
    assert hold.copy is None
    said = grace.post("choose_copy", hold.pk, copy=first.barcode)
    assert f"Only copy {first.barcode} can fill the hold on Dune" in said
    assert "only this copy" in grace.page("item", first.pk)
    assert "1 patron has a hold that only this copy can fill" in grace.page("item", first.pk)
    grace.post("choose_copy", hold.pk, copy="")
    hold.refresh_from_db()
    assert hold.copy is None
    carry()
    events = CirculationEvent.objects.filter(data__hold=hold.pk)
    assert [(each.kind, each.data["copy"]) for each in events] == [
        ("hold_copy_changed", first.barcode),
        ("hold_copy_changed", None),
    ] * 2


def test_undo_returns_to_the_page_on_which_the_copy_was_chosen(world: World, grace: Grace) -> None:
    first, _second = add_volumes(world)
    (hold,) = queue(world, 1)
    record = reverse("staff:item", args=(first.pk,))
    answer = grace.client.post(
        reverse("staff:choose_copy", args=(hold.pk,)), {"copy": first.barcode, "back": record}, follow=True
    )
    page = answer.content.decode()
    found = re.search(r'class="flash".*?action="([^"]+)".*?name="back" value="([^"]+)"', page, re.DOTALL)
    assert found is not None and found[2] == record and record not in found[1], "the address names no page"
    assert grace.client.post(found[1], {"back": found[2]}).url == record
    grace.client.post(reverse("staff:choose_copy", args=(hold.pk,)), {"copy": first.barcode})
    assert grace.client.post(found[1], {"back": "https://elsewhere.example"}).url == reverse("staff:holds")


def test_copy_that_can_fill_no_hold_is_refused_with_its_reason(world: World, grace: Grace) -> None:
    first, second = add_volumes(world)
    hold = hold_queue.place(world.by, world.ada, world.dune.title, world.main, first)
    assert isinstance(hold, Hold) and isinstance(
        hold_queue.place(world.by, world.ada, world.dune.title, world.main, second), Hold
    )
    assert "already has it or has a hold" in grace.post("choose_copy", hold.pk, copy=second.barcode)
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.WITHDRAWN)
    assert "lost" in grace.post("choose_copy", hold.pk, copy=world.dune.barcode).lower()
    hold.refresh_from_db()
    assert hold.copy == first
    withdrawn = Item.objects.get(pk=world.dune.pk)
    assert hold_queue.place(world.by, world.lin, withdrawn.title, world.main, withdrawn) == Block(Reason.ITEM_LOST)


def test_copy_on_its_way_is_released_when_the_hold_wants_another(world: World) -> None:
    first, second = add_volumes(world)
    east = Branch.objects.create(code="east", name="East")
    (hold,) = queue(world, 1)
    Hold.objects.update(pickup=east)
    assert isinstance(hold_queue.trap(world.by, first), Transit)
    assert isinstance(hold_changes.choose_copy(world.by, Hold.objects.get(pk=hold.pk), second), Hold)
    assert not hold_queue.holds_in_transit().exists()
    assert hold_queue.sort_waiting_holds().pull[hold.pk].item == second.pk


def test_patron_reads_which_copy_they_wait_for_and_their_place_among_those_who_want_it(world: World) -> None:
    first, second = add_volumes(world)
    for hold, copy in zip(queue(world, 2), (first, None), strict=True):
        hold_changes.choose_copy(world.by, hold, copy)
    hold_queue.place(world.by, world.ada, second.title, world.main, second)
    Hold.objects.filter(patron=world.ada).update(placed_at=NOW + timedelta(hours=1))
    (current,) = the_central().account(world.ada.ref).holds
    assert (current.copy, current.place) == ("HER v. 2", 2)
    with override("en"):
        assert refusal_text.hold(current).endswith("(only copy HER v. 2)")
    answer = world.client().get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}").json()
    assert [each["title"] for each in answer["holds"]] == ["Dune (HER v. 2)"]
