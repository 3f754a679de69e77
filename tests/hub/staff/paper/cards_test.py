"""Test the patron's card: its size and barcode, whose number it may bear, and that opening it is logged."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from hub.audit.models import AccessLogEntry
from hub.circulation.cards import hash_number, holder_of
from hub.circulation.models import Card, Library
from hub.staff.paper.barcodes import Symbology
from hub.staff.paper.cards import CardFace, CardPaper, card_pdf
from tests.hub.staff.paper.printed import Printed, is_named_without_patron
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def send(grace: Grace, world: World, **fields: str) -> Any:
    url = reverse("paper:print_card", args=(world.ada.pk,))
    return grace.client.post(url, {"number": world.ada.identifier, "paper": "card", **fields})


def refusal(grace: Grace, world: World, **fields: str) -> str:
    response = send(grace, world, **fields)
    assert response.status_code == 302
    return words(grace.client.get(response["Location"]).content)


def shown(grace: Grace, world: World) -> str:
    return words(grace.client.get(reverse("paper:card", args=(world.ada.pk,))).content)


def test_card_has_its_size_the_full_name_and_a_barcode_that_opens_the_record(world: World, grace: Grace) -> None:
    Library.objects.update(name="测试图书馆", name_en="Test Library")
    assert "Print card" in grace.page("patron", world.ada.pk) and "kiosks and the desk accept" in shown(grace, world)
    response = send(grace, world)
    assert is_named_without_patron(response["Content-Disposition"]) and "no-store" in response["Cache-Control"]
    card = Printed(response.content)
    assert card.sizes == [(85.6, 53.98)] and all(card.fonts.values())
    assert card.texts == ["20000000000012 测试图书馆 Test Library Ada Sample"]
    (number,) = card.barcodes()
    assert grace.enter(number)["kind"] == "patron" and holder_of(number) == world.ada


def test_card_to_cut_out_is_on_a_sheet_with_crop_marks(world: World, grace: Grace) -> None:
    sheet = Printed(send(grace, world, paper="sheet").content)
    assert sheet.sizes == [(210.0, 297.0)] and sheet.barcodes() == [world.ada.identifier]
    assert send(grace, world, paper="gold").status_code == 404


def test_new_number_becomes_a_card_once(world: World, grace: Grace) -> None:
    for _attempt in range(2):
        assert Printed(send(grace, world, number="20000000000777").content).barcodes() == ["20000000000777"]
    assert Card.objects.filter(hash=hash_number("20000000000777"), patron=world.ada, status="active").count() == 1
    assert world.event_kinds().count("card_status") == 1


def test_number_of_a_lost_card_or_of_another_patron_is_not_printed(world: World, grace: Grace) -> None:
    Card.objects.filter(hash=hash_number(world.ada.identifier)).update(status=Card.Status.LOST)
    assert "was reported lost" in shown(grace, world)
    for number in (world.ada.identifier, world.lin.identifier, "", "no card", "书二十"):
        assert send(grace, world, number=number).status_code == 302, number
    assert "Enter another number" in refusal(grace, world)
    assert "Code 128 cannot hold it" in refusal(grace, world, number="书二十")


def test_opening_the_card_needs_a_reason_and_is_logged(world: World) -> None:
    grace = Grace(role="librarian")
    grace.client.reason = ""
    for answer in (send(grace, world), grace.client.get(reverse("paper:card", args=(world.ada.pk,)))):
        assert answer["Location"].startswith("/staff/why/")
    grace.client.reason = "here"
    assert "Print card" in shown(grace, world)
    assert AccessLogEntry.objects.filter(ref=world.ada.ref, staff="grace").exists()


def test_desk_without_the_right_prints_no_card(world: World) -> None:
    clerk = Grace(role="clerk")
    assert send(clerk, world).status_code == 403
    assert "Print card" not in clerk.page("patron", world.ada.pk)


@pytest.mark.parametrize("symbology", Symbology)
@pytest.mark.parametrize("paper", CardPaper)
def test_long_names_stay_on_the_card_and_do_not_touch_the_bars(paper: CardPaper, symbology: Symbology) -> None:
    name = "Баатарсүхийн Энхмөнхжаргал Долгорсүрэнгийн Жишээ-Номынсан von und zu Langername 欧阳样本" * 2
    face = CardFace(
        ("湖滨公共图书馆" * 4, "Lakeside Public Library of the Invented District and County"), name, "2" * 14
    )
    card = Printed(card_pdf(face, paper, symbology))
    left, low = (20, 297 - 20 - 53.98) if paper is CardPaper.SHEET else (0, 0)
    for text, (x, y, right, high) in card.boxes[0]:
        assert left + 3 < x and right < left + 85.6 - 3 and low + 3 < y and high < low + 53.98 - 3, text
        assert text == "2" * 14 or y > low + 4 + 12, text
    assert [each.strip("ABCD") for each in card.barcodes()] == ["2" * 14]
    assert "…" not in card.texts[0] or paper, name
