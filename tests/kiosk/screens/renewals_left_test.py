"""Test that every loan that can be renewed shows how many renewals are left, on every screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Account, actions
from kiosk.words import Words
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA

LEFT = {
    "en": ("2 renewals left", "2 renewals"),
    "zh": ("还可续借 2 次", "可续 2 次"),
    "mn": ("2 удаа сунгаж болно", "2 сунгалт"),
}
STATES = {"soon": {}, "due today": {"due": "today"}, "overdue": {"overdue": True}}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", LEFT)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_renewals_left_are_shown_for_every_renewable_loan(
    size: tuple[int, int, float], language: str, state: str
) -> None:
    shot = next(each for each in shots("Account-one") if each.name == f"Account-one-{language}-light")
    view, status = shot.view, shot.status
    assert isinstance(view, Account)
    assert view.loans
    more = {"due": status.now} if state == "due today" else STATES[state]
    loans = tuple(replace(each, state=None, block=None, renewals_left=2, **more) for each in view.loans)  # type: ignore[arg-type]
    changed, theme = replace(view, loans=loans), Theme(*size)
    sheet = sheet_of(changed, status, theme, Words(language), Glyphs())
    offered = actions(changed, status)
    assert [each.name for each in offered].count("renew") == len(loans)
    shown = [mark.text for mark in sheet if isinstance(mark, Text) and mark.text.endswith(LEFT[language])]
    assert len(shown) == len(loans)
    assert not any(each.startswith((",", "，")) for each in shown)
    assert faults(sheet, theme, offered, DATA) == []
