"""Test the desk with a library system that applies its own rules: display of limits and fees."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Account, Blocked, Borrowing, VisitTask
from kiosk.words import Words
from lending.model import Block, Reason
from tests.kiosk.desk.bench import ADA, Bench, shown, story
from tests.kiosk.desk.central import POLICY


def screen_text(bench: Bench) -> str:
    """All text on the screen."""
    sheet = sheet_of(bench.view, bench.desk.status, Theme(1280, 800, 10.1), Words("en", currency="CNY"), Glyphs(), 0)
    return " ".join(mark.text for mark in sheet if isinstance(mark, Text))


@story
async def test_loan_limit_is_hidden_if_the_ils_applies_its_own_rules(bench: Bench) -> None:
    await bench.tap()
    assert "allowed" in screen_text(bench) and "left" in screen_text(bench)
    await bench.press("finish")
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    assert not shown(bench.view, Borrowing).guest.allowance.certain
    assert "on loan" in screen_text(bench)
    assert "allowed" not in screen_text(bench) and "left" not in screen_text(bench)


@story
async def test_account_shows_fees_with_the_ils_currency_and_limit(bench: Bench) -> None:
    bench.ada(fees=Decimal("35.00"), currency="USD", fee_limit=Decimal("5.00"))
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees == Decimal("35.00")
    assert "0 on loan, $35.00 to pay (limit $5.00)" in screen_text(bench)


@story
async def test_no_fees_text_is_hidden_for_a_patron_blocked_for_fees(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account")
    assert "no fees" in screen_text(bench)
    await bench.press("finish")
    bench.library.patrons[ADA] = replace(bench.library.patrons[ADA], barred=Block(Reason.FEES))
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees is None
    assert "no fees" not in screen_text(bench)


@story
async def test_checkout_disabled_by_the_ils_is_distinct_from_offline(bench: Bench) -> None:
    bench.library.policy = replace(POLICY, central_decides=True, checkout_enabled=False)
    await bench.tap()
    blocked = shown(bench.view, Blocked)
    assert blocked.block == Block(Reason.CENTRAL_FORBIDS)
    assert blocked.still == (VisitTask.RETURN, VisitTask.ACCOUNT)
    assert "does not allow this here" in screen_text(bench) and "away" not in screen_text(bench)
