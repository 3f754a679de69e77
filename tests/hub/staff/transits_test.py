"""Test transfers: returned items go to their branch or to a hold, and lists show the own branch first."""

from __future__ import annotations

import io
import sys

import pytest
from django.urls import reverse
from django.utils import translation

from hub.catalogue import workplace
from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import CirculationEvent, Hold, Loan, Transit
from hub.circulation.operations import hold_queue, loan_changes
from hub.circulation.operations.context import Actor, OperationResult
from hub.cli import main
from hub.core.clock import hub_clock
from hub.core.pages.formatting import for_staff_of
from hub.ils.bridge.circulation_adapter import CirculationAdapter
from hub.staff import today
from lending.model import Block, Reason
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World


@pytest.fixture
def east(world: World) -> Branch:
    return Branch.objects.create(code="east", name="东馆", name_en="East", return_place="C")


def at(branch: Branch) -> Actor:
    return Actor(branch=branch, now=hub_clock().now(), staff="grace")


def set_branch(grace: Grace, branch: Branch) -> Grace:
    """Choose the branch of the workplace."""
    grace.client.post(reverse("staff:branch"), {"branch": branch.code})
    return grace


def kinds() -> list[str]:
    return list(CirculationEvent.objects.order_by("id").values_list("kind", flat=True))


def test_item_returned_at_another_branch_is_sent_to_its_own_and_arrives(world: World, east: Branch) -> None:
    grace, clerk = set_branch(Grace(), east), set_branch(Grace(role="clerk", name="clio"), world.main)
    loan_changes.checkout(world.by, world.ada, world.dune)
    line = grace.enter(world.dune.barcode, mode="return")["line"]
    assert (line["words"], line["where"]) == ("Belongs to another branch", "To Main")
    transfer = Transit.objects.get()
    assert (transfer.origin, transfer.target, transfer.sent_at) == (east, world.main, None)
    assert "Dune" in grace.page("transits") and "To send 1" in grace.page("transits")
    assert "To be sent to Main" in grace.page("item", world.dune.pk)
    assert CirculationAdapter().on_shelf([world.dune.title_id]) == set(), "not on its shelf"
    assert "in transit to Main" in grace.post("sent", transfer.pk)
    assert "is no longer in transit" in grace.post("sent", transfer.pk), "second time"
    assert "In transit to Main" in grace.page("items", query="?q=Dune")
    assert "Dune" in clerk.page("transits", query="?show=way")
    again = grace.enter(world.dune.barcode, mode="return")["line"]
    assert again["where"] == "To Main" and Transit.objects.get().sent_at is not None, "not there yet"
    assert "has arrived: put it on the shelf" in clerk.post("unpacked", barcode=world.dune.barcode)
    assert CirculationAdapter().on_shelf([world.dune.title_id]) == {world.dune.title_id}
    assert "Dune" in clerk.page("transits", query="?show=arrived")
    assert "Arrived 1" in clerk.page("transits") and "In transit 0" in clerk.page("transits")
    refused = clerk.post("unpacked", barcode=world.dune.barcode)
    assert "has arrived" not in refused and Transit.objects.count() == 1


def test_hold_at_another_branch_is_ready_once_the_item_arrives(world: World, east: Branch) -> None:
    hold = hold_queue.place(world.by, world.lin, world.dune.title, east)
    assert isinstance(hold, Hold)
    loan_changes.checkout(world.by, world.ada, world.dune)
    line = Grace().enter(world.dune.barcode, mode="return")["line"]
    assert (line["words"], line["where"]) == ("Hold waiting", "To East")
    hold.refresh_from_db()
    assert hold.state == "waiting" and "hold_ready" not in kinds()
    arrived = hold_queue.unpack(at(east), world.dune)
    assert isinstance(arrived, Hold) and arrived.pk == hold.pk
    hold.refresh_from_db()
    assert (hold.state, hold.item) == ("ready", world.dune) and kinds()[-1] == "hold_ready"
    assert Transit.objects.get().arrived_at is not None
    assert isinstance(loan_changes.checkout(at(east), world.lin, world.dune), OperationResult)
    loan_changes.receive(at(east), world.dune)
    assert Transit.objects.get(arrived_at=None).target == world.main, "it is then sent to its own branch"


def test_item_in_transit_serves_one_hold(world: World, east: Branch) -> None:
    first = hold_queue.place(world.by, world.lin, world.dune.title, east)
    other = Item.objects.create(barcode="30000000000999", title=world.dune.title, type=world.book, branch=world.main)
    assert isinstance(first, Hold) and isinstance(hold_queue.trap(world.by, world.dune), Transit)
    assert hold_queue.trap(world.by, other) == Block(Reason.NOT_ON_LOAN), "an item for the hold is in transit"
    assert "Dune" not in Grace().page("holds"), "nothing to pull"
    hold_queue.cancel(world.by, first)
    assert isinstance(hold_queue.unpack(at(east), world.dune), Transit), "without a hold it is sent to its own branch"
    assert Transit.objects.get(arrived_at=None).target == world.main


def test_checkout_ends_the_transfer(world: World, east: Branch) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.receive(at(east), world.dune)
    assert "To send 1" in Grace().page("transits")
    assert isinstance(loan_changes.checkout(at(east), world.lin, world.dune), OperationResult)
    assert "To send 0" in Grace().page("transits")


def test_return_at_a_kiosk_of_another_branch_starts_a_transfer(world: World, east: Branch) -> None:
    world.kiosk.branch = east
    world.kiosk.save()
    loan_changes.checkout(world.by, world.ada, world.dune)
    answer = world.upload(world.checkin(world.dune, "trusted"))
    assert answer["outcome"] == "accepted" and answer.get("place") == "C"
    assert Transit.objects.get().target == world.main
    assert Loan.objects.get().state == "returned"


def test_lists_show_the_staff_members_branches_first(world: World, east: Branch) -> None:
    clio = Grace(role="clerk", name="clio")
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkout(at(east), world.lin, world.emma)
    assert "Dune" in clio.page("loans") and "Emma" in clio.page("loans"), "without assigned branches all are shown"
    workplace.bind(clio.user, [east])
    seen = clio.page("loans")
    assert "Emma" in seen and "Dune" not in seen and "East · All branches" in seen
    every = clio.page("loans", query="?branches=all")
    assert "Emma" in every and "Dune" in every and "All branches · Mine only" in every
    assert "Dune" in clio.page("loans", query="?q=Dune"), "a search covers all branches"
    assert clio.enter(world.dune.barcode, mode="return")["line"]["where"] == "To Main", "the workplace is East"
    ida = Grace(role="librarian", name="ida")
    world.upload_all({**world.row("dance"), "kind": "dance"})
    workplace.bind(ida.user, [east])
    assert "No exception" in ida.page("exceptions"), "the kiosk belongs to the main branch"
    assert "No exception" not in ida.page("exceptions", query="?branches=all")
    grace = Grace()
    workplace.bind(grace.user, [east])
    assert workplace.branches_of(grace.user) is None, "administrators are not restricted"


def test_tasks_count_the_staff_members_branches_only(world: World, east: Branch) -> None:
    clio = Grace(role="clerk", name="clio")

    def to_send() -> int:
        with translation.override("en"), for_staff_of(the_library()):
            found = {each.words: each.count for each in today.waiting_tasks(clio.user, hub_clock().now())}
        return found["Copies to transfer"]

    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.receive(at(east), world.dune)
    assert to_send() == 1
    workplace.bind(clio.user, [world.main])
    assert to_send() == 0
    workplace.bind(clio.user, [east])
    assert to_send() == 1


def test_add_staff_command_assigns_branches(
    world: World, east: Branch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(*more: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO("a quiet long password\n"))
        return main(["add-staff", "clio", "--role", "clerk", *more])

    assert add("--branch", "moon") == 1
    assert "unknown branch 'moon'; known branches: east, main" in capsys.readouterr().err
    assert add("--branch", "east") == 0
    clio = Grace(role="clerk", name="clio")
    assert workplace.branches_of(clio.user) == frozenset({east.pk})
    page = Grace().client.get(reverse("library:staff")).content.decode()
    assert "East</td>" in page
    assert add("--all-branches") == 0
    assert workplace.branches_of(clio.user) is None
