"""Test questions to a librarian: one touch selects the topic, and it is sent like a loan."""

from __future__ import annotations

from kiosk.views import ABOUT, AskLibrarian, Borrowing, Farewell, ForYou, Signal, Welcome, actions
from lending.responses import LibrarianQuestion
from tests.kiosk.desk.bench import ADA, DUNE, EMMA, Bench, shown, story


async def open_ask_librarian(bench: Bench) -> AskLibrarian:
    await bench.tap()
    await go_to_ask_librarian(bench)
    return shown(bench.view, AskLibrarian)


async def go_to_ask_librarian(bench: Bench) -> None:
    for name in ("account", "for_you"):
        await bench.press(name)
    await bench.type("4711")
    await bench.press("ask_librarian")


@story
async def test_one_touch_sends_one_question_and_back_opens_for_you(bench: Bench) -> None:
    await open_ask_librarian(bench)
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "ask"]
    assert offered == list(ABOUT)
    await bench.press("ask", choice="study")
    assert bench.responses == [LibrarianQuestion("call", "study", ADA)]
    assert bench.view.signal is Signal.DONE and "ask" not in bench.offers()
    await bench.press("back")
    assert isinstance(bench.desk.view, ForYou)


@story
async def test_offline_question_is_recorded_once(bench: Bench) -> None:
    await open_ask_librarian(bench)
    await bench.network(up=False)
    await bench.press("ask", choice="card")
    assert len(bench.responses) == 1
    await bench.press("finish")
    assert bench.desk.view == Welcome()


@story
async def test_ask_librarian_screen_keeps_the_items_of_the_visit(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    await go_to_ask_librarian(bench)
    await bench.scan(EMMA)
    assert isinstance(bench.desk.view, Borrowing) and {each.item for each in bench.lines} == {DUNE, EMMA}
    await bench.press("finish")
    assert len(shown(bench.desk.view, Farewell).lines) == 2
