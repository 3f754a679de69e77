"""Test the text from the library at the end of a visit: no touch, no delay, hidden after the visit."""

from __future__ import annotations

from kiosk.views import FAREWELL_SECONDS, Farewell, Welcome
from lending.questions import AfterVisit, FarewellPromo, PostVisitQuestion
from tests.kiosk.desk.bench import DUNE, EMMA, Bench, shown, story
from tests.kiosk.desk.post_visit_test import prove

PROMO = FarewellPromo({"zh": "好久不见", "en": "Good to see you"}, "https://library.example.org/p/")


@story
async def test_promo_appears_with_the_question_and_adds_no_touch(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"), strip=PROMO)
    await prove(bench)
    await bench.scan(DUNE)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert (view.strip, view.ask, view.seconds) == (PROMO, PostVisitQuestion("face"), FAREWELL_SECONDS)
    with_promo = bench.offers()
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"))
    await bench.press("receipt_none")
    assert bench.view == Welcome()
    await bench.tap()
    await bench.scan(EMMA)
    await bench.press("finish")
    assert shown(bench.view, Farewell).strip is None and bench.offers() == with_promo


@story
async def test_promo_is_hidden_from_an_unverified_card(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(strip=PROMO)
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).strip is None
