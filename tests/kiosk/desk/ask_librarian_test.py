"""Test questions to a librarian: one touch selects the topic, and it is sent like a loan."""

from __future__ import annotations

from kiosk.views import ABOUT, AskLibrarian, Borrowing, Farewell, ForYou, Signal, Welcome, actions
from lending.responses import LibrarianQuestion, PatronResponse
from tests.kiosk.desk.bench import ADA, DUNE, EMMA, Bench, shown, story


async def open_it(bench: Bench) -> AskLibrarian:
    await bench.tap()
    await go_there(bench)
    return shown(bench.view, AskLibrarian)


async def go_there(bench: Bench) -> None:
    for name in ("account", "for_you"):
        await bench.press(name)
    await bench.type("4711")
    await bench.press("ask_librarian")


def asked(bench: Bench) -> list[PatronResponse]:
    return [act for act, _outcome in bench.library.acts if isinstance(act, PatronResponse)]


@story
async def test_one_touch_asks_once_and_back_leads_where_the_patron_came_from(bench: Bench) -> None:
    await open_it(bench)
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "ask"]
    assert offered == list(ABOUT)
    await bench.press("ask", choice="study")
    assert asked(bench) == [LibrarianQuestion("call", "study", ADA)]
    assert bench.view.signal is Signal.DONE and "ask" not in bench.offers()
    await bench.press("back")
    assert isinstance(bench.desk.view, ForYou)


@story
async def test_offline_it_waits_in_the_journal(bench: Bench) -> None:
    await open_it(bench)
    await bench.network(up=False)
    await bench.press("ask", choice="card")
    assert len(asked(bench)) == 1
    await bench.press("finish")
    assert bench.desk.view == Welcome()


@story
async def test_what_was_done_in_the_visit_stays(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    await go_there(bench)
    await bench.scan(EMMA)
    assert isinstance(bench.desk.view, Borrowing) and {each.item for each in bench.lines} == {DUNE, EMMA}
    await bench.press("finish")
    assert len(shown(bench.desk.view, Farewell).lines) == 2
