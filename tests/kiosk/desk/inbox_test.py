"""Test the inbox: order, threads, time-outs."""

from __future__ import annotations

import asyncio
import threading

from kiosk.desk.desk import Inbox
from kiosk.events import CardPresented, CardRemoved, Event, TimeUp
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import run_async
from tests.support.patience import PATIENCE


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@run_async
async def test_events_keep_their_order() -> None:
    inbox = Inbox(HandClock(NOON))
    inbox.post(CardPresented("04A1B2C3"))
    inbox.post(CardRemoved())
    assert [await inbox.next(), await inbox.next(5.0)] == [CardPresented("04A1B2C3"), CardRemoved()]


def test_event_from_another_thread_wakes_the_desk() -> None:
    """In debug mode the loop rejects calls that are not thread-safe."""

    async def story() -> Event:
        inbox = Inbox(HandClock(NOON))
        waiting = asyncio.ensure_future(inbox.next())
        await turns()
        thread = threading.Thread(target=inbox.post, args=(CardRemoved(),))
        thread.start()
        event = await asyncio.wait_for(waiting, PATIENCE)
        thread.join()
        return event

    assert asyncio.run(story(), debug=True) == CardRemoved()


def test_events_from_many_threads_are_all_delivered_in_order() -> None:
    async def story() -> list[Event]:
        inbox = Inbox(HandClock(NOON))

        def card_reader(number: int) -> None:
            for count in range(50):
                inbox.post(CardPresented(f"{number}-{count}"))

        threads = [threading.Thread(target=card_reader, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        events = [await asyncio.wait_for(inbox.next(), PATIENCE) for _ in range(200)]
        for thread in threads:
            thread.join()
        return events

    events = [event.uid for event in asyncio.run(story()) if isinstance(event, CardPresented)]
    assert len(set(events)) == 200
    for number in range(4):
        own = [uid for uid in events if uid.startswith(f"{number}-")]
        assert own == [f"{number}-{count}" for count in range(50)]


@run_async
async def test_timeout_fires_exactly_at_its_time() -> None:
    clock = HandClock(NOON)
    inbox = Inbox(clock)
    waiting = asyncio.ensure_future(inbox.next(60.0))
    await turns()
    clock.move(59.0)
    await turns()
    assert not waiting.done()
    clock.move(1.0)
    assert await waiting == TimeUp()


@run_async
async def test_pending_event_precedes_an_overdue_timeout() -> None:
    inbox = Inbox(HandClock(NOON))
    inbox.post(CardRemoved())
    assert await inbox.next(0.0) == CardRemoved()
    assert await inbox.next(-1.0) == TimeUp()


@run_async
async def test_event_before_the_timeout_cancels_the_sleeper() -> None:
    clock = HandClock(NOON)
    inbox = Inbox(clock)
    waiting = asyncio.ensure_future(inbox.next(60.0))
    await turns()
    inbox.post(CardRemoved())
    assert await waiting == CardRemoved()
    await turns()
    assert clock.next_alarm() is None


@run_async
async def test_inbox_is_idle_only_while_the_reader_waits_on_an_empty_queue() -> None:
    inbox = Inbox(HandClock(NOON))
    assert not inbox.idle
    waiting = asyncio.ensure_future(inbox.next())
    await turns()
    assert inbox.idle
    inbox.post(CardRemoved())
    assert not inbox.idle
    await waiting
    assert not inbox.idle


@run_async
async def test_stale_wakeup_does_not_end_the_next_wait() -> None:
    """An event may be taken before its wake-up runs, which then wakes the next wait without an event."""
    inbox = Inbox(HandClock(NOON))

    async def show_a_card() -> None:
        await turns()
        inbox.post(CardPresented("04A1B2C3"))

    showing = asyncio.ensure_future(show_a_card())
    inbox.post(CardRemoved())
    assert [await inbox.next(60.0), await inbox.next(60.0)] == [CardRemoved(), CardPresented("04A1B2C3")]
    await showing
