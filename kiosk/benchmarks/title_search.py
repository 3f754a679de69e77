"""Measure title search on an invented catalogue: from a key on the screen to the drawn results.

The desk's step, the snapshot's index and the screen's drawing are the real ones. The touch's way through the window, at
most one frame, is not included.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from kiosk.benchmarks.figures import Figure, at_most, figure, report
from kiosk.benchmarks.library import InventedLibrary, InventedTitles
from kiosk.desk.effects import AskTitles
from kiosk.desk.home import first
from kiosk.desk.session import Context, DeskRules, Session
from kiosk.desk.step import step
from kiosk.events import Answered, Pressed, TitlesFound
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import Theme
from kiosk.snapshot.snapshot import Snapshot
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health
from kiosk.views import BOARDS, Find, Status, View
from kiosk.words import Words
from lending.model import CardRef
from lending.number_patterns import Numbers, Shape

BUDGET = 100.0
COPIES = 2
SIZE = (1280, 800, 10.1)
MEGA = 1_000_000
Show = Callable[[View, Status], None]


@dataclass(frozen=True, slots=True)
class SearchWorkload:
    """Size of a run."""

    titles: int
    searches: int


FULL = SearchWorkload(titles=160_000, searches=60)
QUICK = SearchWorkload(titles=20_000, searches=15)


def bench_find(*, as_json_text: bool, quick: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1."""
    dose = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as made:
        figures = asyncio.run(measure(dose, Path(made), _window(Path(made))))
    return report(figures, as_json_text)


def _window(folder: Path) -> Show:
    """Create an off-screen window of the size that the figures apply to."""
    os.environ.update(SDL_VIDEODRIVER="offscreen", KIVY_HOME=str(folder))
    prepare(SIZE[0], SIZE[1], fullscreen=False)
    from kiosk.hardware.backlight import Backlight
    from kiosk.screens.display import DisplayStack

    words = {each: Words(each) for each in ("zh", "en")}
    return DisplayStack(Theme(*SIZE), words.__getitem__, lambda event: None, Backlight(())).show


async def measure(dose: SearchWorkload, folder: Path, show: Show) -> list[Figure]:
    """Return all figures; `show` draws a view."""
    library, path = InventedLibrary(dose.titles * COPIES, COPIES), folder / "snapshot.db"
    snapshot = Snapshot(path, library, SystemClock(), Health(lambda part, state: None))
    await snapshot.refresh(0)
    index = await asyncio.to_thread(_index_size, path)
    hand = Hand(snapshot, show)
    finding, drawing = await hand.type_all(dose)
    return [
        figure("key pressed -> titles drawn", "ms", [a + b for a, b in zip(finding, drawing, strict=True)], BUDGET),
        figure("... processor time of it", "ms", hand.work, None),
        figure("... of which looking for them", "ms", finding, None),
        figure("... of which drawing, twice", "ms", drawing, None),
        at_most("titles", "thousands", 1, dose.titles / 1000, None),
        at_most("snapshot on the disk", "MB", 1, path.stat().st_size / MEGA, None),
        at_most("... of which what finds titles", "MB", 1, index / MEGA, None),
    ]


def _index_size(path: Path) -> int:
    """Return the bytes of the tables that serve title search only."""
    import apsw

    sql = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'sought%' OR name IN ('titles', 'items_of')"
    return int(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE).execute(sql).get or 0)


class Hand:
    """Type on the screen key by key, each after the previous one was answered."""

    def __init__(self, snapshot: Snapshot, show: Show) -> None:
        self._snapshot = snapshot
        self._show = show
        self.work = list[float]()
        """Milliseconds of CPU time per key."""
        self._session: Session = first(self._context(), online=False)

    def _context(self) -> Context:
        numbers = Numbers(Shape(_never()), Shape(_never()))
        rules = DeskRules("bench", "main", {"zh": "", "en": "Library"}, "Asia/Shanghai", numbers, language="en")
        now = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
        return Context(rules, None, now, 0.0, CardRef, finds=self._snapshot.finds)

    async def type_all(self, dose: SearchWorkload) -> tuple[list[float], list[float]]:
        """Return the milliseconds of searching and of drawing for each key from the second on."""
        finding, drawing = list[float](), list[float]()
        for typed in _searches(dose):
            self._press("find")
            for sign in typed:
                found, drawn = await self._key(sign)
                if found:
                    finding.append(found)
                    drawing.append(drawn)
            self._press("back")
        return finding, drawing

    async def _key(self, sign: str) -> tuple[float, float]:
        if not any(sign == key for row in _rows(self._session) for key in row) and sign != " ":
            self._press("turn", "digits" if sign.isdigit() else "latin")
        work, began = time.process_time(), time.perf_counter()
        asked = self._press("key", sign)
        drawn = time.perf_counter() - began
        if asked is None:
            return 0.0, 0.0
        began = time.perf_counter()
        found = await self._snapshot.find(asked.typed)
        looked = time.perf_counter() - began
        began = time.perf_counter()
        answer = Answered(self._session.visit.number, TitlesFound(asked.typed, found))
        self._session, _effects = step(self._session, answer, self._context())
        self._show(self._session.view, self._session.status)
        self.work.append(1000 * (time.process_time() - work))
        return 1000 * looked, 1000 * (drawn + time.perf_counter() - began)

    def _press(self, name: str, choice: str | None = None) -> AskTitles | None:
        self._session, effects = step(self._session, Pressed(name, None, choice), self._context())
        self._show(self._session.view, self._session.status)
        return next((each for each in effects if isinstance(each, AskTitles)), None)


def _rows(session: Session) -> tuple[str, ...]:
    assert isinstance(session.view, Find), session.view
    return BOARDS[session.view.board]


def _searches(dose: SearchWorkload) -> Iterator[str]:
    """Yield in turn words and prefixes, initials, a number, and now and then an absent title."""
    chance, titles = Random(7), InventedTitles()
    for number in range(dose.searches):
        words = titles.title(chance.randrange(1, dose.titles)).words.split()
        latin = [each for each in words if each.isascii() and each.isalpha()]
        match number % 4:
            case 0 | 1:
                yield " ".join(latin)[:10].strip()
            case 2:
                yield "".join(chance.choices("zgxrwsdxfsm", k=chance.randint(2, 4)))
            case _:
                yield words[-1] if number % 8 == 3 else "qwxz jv"


def _never() -> re.Pattern[str]:
    return re.compile(r"(?!)")
