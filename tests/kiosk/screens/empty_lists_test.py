"""Test that empty lists, and only those, show an empty shelf with what is missing."""

from __future__ import annotations

import pytest

from kiosk.screens.components.shelf import ICON
from kiosk.screens.gallery import shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Icon
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.words import Words

USUAL, SMALL, TALL = (1280, 800, 10.1), (1024, 600, 7.0), (1080, 1920, 21.5)


def standing(name: str, size: tuple[int, int, float]) -> list[str]:
    """Return the large icons of a gallery picture."""
    shot = next(each for each in shots(name) if each.name == f"{name}-zh-light")
    theme = Theme(*size)
    sheet = sheet_of(shot.view, shot.status, theme, Words("zh"), Glyphs(), 0)
    return [mark.name for mark in sheet if isinstance(mark, Icon) and mark.box.h == theme.u(ICON)]


@pytest.mark.parametrize(
    ("empty", "icon", "full"),
    [
        ("Account-empty", "book-up", "Account-one"),
        ("ForYou-nothing", "bookmark", "ForYou"),
        ("Details-had-none", "book-up", "Details-had"),
        ("Details-bare-letters", "bell", "Details-letters"),
        ("Details-bare-contacts", "id-card", "Details-contacts"),
        ("Details-missing", "cloud-off", "Details-looking"),
    ],
)
def test_empty_list_shows_an_icon_on_an_empty_shelf(empty: str, icon: str, full: str) -> None:
    assert standing(empty, USUAL) == [icon]
    assert standing(empty, SMALL) == [], "the text needs the space"
    own = empty == "Account-empty"
    assert standing(empty, TALL) == ([] if own else [icon]), "the account's own shelf is shown empty"
    assert standing(full, USUAL) == []
