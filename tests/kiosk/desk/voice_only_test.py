"""Play whole visits by voice and four keys alone, without looking at a view."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.events import Key
from kiosk.screens.glyphs import Glyphs
from kiosk.screens.screen_reader import Reader
from kiosk.views import Status, View
from kiosk.words import Words
from tests.kiosk.desk.bench import DUNE, EMMA, RULES, Bench, bench

BLIND = replace(RULES, language="en", voices=frozenset({"en", "zh"}), pin="never")
ROUND = 40
"""Presses after which the focus has visited every action."""


class Lost(AssertionError):
    """The expected text was not spoken."""


class Listener:
    """A patron with voice and four keys, who knows only the spoken texts."""

    def __init__(self, bench: Bench, *, mumbles: bool = False) -> None:
        """`mumbles`: a voice that does not say where the keys stand, for the control."""
        self._bench = bench
        self._mumbles = mumbles
        self.heard: list[str] = []
        words = {language: Words(language) for language in ("en", "zh")}
        reader = Reader(words.__getitem__, Glyphs(), self, headphones=False)
        drawn = bench.glass.show

        def show(view: View, status: Status) -> None:
            drawn(view, status)
            reader.show(view, status)

        bench.glass.show = show  # type: ignore[method-assign]

    def say(self, language: str, phrases: Sequence[str]) -> None:
        last = phrases[-1] if self._mumbles and len(phrases) == 1 else None
        self.heard += [each for each in phrases if each != last and not (self._mumbles and "Selected" in each)]

    def hush(self) -> None:
        self.heard.append("")

    def check(self) -> None: ...

    def close(self) -> None: ...

    async def begin(self) -> None:
        await self._bench.keys(Key.NEXT)

    async def choose(self, words: str) -> None:
        """Move the focus until the text is spoken, then activate it."""
        for _ in range(ROUND):
            if self.heard and words in self.heard[-1]:
                await self._bench.keys(Key.CHOOSE)
                return
            await self._bench.keys(Key.NEXT)
        raise Lost(f"never heard {words!r}: {self.heard[-6:]}")

    def hears(self, *words: str) -> None:
        for each in words:
            if not any(each in said for said in self.heard):
                raise Lost(f"never heard {each!r}: {self.heard[-12:]}")
        self.heard.clear()


async def borrows_and_renews_and_returns(bench: Bench, ear: Listener) -> None:
    await ear.begin()
    ear.hears("The voice is on.", "The four keys", "Selected: Borrow")
    ear.heard.append("Selected: Borrow")
    await ear.choose("Borrow")
    ear.hears("Place your card on the reader")
    await bench.tap()
    ear.hears("Scan your first book")
    await bench.scan(DUNE)
    ear.hears("Dune", "Borrowed")
    await bench.scan(EMMA)
    ear.hears("Emma", "Borrowed")
    bench.item(DUNE, due=bench.clock.now() + timedelta(days=2))
    await ear.choose("My account")
    ear.hears("Your loans", "Dune", "Emma")
    await ear.choose("Renew: Dune")
    ear.hears("Renewed")
    await ear.choose("Finish")
    ear.hears("borrowed", "Dune", "renewed")
    await ear.choose("No receipt")
    await ear.begin()
    ear.hears("The voice is on.")
    await ear.choose("Return")
    ear.hears("Scan the book to return")
    await bench.scan(DUNE)
    ear.hears("Dune", "Returned, being checked")
    await ear.choose("Finish")
    ear.hears("1 being checked", "Dune")


def played(tale: Callable[[Bench, Listener], Awaitable[None]], *, mumbles: bool = False) -> None:
    async def play() -> None:
        async with bench(BLIND) as made:
            await tale(made, Listener(made, mumbles=mumbles))

    asyncio.run(play())


def test_borrow_renew_and_return_by_ear_and_four_keys() -> None:
    played(borrows_and_renews_and_returns)


def test_where_the_keys_stand_has_to_be_said() -> None:
    """Control: a voice that does not name the focus makes the visit fail."""
    with pytest.raises(Lost):
        played(borrows_and_renews_and_returns, mumbles=True)


def test_the_first_key_at_home_turns_the_voice_on_and_home_turns_it_off() -> None:
    async def tale(bench: Bench, ear: Listener) -> None:
        assert bench.desk.status.voice is False and ear.heard == []
        await ear.begin()
        assert bench.desk.status.voice is True
        await bench.wait(600)
        assert bench.desk.status.voice is False, "the next patron finds it silent"
        await bench.tap()
        assert ear.heard[-1] == ""

    played(tale)


def test_a_touch_turns_it_on_and_off_on_any_screen() -> None:
    async def tale(bench: Bench, ear: Listener) -> None:
        await bench.tap()
        await bench.choose("voice")
        ear.hears("The voice is on.", "Scan your first book", "You can touch: ")
        await bench.choose("say_again")
        ear.hears("Scan your first book")
        await bench.press("display")
        ear.heard.clear()
        await bench.press("voice")
        assert ear.heard == [""]
        assert "say_again" not in bench.offers()

    played(tale)


def test_their_name_and_numbers_are_never_heard() -> None:
    async def tale(bench: Bench, ear: Listener) -> None:
        await bench.choose("voice")
        await bench.press("account")
        await bench.tap()
        await bench.scan(DUNE)
        await bench.press("finish")
        everything = " ".join(ear.heard)
        assert "Dune" in everything
        assert [each for each in ear.heard if any(own in each for own in ("Ada", " 0001", "04A1B2C3"))] == []

    played(tale)


def test_whoever_listens_has_more_time() -> None:
    async def tale(bench: Bench, ear: Listener) -> None:
        await bench.choose("voice")
        await bench.tap()
        await bench.wait(100)
        assert type(bench.view).__name__ == "Borrowing", "60 s are for those who see"
        await bench.scan(DUNE)
        await bench.press("finish")
        await bench.wait(20)
        assert type(bench.view).__name__ == "Farewell", "10 s are too"
        await bench.wait(11)
        assert type(bench.view).__name__ == "Welcome"

    played(tale)


def test_a_language_that_the_voice_lacks_is_said_to_be_lacking_and_not_spoken() -> None:
    async def tale() -> None:
        async with bench(replace(BLIND, voices=frozenset({"zh"}))) as made:
            ear = Listener(made)
            await made.choose("voice")
            assert made.desk.status.voice and made.desk.status.mute and ear.heard == []
            await made.choose("language_zh")
            assert not made.desk.status.mute and "语音已打开。" in ear.heard

    asyncio.run(tale())


def test_a_kiosk_without_a_voice_offers_none() -> None:
    async def tale() -> None:
        async with bench(RULES) as made:
            await made.keys(Key.NEXT)
            assert made.desk.status.voice is None and not {"voice", "say_again"} & made.offers()

    asyncio.run(tale())
