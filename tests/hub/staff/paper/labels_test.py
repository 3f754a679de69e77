"""Test label sheets: the published sizes, every text inside its label, and barcodes that a scanner reads."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from hub.catalogue.models import Item, Title
from hub.circulation.models import Library
from hub.core.clock import hub_clock
from hub.staff.paper import labels, typesetting
from hub.staff.paper.barcodes import Symbology
from hub.staff.paper.labels import Label, LabelKind
from hub.staff.paper.sheets import SHEETS, Sheet
from tests.hub.staff.paper.printed import Printed, is_named_without_patron
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

LONG = (
    Label("I246.5/X43", "30000000000011", "呼兰河传"),
    Label("PS3569.T88 S56 2014 v.12 c.3 Ref Oversize", "30000000000029", "A study of long titles, " * 12),
    Label("W" * 80, "30000000000037", "W" * 300),
    Label("монгол хэл/Ө5", "30000000000045", "Үлгэр Жишээ номын сан"),
)
"""What stretches a label: many parts, one word of the longest length, Chinese and Mongolian Cyrillic."""
LIBRARY = "湖滨公共图书馆 Lakeside Public Library of the Invented District"
SIZES = {
    "L7160": (210.0, 297.0, 21, 63.5, 38.1, 7.21, 15.15),
    "L7163": (210.0, 297.0, 14, 99.1, 38.1, 4.65, 15.15),
    "L7651": (210.0, 297.0, 65, 38.1, 21.2, 4.75, 10.7),
    "5160": (215.9, 279.4, 30, 66.67, 25.4, 4.76, 12.7),
}
"""Paper, labels, width and height, left and upper margin in mm, as the maker publishes them."""


def printed(
    kind: LabelKind, sheet: Sheet, chosen: tuple[Label, ...], start: int = 1, symbology: str = "code128"
) -> Printed:
    return Printed(labels.label_sheets(chosen, kind, sheet, start, Symbology(symbology), LIBRARY))


@pytest.mark.parametrize("name", SHEETS)
def test_sheet_has_the_published_sizes(name: str) -> None:
    sheet = SHEETS[name]
    found = (*sheet.paper, sheet.count, round(sheet.width, 2), round(sheet.height, 2))
    assert (*found, *(round(each, 2) for each in sheet.margins)) == SIZES[name]
    boxes = [sheet.place(number) for number in range(sheet.count)]
    assert all(each.x > 0 and each.y > 0 for each in boxes)
    last = boxes[-1]
    assert round((last.x + last.width) / typesetting.MM + sheet.margins[0], 2) == sheet.paper[0]


@pytest.mark.parametrize("kind", LabelKind)
@pytest.mark.parametrize("name", SHEETS)
def test_every_text_stays_inside_its_label(kind: LabelKind, name: str) -> None:
    sheet = SHEETS[name]
    found = printed(kind, sheet, LONG)
    places = [sheet.place(number) for number in range(len(LONG))]
    for text, (left, low, right, high) in found.boxes[0]:
        inside = [
            each
            for each in places
            if each.x <= left * typesetting.MM
            and right * typesetting.MM <= each.x + each.width
            and each.y <= low * typesetting.MM
            and high * typesetting.MM <= each.y + each.height
        ]
        assert len(inside) == 1, text
    assert found.fonts and all(found.fonts.values())
    assert found.sizes == [tuple(round(each, 1) for each in sheet.paper)]


@pytest.mark.parametrize("name", SHEETS)
def test_no_call_number_is_cut(name: str) -> None:
    text = printed(LabelKind.SPINE, SHEETS[name], LONG).texts[0]
    assert "…" not in text
    assert "".join("PS3569.T88 S56 2014 v.12 c.3 Ref Oversize".split()) in "".join(text.split())
    assert text.replace(" ", "").count("W") == 80
    assert "Ө5" in text


@pytest.mark.parametrize("symbology", Symbology)
@pytest.mark.parametrize("name", SHEETS)
def test_scanner_reads_every_barcode_that_fits(name: str, symbology: Symbology) -> None:
    sheet = SHEETS[name]
    fitting = tuple(each for each in LONG if not labels.fault(each, LabelKind.BARCODE, sheet, symbology))
    assert bool(fitting) == ((name, symbology) not in {("L7651", "code39")})
    if fitting:
        read = printed(LabelKind.BARCODE, sheet, fitting, symbology=symbology).barcodes()
        bare = [each.strip("ABCD") if symbology == "codabar" else each for each in read]
        assert sorted(bare) == sorted(each.barcode for each in fitting)


@pytest.mark.parametrize(
    ("symbology", "barcode", "fault"),
    [
        ("code128", "书30000001", "Code 128 cannot hold it"),
        ("code39", "a-77", "Code 39 cannot hold it"),
        ("codabar", "B77", "Codabar cannot hold it"),
        ("itf", "123", "Interleaved 2 of 5 cannot hold it"),
        ("code128", "X" * 32, "too long for this label"),
    ],
)
def test_number_that_no_scanner_could_read_back_is_refused(symbology: str, barcode: str, fault: str) -> None:
    label = Label("813", barcode, "Dune")
    with translation.override("en"):
        assert fault in labels.fault(label, LabelKind.BARCODE, SHEETS["L7651"], Symbology(symbology))


def test_first_label_takes_the_start_position_and_the_next_sheet_begins_at_its_corner() -> None:
    sheet = SHEETS["L7160"]
    found = printed(LabelKind.BARCODE, sheet, LONG[:3], start=20)
    assert len(found.pictures) == 2
    for page, label, number in ((0, LONG[0], 19), (0, LONG[1], 20), (1, LONG[2], 0)):
        box = sheet.place(number)
        (edges,) = (edges for text, edges in found.boxes[page] if text == label.barcode)
        assert box.x < edges[0] * typesetting.MM < box.x + box.width, label
        assert box.y < edges[1] * typesetting.MM < box.y + box.height, label


def test_character_that_the_font_lacks_is_a_square_and_the_rest_is_printed() -> None:
    assert typesetting.printable("\N{MONGOLIAN LETTER A}书 a\N{OPEN BOOK}\n b") == "□书 a□ b"


def shown(grace: Grace, **query: str) -> str:
    response = grace.client.get(reverse("paper:labels"), query)
    assert response.status_code == 200
    return words(response.content)


def send(grace: Grace, *items: Item, **fields: str) -> Any:
    given = {"kind": "spine", "sheet": "L7160", "start": "1", **fields}
    return grace.client.post(reverse("paper:print_labels"), {**given, "item": [str(each.pk) for each in items]})


def refusal(grace: Grace, *items: Item, **fields: str) -> str:
    response = send(grace, *items, **fields)
    assert response.status_code == 302
    return words(grace.client.get(response["Location"]).content)


def test_items_added_today_are_offered_and_older_ones_by_their_day(world: World, grace: Grace) -> None:
    Item.objects.filter(pk=world.emma.pk).update(added_at=hub_clock().now() - timedelta(days=1))
    page = shown(grace)
    assert "Dune" in page and "Utopia" in page and "Emma" not in page
    assert "Emma" in shown(grace, day="2026-11-24") and "Dune" not in shown(grace, day="2026-11-24")
    assert "No item was added on this day" in shown(grace, day="2020-01-01")
    assert "Dune" in shown(grace, day="nonsense") and "Dune" in shown(grace, day="9999-12-31")


def test_list_keeps_its_order_and_names_unknown_barcodes(world: World, grace: Grace) -> None:
    text = f"{world.utopia.barcode}\r\n{world.dune.barcode}, 39999999999999 {world.dune.barcode}"
    response = grace.client.post(reverse("paper:labels"), {"show": "list", "barcodes": text})
    page = words(response.content)
    assert "2 items" in page and page.index("Utopia") < page.index("Dune")
    assert "No item has this barcode: 39999999999999" in page


def test_range_includes_both_ends_and_no_barcode_of_another_length(world: World, grace: Grace) -> None:
    Item.objects.create(barcode="3000000000002", title=world.dune.title, type=world.book, branch=world.main)
    page = shown(grace, show="range", first=world.dune.barcode, last=world.emma.barcode)
    assert "2 items" in page and "Dune" in page and "Emma" in page
    assert "must be as long as the first" in shown(grace, show="range", first="30", last="3")
    assert "Choose the items" in shown(grace, show="range")


def test_labels_are_shown_in_the_browser_and_the_next_free_label_is_remembered(world: World, grace: Grace) -> None:
    Title.objects.filter(pk=world.emma.title_id).update(call_number="")
    assert "no call number" in shown(grace)
    response = send(grace, world.dune, world.emma, world.utopia, start="5")
    assert response["Content-Type"] == "application/pdf"
    assert is_named_without_patron(response["Content-Disposition"]) and "no-store" in response["Cache-Control"]
    text = Printed(response.content).texts[0]
    assert world.dune.barcode in text and world.utopia.barcode in text and world.emma.barcode not in text
    assert b'name="start" type="number" min="1" max="65" value="7"' in grace.client.get(reverse("paper:labels")).content


def test_barcode_labels_use_the_librarys_symbology(world: World, grace: Grace) -> None:
    Library.objects.update(symbology="codabar")
    found = Printed(send(grace, world.dune, kind="barcode").content)
    assert [each.strip("ABCD") for each in found.barcodes()] == [world.dune.barcode]
    assert "Test Library" in found.texts[0]


def test_what_cannot_be_printed_is_said_and_nothing_is_printed(world: World, grace: Grace) -> None:
    assert "Choose at least one item" in refusal(grace)
    assert "Enter the first free one" in refusal(grace, world.dune, start="22")
    assert "Enter the first free one" in refusal(grace, world.dune, start="")
    Title.objects.update(call_number="")
    assert "No label could be printed: no call number" in refusal(grace, world.dune, world.emma)
    assert send(grace, world.dune, sheet="L9999").status_code == 404
    assert send(grace, world.dune, kind="cake").status_code == 404
    assert grace.client.get(reverse("paper:labels"), {"show": "all"}).status_code == 404


def test_two_hundred_labels_take_less_than_a_second(world: World) -> None:
    typesetting.load_font()
    for kind in LabelKind:
        begun = time.process_time()
        labels.label_sheets(LONG * 50, kind, SHEETS["L7651"], 1, Symbology("code128"), LIBRARY)
        assert time.process_time() - begun < 1, kind


def test_missing_font_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "FONT", Path("/nowhere/none.ttc"))
    monkeypatch.setattr(typesetting, "_font", typesetting._font.__wrapped__)
    with pytest.raises(typesetting.FontMissing, match="fonts-wqy-microhei"):
        typesetting.load_font()
