"""Test hold slips: one for each hold on the hold shelf, as long as its text, without the patron's full name."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from hub.catalogue.models import Branch, Item, Title
from hub.circulation.models import Hold, Library
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.staff.models import HoldSlip, PrintRun
from hub.staff.paper.barcodes import Symbology
from hub.staff.paper.slips import EDGE, Slip, slips_pdf
from tests.hub.staff.paper.printed import Printed, is_named_without_patron
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def trapped(world: World, item: Item) -> Hold:
    hold = world.place_hold(world.ada, item)
    assert isinstance(hold_queue.trap(world.by, item), Hold)
    hold.refresh_from_db()
    return hold


def shown(grace: Grace) -> str:
    return words(grace.client.get(reverse("paper:slips")).content)


def send(grace: Grace) -> Any:
    return grace.client.post(reverse("paper:print_slips"), follow=True)


def test_held_item_gets_one_slip_that_can_be_printed_again(world: World, grace: Grace) -> None:
    assert "Every hold on the shelf has its slip" in shown(grace)
    trapped(world, world.dune)
    assert "Print 1 slip" in shown(grace) and "Print slips" in grace.page("holds", query="?show=ready")
    response = send(grace)
    assert is_named_without_patron(response["Content-Disposition"])
    found = Printed(response.content)
    text = found.texts[0]
    for each in ("0012", "until Wed 2 Dec", "Ada S.", "Dune", "813 XYZ", "Main", "Test Library"):
        assert each in text, each
    assert "Sample" not in text and "20000000000012" not in text
    assert found.barcodes() == [world.dune.barcode]
    assert found.sizes[0][0] == 80 and found.sizes[0][1] < 150 and all(found.fonts.values())
    page = shown(grace)
    assert "Every hold on the shelf has its slip" in page and "1 slip grace" in page
    assert "Every hold on the shelf has its slip" in words(send(grace).content)
    again = grace.client.get(reverse("paper:slip_run", args=(PrintRun.objects.get().pk,)))
    assert Printed(again.content).texts == found.texts


def test_slip_of_a_hold_that_was_collected_is_not_printed_again(world: World, grace: Grace) -> None:
    hold = trapped(world, world.dune)
    send(grace)
    hold_queue.cancel(world.by, hold)
    run = reverse("paper:slip_run", args=(PrintRun.objects.get().pk,))
    assert "None of these holds is on the shelf any more" in words(grace.client.get(run, follow=True).content)


def test_hold_that_gets_another_item_gets_another_slip(world: World, grace: Grace) -> None:
    second = Item.objects.create(barcode="30000000000094", title=world.dune.title, type=world.book, branch=world.main)
    hold = trapped(world, world.dune)
    send(grace)
    hold_queue.wait_again(world.by, hold)
    assert isinstance(hold_queue.trap(world.by, second), Hold)
    assert Printed(send(grace).content).barcodes() == [second.barcode]
    assert HoldSlip.objects.count() == 2


def test_only_the_branches_of_the_member_of_staff_are_printed(world: World, grace: Grace) -> None:
    from hub.catalogue import workplace

    trapped(world, world.dune)
    clerk = Grace(role="clerk", name="hopper")
    workplace.bind(clerk.user, [Branch.objects.create(code="east", name="East")])
    assert "Every hold on the shelf has its slip" in shown(clerk)
    assert "Every hold on the shelf has its slip" in words(send(clerk).content)
    response = clerk.client.post(f"{reverse('paper:print_slips')}?branches=all", follow=True)
    assert response["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("roll", EDGE)
def test_long_texts_stay_inside_the_roll(roll: int) -> None:
    slip = Slip(
        "0012", "12月20日 周日前领取", "巴图蒙克·额尔德尼** ···0012", "很长的书名" * 40, "T" * 80, "3" * 14, "Ө" * 60
    )
    found = Printed(slips_pdf([slip, slip], roll, Symbology("code128"), "图书馆" * 30))
    assert [each[0] for each in found.sizes] == [roll, roll]
    for text, (left, low, right, high) in found.boxes[0]:
        assert left >= EDGE[roll] - 0.5 and right <= roll - EDGE[roll] + 0.5, text
        assert low > 0 and high < found.sizes[0][1], text
    assert found.barcodes() == ["3" * 14]


def test_narrow_paper_is_used_where_the_library_has_it(world: World, grace: Grace) -> None:
    Library.objects.update(receipt_width=58)
    trapped(world, world.dune)
    assert Printed(send(grace).content).sizes[0][0] == 58


def test_slip_names_nothing_of_a_hold_without_call_number(world: World, grace: Grace) -> None:
    Title.objects.update(call_number="")
    trapped(world, world.dune)
    assert "Dune Main" in Printed(send(grace).content).texts[0]
    assert PrintRun.objects.get().at <= hub_clock().now()


def test_pull_list_prints_a_slip_for_each_copy_in_its_order(world: World, grace: Grace) -> None:
    pull = reverse("paper:print_pull_slips")
    assert "There is no copy to pull" in words(grace.client.post(pull, follow=True).content)
    east = Branch.objects.create(code="east", name="East")
    Item.objects.filter(pk=world.emma.pk).update(branch=east, call_number="100 AUS")
    for item in (world.dune, world.emma):
        world.place_hold(world.ada, item)
    assert f'action="{pull}?"' in grace.client.get(reverse("staff:holds")).content.decode()
    found = Printed(grace.client.post(pull).content)
    assert found.barcodes(0) + found.barcodes(1) == [world.emma.barcode, world.dune.barcode]
    there, here = found.texts
    assert "To Main" in there and "Transfer: check in at the desk" in there and "Emma 100 AUS East" in there
    assert "0012" not in there and "Ada" not in there, "the other branch prints the hold's slip"
    for each in ("0012", "Hold: check in at the desk", "Ada S.", "Dune 813 XYZ Main"):
        assert each in here, each
    assert Printed(grace.client.post(f"{pull}?show=pull&at=main").content).barcodes() == [world.dune.barcode]
    assert not HoldSlip.objects.exists() and not Hold.objects.filter(state=Hold.State.READY).exists()
