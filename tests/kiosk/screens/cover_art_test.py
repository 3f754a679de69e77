"""Test that a book without a picture gets a stable, readable cover of its own."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from hub.catalogue.marc import DescribedTitle
from hub.demo.sample_data import Cases, DemoItem
from kiosk.screens.rendering.covers import cover_picture
from kiosk.screens.rendering.display_list import Corners
from kiosk.screens.rendering.glyphs import TEXT_FONT
from lending.colours import ratio, rgb
from lending.cover_design import CLASSES, CoverLayout, class_index, cover_rule


def test_dewey_and_chinese_classes_map_to_the_same_index() -> None:
    assert [class_index(subject) for subject in ("5", "N", "Q94", "523")] == [5, 5, 5, 5]
    assert class_index("B948") == class_index("B9") == 2
    assert class_index("B") == class_index("1") == 1
    assert class_index("") == class_index("?") == 0


@given(st.sampled_from("0123456789"), st.text(max_size=40))
def test_cover_text_has_sufficient_contrast(subject: str, title: str) -> None:
    rule = cover_rule(subject, title)
    assert ratio(rule.word, rule.field) >= 4.6
    assert rule == cover_rule(subject, title)


def test_titles_of_one_class_have_different_covers() -> None:
    titles = ("City of God", "Neap tide", "Winter breaks", "The colour of water", "听取自然")
    looks = {cover_picture("8", title, (72, 99), Corners.ALL, TEXT_FONT).tobytes() for title in titles}
    assert len(looks) == len(titles)


def test_demo_books_of_one_class_have_varied_covers() -> None:
    """Return cover, figure and band colours of the demo library's books of one class; tints look too much alike."""
    titles = [item.shown_title for item in Cases().items if class_of(item) == "8"]
    looks = Counter((rule.field, rule.shade, rule.band) for rule in (cover_rule("8", title) for title in titles))
    assert len(titles) > 20
    assert len(looks) >= len(titles) / 3
    assert max(looks.values()) <= len(titles) / 3
    assert {rule.layout for rule in (cover_rule("8", title) for title in titles)} == set(CoverLayout)


def class_of(item: DemoItem) -> str:
    return item.title.subject if isinstance(item.title, DescribedTitle) else item.title[2][0]


def rows_in(picture: Image.Image, colour: str) -> list[int]:
    """Return the rows in which more of a cover has the colour than the edge of a letter."""
    alike = ImageChops.difference(picture, Image.new("RGB", picture.size, rgb(colour))).convert("L").point(_near)
    return [y for y in range(picture.height) if alike.crop((12, y, picture.width, y + 1)).histogram()[255] > 6]


def _near(value: float) -> int:
    return 255 if value < 3 else 0


@pytest.mark.parametrize("title", ["Grizzly bears", "A short guide to a happy life", "El Niño and La Niña", "Cars"])
@pytest.mark.parametrize("subject", list("0123456789"))
def test_cover_figure_does_not_touch_the_title(title: str, subject: str) -> None:
    picture = cover_picture(subject, title, (144, 198), Corners.ALL, TEXT_FONT).convert("RGB")
    rule = cover_rule(subject, title)
    assert max(rows_in(picture, rule.word)) < min(rows_in(picture, rule.shade))


def test_every_class_has_its_figure() -> None:
    assert len({figure for _, figure in CLASSES}) == 10
    for subject in "0123456789":
        picture = cover_picture(subject, "Extreme stars", (168, 224), Corners.TOP, TEXT_FONT)
        assert picture.size == (168, 224)
        assert picture.getpixel((0, 223)) is not None
        assert len(picture.convert("RGB").getcolors(50_000) or ()) > 3


def test_overlong_title_is_cut_and_still_drawn() -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    with_words = cover_picture("6", long, (168, 224), Corners.ALL, TEXT_FONT)
    rule = cover_rule("6", long)
    word = tuple(int(rule.word[at : at + 2], 16) for at in (1, 3, 5))
    colours = {colour for _, colour in with_words.convert("RGB").getcolors(50_000) or ()}
    assert word in colours
