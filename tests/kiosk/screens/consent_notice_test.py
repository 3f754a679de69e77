"""Test that the kiosk shows consent texts word for word as the hub stores them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Find, Status, TitlePage, View
from kiosk.words import Words
from lending.kiosk_consents import TELL_BACK, TELL_ME, ConsentWording
from lending.title_result import SearchResults, TitleResult

NOW = datetime(2026, 11, 27, tzinfo=UTC)
SIZES = ((1280, 800, 10.1), (1024, 600, 7.0), (1080, 1920, 21.5))


AGREED = (
    (Find(typed="dinosaurs", found=SearchResults(), agreeing=True), TELL_ME),
    (TitlePage(TitleResult(8, "Maps of Mars"), Find(), agreeing=True), TELL_BACK),
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("view", "agreed"), AGREED)
def test_consent_wording_is_shown_verbatim(
    view: View, agreed: ConsentWording, language: str, size: tuple[int, int, float]
) -> None:
    words = agreed.chinese if language == "zh" else agreed.english
    sheet = sheet_of(
        view, Status("Library", datetime(2026, 11, 27, tzinfo=UTC), language), Theme(*size), Words(language), Glyphs()
    )
    drawn = "".join(mark.text for mark in sheet if isinstance(mark, Text))
    assert words.replace(" ", "") in drawn.replace(" ", "")
