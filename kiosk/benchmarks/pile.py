"""Measure how fast a pile of tagged items is read and switched, over simulated readers at the speed of the air.

The times are compared with the limits that the air interface sets: request, answer and slots of ISO/IEC 15693-3 at
100 % ASK, 1 out of 4, with 5 ms for the EEPROM. A second part reads faulty piles without waiting, and counts mistakes.
A third borrows and returns piles at a kiosk with a demo hub.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.benchmarks.figures import Figure, at_most, figure, report
from kiosk.config.hardware import FeigPad, Pn5180Pad
from kiosk.events import PileSeen
from kiosk.hardware.item_pad.feig import FeigAir
from kiosk.hardware.item_pad.pile import PadOnAir
from kiosk.hardware.item_pad.readers import opening_of
from kiosk.hardware.parts import TagFault
from kiosk.system.control_socket import Control
from kiosk.tag_simulator.feig import DirectPort, FeigOnSerial, FeigOnTcp, FeigReader
from kiosk.tag_simulator.pn5180 import Pn5180Pico
from kiosk.tag_simulator.tags import AirField, Tag
from kiosk.visit_player.environment import demo_ground, kiosk_at
from kiosk.visit_player.hub import Templates, require_hub
from kiosk.visit_player.library import VisitLibrary
from kiosk.visit_player.processes import ProgramFailed, end_on_signals
from lending.tags import TagData, encode
from lending.toml_text import Table

ITEMS = 10
READ_LIMIT, SWITCHED_LIMIT = 240.0, 359.0
"""Milliseconds of air time for ten tags: counted and 32 bytes of each read, and AFI written and verified as well."""
READ_BUDGET, SWITCHED_BUDGET = 1500.0, 2500.0
CALL_S = 0.001
"""Seconds that a call of the Pico takes over USB: an assumption, not measured on hardware."""
BAUD = 38_400
PILES, QUICK_PILES = 12, 2
FAULTY, QUICK_FAULTY = 1_000, 60
LOOKS = 40
BORROWED_MEDIAN, BORROWED_BUDGET = 1500.0, 2500.0
PATIENCE = 30.0
EMPTY_S = 1.0
"""Seconds after which the kiosk knows that the pad is empty."""
IN, OUT = 0x07, 0xC2
NXP_CHIPS = 0xE004_0100_0000_0000
SERIAL_BITS = 40
FIRST_NUMBER = 30_012_000_000_000


def bench_pile(*, as_json_text: bool, quick: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1. Raises ProgramFailed."""
    require_hub()
    figures: list[Figure] = []
    for name, opening in readers().items():
        figures += measure(name, opening, QUICK_PILES if quick else PILES)
    figures += judge_faulty_piles(QUICK_FAULTY if quick else FAULTY, PadOnAir)
    figures += asyncio.run(measure_visits(QUICK_PILES if quick else PILES))
    return report(figures, as_json_text)


@dataclass(frozen=True, slots=True)
class OpenReader:
    """A simulated reader with its driver, opened."""

    field: AirField
    pad: PadOnAir
    requests: Callable[[], int]
    """Returns the number of requests or calls so far."""


Opening = Callable[[], AbstractContextManager[OpenReader]]


def readers() -> dict[str, Opening]:
    """Return the readers by name."""
    return {"feig, TCP": _open_feig_tcp, f"feig, {BAUD} baud": _open_feig_serial, "pn5180": _open_pico}


@contextmanager
def _open_feig_tcp() -> Iterator[OpenReader]:
    reader = FeigReader(AirField(), runs_on_air_time=True)
    cable = FeigOnTcp(reader)
    try:
        with opening_of(FeigPad(driver="feig", host="127.0.0.1", port=cable.port))() as pad:
            yield OpenReader(reader.field, pad, lambda: reader.requests)
    finally:
        cable.unplug()


@contextmanager
def _open_feig_serial() -> Iterator[OpenReader]:
    reader = FeigReader(AirField(), runs_on_air_time=True, baud=BAUD)
    with tempfile.TemporaryDirectory() as folder:
        device = Path(folder) / "reader"
        cable = FeigOnSerial(reader, device)
        try:
            with opening_of(FeigPad(driver="feig", device=device))() as pad:
                yield OpenReader(reader.field, pad, lambda: reader.requests)
        finally:
            cable.unplug()


@contextmanager
def _open_pico() -> Iterator[OpenReader]:
    field = AirField()
    with tempfile.TemporaryDirectory() as folder:
        device = Path(folder) / "pico"
        pico = Pn5180Pico(field, device, call_s=CALL_S, runs_on_air_time=True)
        try:
            with opening_of(Pn5180Pad(driver="pn5180", device=device))() as pad:
                yield OpenReader(field, pad, lambda: pico.calls)
        finally:
            pico.unplug()


def measure(name: str, opening: Opening, piles: int) -> list[Figure]:
    """Lay piles of ten items on a pad, and measure from then until all are read, and until all are switched off."""
    read, switched, air, requests = [], [], [], []
    dice = random.Random(1)
    with opening() as reader:
        for _ in range(piles):
            reader.field.tags = make_tags(dice, ITEMS)
            began, air_began, requests_began = time.monotonic(), reader.field.seconds, reader.requests()
            pile = _look_until(reader.pad, ITEMS)
            read.append(1000 * (time.monotonic() - began))
            for tag in pile.tags:
                reader.pad.switch(tag.handle, False)
            switched.append(1000 * (time.monotonic() - began))
            air.append(1000 * (reader.field.seconds - air_began))
            requests.append(float(reader.requests() - requests_began))
            if any(tag.afi != OUT for tag in reader.field.tags):
                raise AssertionError("a tag that was switched and verified has its old value")
            reader.field.tags = []
            _look_until(reader.pad, 0)
    return [
        figure(f"{name}: {ITEMS} items read", "ms", read, READ_BUDGET),
        figure(f"{name}: {ITEMS} items read and switched", "ms", switched, SWITCHED_BUDGET),
        figure(f"{name}: of this on the air", "ms", air, None),
        figure(f"{name}: requests", "", requests, None),
        figure(f"{name}: read, to the air's limit", "x", [each / READ_LIMIT for each in read], None),
        figure(f"{name}: switched, to the air's limit", "x", [each / SWITCHED_LIMIT for each in switched], None),
    ]


def make_tags(dice: random.Random, count: int, items: Sequence[str] = ()) -> list[Tag]:
    """Return secured tags of the first of these items, or of invented ones, with serial numbers at random."""
    numbers = items[:count] or [str(FIRST_NUMBER + number) for number in dice.sample(range(10**6), count)]
    tags = []
    for number in numbers:
        tag = Tag(NXP_CHIPS | dice.getrandbits(SERIAL_BITS))
        image = encode(TagData(number, owner="DE-705"))
        tag.memory[: len(image)] = image
        tags.append(tag)
    return tags


def _look_until(pad: PadOnAir, count: int) -> PileSeen:
    for _ in range(LOOKS):
        pile = pad.look()
        if len(pile.tags) == count and all(isinstance(tag.content, TagData) for tag in pile.tags):
            return pile
    raise AssertionError(f"the pad sees {len(pile.tags)} tags instead of {count}")


def judge_faulty_piles(piles: int, make_pad: Callable[[FeigAir, FeigPad], PadOnAir]) -> list[Figure]:
    """Switch some items of piles whose tags are weak, locked or lifted off, and count what must not happen."""
    wrong_item = unasked = not_done = done = 0
    for seed in range(piles):
        dice = random.Random(seed)
        field = AirField(seed=seed)
        pad = make_pad(FeigAir(DirectPort(FeigReader(field)), "reader"), FeigPad(driver="feig", host="reader"))
        tags = make_tags(dice, dice.randint(1, 12))
        for tag in tags:
            _spoil(tag, dice)
        field.tags = list(tags)
        true = {_item(tag): tag for tag in tags}
        for _ in range(3):
            pile = pad.look()
        named = [tag for tag in pile.tags if isinstance(tag.content, TagData)]
        wrong_item += sum(tag.content.item not in true for tag in named if isinstance(tag.content, TagData))
        wanted = [tag for tag in named if dice.random() < 0.7]
        asked = set()
        for each in wanted:
            assert isinstance(each.content, TagData)
            asked.add(each.content.item)
            try:
                pad.switch(each.handle, False)
            except TagFault:
                continue
            done += 1
            not_done += true[each.content.item].afi != OUT
        unasked += sum(tag.afi == OUT for item, tag in true.items() if item not in asked)
    return [
        at_most("faulty piles: other items named", "", piles, wrong_item, 0),
        at_most("faulty piles: switched unasked", "", piles, unasked, 0),
        at_most("faulty piles: reported as switched, but not", "", done, not_done, 0),
    ]


async def measure_visits(piles: int) -> list[Figure]:
    """Borrow and return piles of ten at a kiosk with a demo hub and the FEIG driver. Raises ProgramFailed.

    Measured from the laying down until the last item is switched and its line is drawn.
    """
    end_on_signals()
    reader = FeigReader(AirField(), runs_on_air_time=True)
    cable = FeigOnTcp(reader)
    changes: dict[str, Table] = {
        "item_pad": {"driver": "feig", "host": "127.0.0.1", "port": cable.port},
        "returns": {"mode": "trusted"},
    }
    borrowed, returned = [], []
    try:
        with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
            folder = Path(name)
            async with (
                demo_ground(Templates(folder / "templates"), folder, changes=changes) as ground,
                kiosk_at(ground, folder) as kiosk,
            ):
                control = await kiosk.start(None)
                await control.ask("ready")
                visit = PileVisit(control, reader.field, ground.library)
                for _ in range(piles + 1):
                    borrowed.append(await visit.borrow())
                    returned.append(await visit.bring_back())
    finally:
        cable.unplug()
    del borrowed[0], returned[0]
    limits = [each / SWITCHED_LIMIT for each in borrowed]
    return [
        figure(f"with a hub: {ITEMS} items borrowed, median", "ms", borrowed, BORROWED_MEDIAN, by_median=True),
        figure(f"with a hub: {ITEMS} items borrowed", "ms", borrowed, BORROWED_BUDGET),
        figure(f"with a hub: {ITEMS} items returned", "ms", returned, None),
        figure("with a hub: borrowed, to the air's limit", "x", limits, None),
    ]


class PileVisit:
    """A patron who borrows ten items of a demo library on the pad, and brings them back."""

    def __init__(self, control: Control, field: AirField, library: VisitLibrary) -> None:
        self._control = control
        self._field = field
        self._card = next(each.card for each in library.patrons if each.case == "plain_1")
        books = [each.barcode for each in library.items if each.case.startswith("free_")]
        self._tags = make_tags(random.Random(1), ITEMS, books)

    async def borrow(self) -> float:
        """Return the milliseconds until ten items are borrowed."""
        await self._control.ask("card", uid=self._card)
        await self._control.ask("lift")
        await self._control.ask("settle")
        return await self._lay(OUT, "Borrowing")

    async def bring_back(self) -> float:
        """Return the milliseconds until ten items are returned."""
        await self._control.ask("touch", name="return")
        await self._control.ask("settle")
        return await self._lay(IN, "Returning")

    async def _lay(self, afi: int, view: str) -> float:
        began = time.monotonic()
        self._field.tags = list(self._tags)
        while any(tag.afi != afi for tag in self._tags):
            if time.monotonic() - began > PATIENCE:
                raise ProgramFailed(f"after {PATIENCE:g} s not all of {ITEMS} items are switched")
            await asyncio.sleep(0.005)
        await self._control.ask("settle")
        drawn = float((await self._control.ask("drawn"))["last"])
        shown = await self._control.ask("look")
        if (shown["view"], len(shown["told"])) != (view, ITEMS):
            raise ProgramFailed(f"{ITEMS} items were laid down, and {len(shown['told'])} are done on {shown['view']}")
        for name in ("finish", "receipt_none"):
            await self._control.ask("touch", name=name)
            await self._control.ask("settle")
        self._field.tags = []
        await asyncio.sleep(EMPTY_S)
        return 1000 * (drawn - began)


def _item(tag: Tag) -> str:
    return bytes(tag.memory[3:19]).rstrip(b"\0").decode()


def _spoil(tag: Tag, dice: random.Random) -> None:
    """Give one tag in two a fault: too weak to be read, locked, forgetful, lifted off, or one that misses requests."""
    match dice.randrange(12):
        case 0:
            tag.weak = True
        case 1:
            tag.locked = True
        case 2:
            tag.forgets = True
        case 3:
            tag.leaves_in = dice.randint(1, 4)
        case 4 | 5:
            tag.misses = dice.uniform(0.05, 0.5)
        case _:
            pass
