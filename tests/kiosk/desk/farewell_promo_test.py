"""Test the text from the library at the end of a visit: no touch, no delay, gone with the patron."""

from __future__ import annotations

from kiosk.views import FAREWELL_SECONDS, Farewell, Welcome
from lending.post_visit import AfterVisit, FarewellPromo, PostVisitQuestion
from tests.kiosk.desk.bench import DUNE, EMMA, Bench, shown, story
from tests.kiosk.desk.post_visit_test import prove

WORD = FarewellPromo({"zh": "好久不见", "en": "Good to see you"}, "https://library.example.org/p/")


@story
async def test_it_stands_beside_the_one_question_and_takes_no_touch(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"), strip=WORD)
    await prove(bench)
    await bench.scan(DUNE)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert (view.strip, view.ask, view.seconds) == (WORD, PostVisitQuestion("face"), FAREWELL_SECONDS)
    with_it = bench.offers()
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"))
    await bench.press("receipt_none")
    assert bench.view == Welcome()
    await bench.tap()
    await bench.scan(EMMA)
    await bench.press("finish")
    assert shown(bench.view, Farewell).strip is None and bench.offers() == with_it


@story
async def test_a_found_card_learns_nothing_of_it(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(strip=WORD)
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).strip is None
