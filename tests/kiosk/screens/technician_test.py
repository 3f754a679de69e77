"""Test that the technician screen lists faults first, with repair hints in every text size."""

from __future__ import annotations

import pytest

from kiosk.screens.gallery import SIZES
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Box, Icon, Shape, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.all_samples import samples
from kiosk.screens.samples.sample_parts import status
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import SPOTS, Technician, TouchTest, View, Welcome
from kiosk.words import Words

EN = Words("en")
GLYPHS = Glyphs()
UNPLUGGED = PartState(Condition.FAULTY, "unplugged")
MIXED = {
    PartName.LIGHTS: ABSENT,
    PartName.SUPPLY: ABSENT,
    PartName.DISK: READY,
    PartName.CENTRAL: READY,
    PartName.RECEIPT_PRINTER: PartState(Condition.READY, "near_end"),
    PartName.KEYS: ABSENT,
    PartName.SNAPSHOT: PartState(Condition.FAULTY, "stale"),
    PartName.CARD_READER: READY,
    PartName.BARCODE_SCANNER: UNPLUGGED,
}
FAULTS, READY_PARTS = ("Camera", "Offline data", "Receipt printer"), ("Card reader", "Library system", "Disk")


def pages(view: View, size: tuple[int, int, float], large: bool = False) -> list[str]:
    """Return the text on the screen and on each part of its list."""
    theme, texts, first, seen = Theme(*size, large=large), list[str](), 0, set[int]()
    while first not in seen:
        seen.add(first)
        sheet = sheet_of(view, status("en", large=large), theme, EN, GLYPHS, first)
        texts.append(" ".join(mark.text for mark in sheet if isinstance(mark, Text)))
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
    return texts


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_faulty_parts_are_listed_first_and_absent_parts_last(size: tuple[int, int, float], large: bool) -> None:
    seen = pages(Technician(Welcome(), MIXED), size, large)
    texts = " ".join(seen)
    for order in ((*FAULTS, "Not fitted: Lights, Keys", "Not measured here: Power supply"), READY_PARTS):
        places = [texts.index(each) for each in order]
        assert places == sorted(places)
    for page in seen:
        ready = min((page.index(each) for each in READY_PARTS if each in page), default=len(page))
        assert all(page.index(each) < ready for each in FAULTS if each in page)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_four_faults_leave_every_ready_part_in_sight(size: tuple[int, int, float]) -> None:
    views = dict(samples("en"))
    for page in pages(views["Technician"], size):
        assert all(each in page for each in ("Card reader", "Camera", "Journal", "Disk", "Clock"))


@pytest.mark.parametrize(
    ("size", "large"),
    [(SIZES[0], False), (SIZES[1], False), pytest.param(SIZES[0], True, marks=pytest.mark.gallery)],
)
def test_every_faulty_part_shows_its_repair_hint(size: tuple[int, int, float], large: bool) -> None:
    texts = " ".join(pages(Technician(Welcome(), dict.fromkeys(PartName, UNPLUGGED)), size, large))
    for name in PartName:
        assert EN.mending(name, UNPLUGGED) in texts


def test_response_time_and_oldest_transaction_are_shown() -> None:
    view = Technician(Welcome(), {PartName.CENTRAL: READY, PartName.BACKLOG: READY}, 2, 0, 8000.0, 0.0752)
    (texts,) = pages(view, SIZES[1])
    assert "Library system: 75 ms" in texts
    assert "2 waiting, oldest 2 h 13 min" in texts


@pytest.mark.parametrize(
    ("hub", "reported", "words"),
    [(READY, 3, "; all are at the hub"), (READY, 2, "; one is not yet at the hub"),
     (UNPLUGGED, 0, "; 3 are not yet at the hub"), (ABSENT, 0, "list them with")],
)  # fmt: skip
def test_exceptions_for_staff_show_the_reported_count(hub: PartState, reported: int, words: str) -> None:
    view = Technician(Welcome(), {PartName.BACKLOG: READY, PartName.HUB: hub}, 0, 3, reported_exceptions=reported)
    seen = " ".join(" ".join(pages(view, SIZES[1])).split())
    assert "3 for staff" in seen and words in seen
    assert ("at the hub" in seen) is (hub != ABSENT)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_touch_test_text_overlaps_no_target(size: tuple[int, int, float], large: bool) -> None:
    view = TouchTest(Technician(Welcome()), (130.4,) * len(SPOTS))
    sheet = sheet_of(view, status("en", large=large), Theme(*size, large=large), EN, GLYPHS)
    rings = [mark.box for mark in sheet if isinstance(mark, Shape)]
    assert len(rings) == len(SPOTS)
    for text in (mark.box for mark in sheet if isinstance(mark, Text)):
        assert not any(_overlap(text, ring) for ring in rings)


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def test_long_list_shows_one_arrow_in_large_text_on_a_small_screen() -> None:
    view = Technician(Welcome(), dict.fromkeys(PartName, UNPLUGGED))
    sheet = sheet_of(view, status("en", large=True), Theme(*SIZES[0], large=True), EN, GLYPHS)
    assert [mark.name for mark in sheet if isinstance(mark, Icon) and mark.name.startswith("chevron")] == [
        "chevron-down"
    ]
