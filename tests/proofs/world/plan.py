"""The script of one world: patrons, staff, networks, disks and clocks, drawn from the seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from lending.transactions import ClockTrust
from tests.proofs.world.hub import KIOSKS, PATRONS, second_box
from tests.proofs.world.network import Fate

DAY = 86400.0
DAYS = 30
YEARS = 10 * 365 * DAY

Returns = Literal["provisional", "bin", "trusted"]
RETURNS: Sequence[Returns] = ("provisional", "provisional", "bin", "trusted")
Failing = Literal["card_reader", "barcode_scanner", "receipt_printer"]
FAILING: Sequence[Failing] = ("card_reader", "barcode_scanner", "receipt_printer")
Mood = Literal["calm", "undoes", "walks off"]


@dataclass(frozen=True, slots=True)
class Visit:
    at: float
    kiosk: int
    patron: int
    errand: Literal["borrow", "return", "renew"]
    acts: int
    mood: Mood = "calm"


@dataclass(frozen=True, slots=True)
class Meet:
    """The kiosk's next upload, or its next lookup, meets this."""

    at: float
    kiosk: int
    fate: Fate
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Pull:
    """The kiosk's cable; with kiosk 0 the hub's."""

    at: float
    kiosk: int
    seconds: float
    silent: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut the kiosk's power, after this many disk operations or at once."""

    at: float
    kiosk: int
    operations: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Boot the kiosk with another time."""

    at: float
    kiosk: int
    seconds: float
    trust: ClockTrust
    lasts: float


@dataclass(frozen=True, slots=True)
class Part:
    """Let a part of the kiosk fail or work again."""

    at: float
    kiosk: int
    part: Failing
    works: bool


@dataclass(frozen=True, slots=True)
class HubDoes:
    """Restart, back up, restore or upgrade the hub."""

    at: float
    what: Literal["restart", "backup", "restore", "upgrade"]


@dataclass(frozen=True, slots=True)
class Staff:
    """Let staff shelve returned items, scanned at the hub or not."""

    at: float
    scanned: bool


@dataclass(frozen=True, slots=True)
class Restart:
    """Stop and start the kiosk cleanly."""

    at: float
    kiosk: int


@dataclass(frozen=True, slots=True)
class Image:
    """Stop the kiosk and take an image of its card."""

    at: float
    kiosk: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """Overwrite the card with the image: numbers given since then are given again."""

    at: float
    kiosk: int


@dataclass(frozen=True, slots=True)
class Clone:
    """Copy the card into a second box and run both: `second_box` is the number of the new one."""

    at: float
    kiosk: int


Step = Visit | Meet | Pull | Cut | Jump | Part | HubDoes | Staff | Restart | Image | PutBack | Clone


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    kiosks: int
    returns: Returns
    steps: Sequence[Step]


def drawn(seed: int, acts: int) -> Plan:
    """Draw about this many transactions over 30 days."""
    random = Random(f"plan {seed}")
    kiosks = random.choice((1, 2, 2, 3, KIOSKS))
    calm = random.choice((60, 30, 10, 3))
    returns: Returns = random.choice(RETURNS)
    steps: list[Step] = []
    for at in _spells(random, acts):
        steps.extend(_spell(random, at, kiosks, calm))
    steps += _nights(random)
    steps += _copied(Random(f"copies {seed}"), kiosks)
    steps.sort(key=lambda step: step.at)
    return Plan(seed, kiosks, returns, _restores_after_backups(steps))


def _spells(random: Random, acts: int) -> Iterator[float]:
    """Yield the times of activity, at some hour of the library's day."""
    spells = max(1, round(acts / ACTS_OF_A_SPELL))
    for _ in range(spells):
        yield random.randrange(DAYS) * DAY + random.uniform(0, 12 * 3600)


ACTS_OF_A_SPELL = 2.9
"""Transactions per spell of activity, on average; measured."""
UPGRADED = 0.06
"""Share of worlds whose hub is upgraded, which takes as long as a world."""


def _spell(random: Random, at: float, kiosks: int, calm: int) -> Iterator[Step]:
    kiosk = random.randint(1, kiosks)
    yield from _troubles(random, at, kiosk, calm)
    for here in sorted({kiosk, random.randint(1, kiosks)}):
        begins = at + random.uniform(1, 20)
        for _ in range(random.choice((1, 1, 2))):
            yield _visit(random, begins, here)
            begins += 60.0


def _visit(random: Random, at: float, kiosk: int) -> Visit:
    errand: Literal["borrow", "return", "renew"] = random.choices(("borrow", "return", "renew"), (5, 4, 1))[0]
    mood: Mood = random.choices(("calm", "undoes", "walks off"), (16, 2, 1))[0]
    return Visit(at, kiosk, random.randrange(PATRONS), errand, random.choice((1, 2, 2, 3)), mood)


def _troubles(random: Random, at: float, kiosk: int, calm: int) -> Iterator[Step]:
    """Yield the faults of this spell; none as often as the seed is `calm`."""
    match random.choices(range(9), (calm, 30, 10, 8, 6, 2, 3, 2, 3))[0]:
        case 1:
            for _ in range(random.choice((1, 1, 2, 4))):
                yield Meet(at, kiosk, random.choice(list(Fate)), random.random() < 0.2)
        case 2:
            yield Pull(at, kiosk, random.choice((5.0, 30.0, 120.0, 4000.0, DAY, 4 * DAY)), random.random() < 0.5)
        case 3:
            yield Pull(at + random.uniform(0, 60), 0, random.choice((5.0, 60.0, 3000.0, DAY)), random.random() < 0.3)
        case 4:
            yield Cut(at + random.uniform(0, 40), kiosk, random.choice((0, *range(1, 40))))
        case 5:
            trust = random.choice((ClockTrust.UNKNOWN, ClockTrust.UNKNOWN, ClockTrust.RESTORED))
            saved = -random.choice((3600.0, 2 * DAY))
            ahead = saved if trust is ClockTrust.RESTORED else random.choice((-YEARS, YEARS))
            yield Jump(at - 60.0, kiosk, ahead, trust, random.choice((300.0, DAY)))
        case 6:
            part = random.choice(FAILING)
            yield Part(at, kiosk, part, works=False)
            yield Part(at + random.choice((20.0, 600.0)), kiosk, part, works=True)
        case 7:
            yield Restart(at + random.uniform(0, 60), kiosk)
        case 8:
            yield HubDoes(at + random.uniform(0, 60), "restart")
        case _:
            return


def _nights(random: Random) -> Iterator[Step]:
    restores = {random.randrange(1, DAYS) for _ in range(random.choice((0, 0, 1, 1)))}
    if random.random() < UPGRADED:
        yield HubDoes(random.randrange(2, DAYS) * DAY + 16 * 3600, "upgrade")
    for day in range(DAYS):
        yield Staff(day * DAY + 13 * 3600, scanned=random.random() < 0.8)
        yield HubDoes(day * DAY + 14 * 3600, "backup")
        if day in restores:
            yield HubDoes(day * DAY + random.uniform(1, 13) * 3600, "restore")


COPIED = 0.15
"""Share of worlds in which a card is restored or copied, and the hub restored after that."""


def _copied(random: Random, kiosks: int) -> Iterator[Step]:
    """Let numbers be used twice, and restore the hub to a moment before, between or after."""
    if random.random() >= COPIED:
        return
    kiosk, hour = random.randint(1, kiosks), random.randrange(1, DAYS - 1) * DAY + 3600.0
    boxes = [kiosk]
    if random.random() < 0.5:
        yield Clone(hour, kiosk)
        boxes.append(second_box(kiosk))
    else:
        yield Image(hour, kiosk)
        yield PutBack(hour + 3600.0, kiosk)
    for minutes in (20, 30, 80, 90, 140, 150, 160):
        for box in boxes:
            yield Visit(hour + 60 * minutes, box, random.randrange(PATRONS), "borrow", random.choice((1, 2, 2)))
    yield HubDoes(hour + 60 * random.choice((10, 10, 40, 100, 120)), "backup")
    yield HubDoes(hour + 3 * 3600.0, "restore")


def _restores_after_backups(steps: list[Step]) -> list[Step]:
    """Restore a hub only if there is a backup, and make a backup only if it will be restored."""
    wanted: list[Step] = []
    restore = False
    for step in reversed(steps):
        if isinstance(step, HubDoes) and step.what == "backup":
            if restore:
                wanted.append(step)
            restore = False
            continue
        restore |= isinstance(step, HubDoes) and step.what == "restore"
        wanted.append(step)
    return wanted[::-1]
