"""A book without a picture gets a cover of its own, always the same, whose words can be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.cover_art import cover_picture
from kiosk.screens.covers import CLASSES, class_index, cover_rule
from kiosk.screens.glyphs import TEXT_FONT
from kiosk.screens.marks import Corners
from kiosk.screens.theme import ratio


def test_dewey_and_chinese_classes_meet() -> None:
    assert [class_index(subject) for subject in ("5", "N", "Q94", "523")] == [5, 5, 5, 5]
    assert class_index("B948") == class_index("B9") == 2
    assert class_index("B") == class_index("1") == 1
    assert class_index("") == class_index("?") == 0


@given(st.sampled_from("0123456789"), st.text(max_size=40))
def test_words_on_a_cover_can_be_read(subject: str, title: str) -> None:
    rule = cover_rule(subject, title)
    assert ratio(rule.word, rule.field) >= 4.6
    assert rule == cover_rule(subject, title)


def test_titles_of_a_class_look_different() -> None:
    titles = ("City of God", "Neap tide", "Winter breaks", "The colour of water", "听取自然")
    looks = {cover_picture("8", title, (72, 99), Corners.ALL, TEXT_FONT).tobytes() for title in titles}
    assert len(looks) == len(titles)


def test_every_class_has_its_figure() -> None:
    assert len({figure for _, figure in CLASSES}) == 10
    for subject in "0123456789":
        picture = cover_picture(subject, "Extreme stars", (168, 224), Corners.TOP, TEXT_FONT)
        assert picture.size == (168, 224)
        assert picture.getpixel((0, 223)) is not None
        assert len(picture.convert("RGB").getcolors(50_000) or ()) > 3


def test_a_title_that_fits_nowhere_is_cut_not_dropped() -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    with_words = cover_picture("6", long, (168, 224), Corners.ALL, TEXT_FONT)
    rule = cover_rule("6", long)
    word = tuple(int(rule.word[at : at + 2], 16) for at in (1, 3, 5))
    colours = {colour for _, colour in with_words.convert("RGB").getcolors(50_000) or ()}
    assert word in colours
