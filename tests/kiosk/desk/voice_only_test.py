"""Play whole visits by voice and four keys alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.events import Key
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.screen_reader import Reader
from kiosk.views import Status, View
from kiosk.words import Words
from tests.kiosk.desk.bench import DUNE, EMMA, RULES, Bench, running_bench
from tests.kiosk.sync.bench import run_async

BLIND = replace(RULES, language="en", voices=frozenset({"en", "zh"}), pin="never")
ROUND = 40
"""Presses after which the focus has visited every action."""


class Lost(AssertionError):
    """The expected text was not spoken."""


class Listener:
    """A patron with voice and four keys, who knows only the spoken texts."""

    def __init__(self, bench: Bench, *, mumbles: bool = False) -> None:
        """`mumbles`: omit the position of the focus, for the control."""
        self._bench = bench
        self._mumbles = mumbles
        self.spoken: list[str] = []
        words = {language: Words(language) for language in ("en", "zh")}
        reader = Reader(words.__getitem__, Glyphs(), self, headphones=False)
        drawn = bench.glass.show

        def show(view: View, status: Status) -> None:
            drawn(view, status)
            reader.show(view, status)

        bench.glass.show = show  # type: ignore[method-assign]

    def say(self, language: str, phrases: Sequence[str]) -> None:
        last = phrases[-1] if self._mumbles and len(phrases) == 1 else None
        self.spoken += [each for each in phrases if each != last and not (self._mumbles and "Selected" in each)]

    def hush(self) -> None:
        self.spoken.append("")

    def check(self) -> None: ...

    def close(self) -> None: ...

    async def begin(self) -> None:
        await self._bench.keys(Key.NEXT)

    async def choose(self, words: str) -> None:
        """Move the focus until the text is spoken, then activate it."""
        for _ in range(ROUND):
            if self.spoken and words in self.spoken[-1]:
                await self._bench.keys(Key.CHOOSE)
                return
            await self._bench.keys(Key.NEXT)
        raise Lost(f"never spoken: {words!r}, {self.spoken[-6:]}")

    def expect(self, *words: str) -> None:
        for each in words:
            if not any(each in phrase for phrase in self.spoken):
                raise Lost(f"never spoken: {each!r}, {self.spoken[-12:]}")
        self.spoken.clear()


async def borrow_renew_and_return(bench: Bench, listener: Listener) -> None:
    await listener.begin()
    listener.expect("The voice is on.", "The four keys", "Selected: Borrow")
    listener.spoken.append("Selected: Borrow")
    await listener.choose("Borrow")
    listener.expect("Place your card on the reader")
    await bench.tap()
    listener.expect("Scan your first book")
    await bench.scan(DUNE)
    listener.expect("Dune", "Borrowed")
    await bench.scan(EMMA)
    listener.expect("Emma", "Borrowed")
    bench.item(DUNE, due=bench.clock.now() + timedelta(days=2))
    await listener.choose("My account")
    listener.expect("Your loans", "Dune", "Emma")
    await listener.choose("Renew: Dune")
    listener.expect("Renewed")
    await listener.choose("Finish")
    listener.expect("borrowed", "Dune", "renewed")
    await listener.choose("No receipt")
    await listener.begin()
    listener.expect("The voice is on.")
    await listener.choose("Return")
    listener.expect("Scan the book to return")
    await bench.scan(DUNE)
    listener.expect("Dune", "Returned, being checked")
    await listener.choose("Finish")
    listener.expect("1 being checked", "Dune")


def play(visit: Callable[[Bench, Listener], Awaitable[None]], *, mumbles: bool = False) -> None:
    async def run() -> None:
        async with running_bench(BLIND) as bench:
            await visit(bench, Listener(bench, mumbles=mumbles))

    asyncio.run(run())


def test_borrow_renew_and_return_work_by_voice_and_keys() -> None:
    play(borrow_renew_and_return)


def test_visit_fails_if_the_focus_is_not_spoken() -> None:
    """Control: a voice that does not name the focus makes the visit fail."""
    with pytest.raises(Lost):
        play(borrow_renew_and_return, mumbles=True)


def test_first_key_at_welcome_turns_the_voice_on_for_one_visit() -> None:
    async def visit(bench: Bench, listener: Listener) -> None:
        assert bench.desk.status.voice is False and listener.spoken == []
        await listener.begin()
        assert bench.desk.status.voice is True
        await bench.wait(600)
        assert bench.desk.status.voice is False, "the voice is off for the next patron"
        await bench.tap()
        assert listener.spoken[-1] == ""

    play(visit)


def test_voice_can_be_switched_by_touch_on_any_screen() -> None:
    async def visit(bench: Bench, listener: Listener) -> None:
        await bench.tap()
        await bench.choose("voice")
        listener.expect("The voice is on.", "Scan your first book", "You can touch: ")
        await bench.choose("say_again")
        listener.expect("Scan your first book")
        await bench.press("display")
        listener.spoken.clear()
        await bench.press("voice")
        assert listener.spoken == [""]
        assert "say_again" not in bench.offers()

    play(visit)


def test_name_and_card_numbers_are_never_spoken() -> None:
    async def visit(bench: Bench, listener: Listener) -> None:
        await bench.choose("voice")
        await bench.press("account")
        await bench.borrow(DUNE)
        await bench.press("finish")
        everything = " ".join(listener.spoken)
        assert "Dune" in everything
        assert [each for each in listener.spoken if any(own in each for own in ("Ada", " 0001", "04A1B2C3"))] == []

    play(visit)


def test_voice_users_get_longer_timeouts() -> None:
    async def visit(bench: Bench, listener: Listener) -> None:
        await bench.choose("voice")
        await bench.tap()
        await bench.wait(100)
        assert type(bench.view).__name__ == "Borrowing", "longer than 60 s"
        await bench.scan(DUNE)
        await bench.press("finish")
        await bench.wait(20)
        assert type(bench.view).__name__ == "Farewell", "longer than 10 s"
        await bench.wait(11)
        assert type(bench.view).__name__ == "Welcome"

    play(visit)


@run_async
async def test_missing_voice_language_stays_silent() -> None:
    async with running_bench(replace(BLIND, voices=frozenset({"zh"}))) as bench:
        listener = Listener(bench)
        await bench.choose("voice")
        assert bench.desk.status.voice and bench.desk.status.mute and listener.spoken == []
        await bench.choose("language_zh")
        assert not bench.desk.status.mute and "语音已打开。" in listener.spoken


@run_async
async def test_kiosk_without_a_voice_offers_none() -> None:
    async with running_bench(RULES) as bench:
        await bench.keys(Key.NEXT)
        assert bench.desk.status.voice is None and not {"voice", "say_again"} & bench.offers()
