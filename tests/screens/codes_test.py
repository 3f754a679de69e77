"""Each code on the glass is read by a camera, at every size and in large letters, and leads where its screen says."""

from __future__ import annotations

import pytest
import zxingcpp

from kiosk.screens.gallery import SIZES
from kiosk.screens.marks import Code
from kiosk.screens.parts.code import LEAST
from kiosk.screens.sample_details import HAD, LINK
from tests.screens.promised_test import SIZED, drawn, sample
from tests.seen import seen

LEADS = {
    "Welcome-poster": "https://library.example.org/p/posters/3/",
    "Welcome-new": "https://library.example.org/p/new/#t0",
    "Registering-phone": "https://hub.example.org/p/join/",
    "TitlePage-online": "https://hub.example/p/read/7/",
    "Details-friend": HAD[0].link,
    "Details-phone": LINK,
    "Learn-code": "https://journals.example.org/",
    "Learn-place": "https://library.example.org/p/courses/",
}
NONE_IN_LARGE = ("Welcome-poster", "Welcome-new")
"""Where large letters have the room."""


@SIZED
@pytest.mark.parametrize("name", LEADS)
def test_a_code_leads_where_its_screen_says(name: str, size: tuple[int, int, float]) -> None:
    for look in ("light",) if name in NONE_IN_LARGE else ("light", "large"):
        sheet = drawn(sample(f"{name}-en-{look}"), size)
        (code,) = (mark for mark in sheet if isinstance(mark, Code))
        assert code.box.w / len(code.rows) >= LEAST
        (read,) = zxingcpp.read_barcodes(seen(sheet, size[:2]))
        assert read.text == LEADS[name], look


def test_a_code_that_is_not_there_is_missed() -> None:
    assert zxingcpp.read_barcodes(seen(drawn(sample("Welcome-en-light"), SIZES[1]), SIZES[1][:2])) == []
