"""Test the desk with a library system that applies its own rules: display of limits and fees."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kiosk.screens.display_list import Text
from kiosk.screens.glyphs import Glyphs
from kiosk.screens.layout import sheet_of
from kiosk.screens.theme import Theme
from kiosk.views import Account, Blocked, Borrowing, VisitTask
from kiosk.words import Words
from lending.model import Block, Reason
from tests.kiosk.desk.bench import ADA, Bench, shown, story
from tests.kiosk.desk.central import POLICY


def told(bench: Bench) -> str:
    """All that is written on the glass."""
    sheet = sheet_of(bench.view, bench.desk.status, Theme(1280, 800, 10.1), Words("en", currency="CNY"), Glyphs(), 0)
    return " ".join(mark.text for mark in sheet if isinstance(mark, Text))


@story
async def test_no_limit_is_shown_that_the_system_may_contradict(bench: Bench) -> None:
    await bench.tap()
    assert "allowed" in told(bench) and "left" in told(bench)
    await bench.press("finish")
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    assert not shown(bench.view, Borrowing).guest.allowance.certain
    assert "on loan" in told(bench)
    assert "allowed" not in told(bench) and "left" not in told(bench)


@story
async def test_the_account_shows_fees_with_the_systems_currency_and_limit(bench: Bench) -> None:
    bench.ada(fees=Decimal("35.00"), currency="USD", fee_limit=Decimal("5.00"))
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees == Decimal("35.00")
    assert "0 on loan, $35.00 to pay (limit $5.00)" in told(bench)


@story
async def test_no_fees_is_not_said_of_a_patron_who_is_barred_for_them(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account")
    assert "no fees" in told(bench)
    await bench.press("finish")
    bench.library.patrons[ADA] = replace(bench.library.patrons[ADA], barred=Block(Reason.FEES))
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees is None
    assert "no fees" not in told(bench)


@story
async def test_a_system_that_lends_at_no_kiosk_is_told_from_one_that_is_away(bench: Bench) -> None:
    bench.library.policy = replace(POLICY, central_decides=True, checkout_enabled=False)
    await bench.tap()
    blocked = shown(bench.view, Blocked)
    assert blocked.block == Block(Reason.CENTRAL_FORBIDS)
    assert blocked.still == (VisitTask.RETURN, VisitTask.ACCOUNT)
    assert "does not allow this here" in told(bench) and "away" not in told(bench)
