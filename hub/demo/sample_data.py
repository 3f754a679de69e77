"""Define the patrons and items of the demo library, with the same numbers every time (fixed seed)."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hub.catalogue.marc import DescribedTitle, open_marc_file, read

SAMPLE = Path(__file__).parents[1] / "catalogue" / "data" / "sample.mrc.gz"
SEED = "the lakeside library"
READING_ROOM, EXPRESS, SHORT, BOOK = "reference", "express", "short", "book"
LIMIT_OF_VISITORS = 3

PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("plain_1", "Ada Sample", "adult", "en"),
    ("plain_2", "林样本", "adult", "zh"),
    ("plain_3", "Bruno Placeholder", "adult", "en"),
    ("plain_4", "Үлгэр Жишээ", "adult", "mn"),
    ("pin", "Petra Pinhole", "adult", "en"),
    ("at_limit", "Max Limitov", "visitor", "en"),
    ("fees", "Fiona Feemore", "adult", "en"),
    ("expired", "Otto Outofdate", "adult", "en"),
    ("blocked", "Bela Blocksberg", "adult", "en"),
    ("lost_card", "Lola Lostcard", "adult", "en"),
    ("overdue", "Theo Toolate", "adult", "en"),
    ("hold_ready", "Hanna Holdwell", "adult", "en"),
    ("child", "Kit Smallfry", "child", "en"),
    ("name_zh", "欧阳示例", "adult", "zh"),
    ("name_mn", "Загварын Өнөр", "adult", "mn"),
    ("uid7_a", "Una Longuid", "adult", "en"),
    ("uid7_b", "Una Otheruid", "adult", "en"),
    ("", "Nobody Inparticular", "adult", "en"),
)
"""Case, name, category and language; the last patron only holds what is on loan to others."""

SHORT_TITLES: tuple[tuple[str, str, str, str], ...] = (
    ("Тунгалаг Тамир", "Лодойдамба, Ч.", "894.233 ЛОД", "mon"),
    ("Үүрийн туяа", "Ринчен, Б.", "894.233 РИН", "mon"),
    ("Монголын нууц товчоо", "", "951.025 МОН", "mon"),
    ("Мастер и Маргарита", "Булгаков, М. А.", "891.734 БУЛ", "rus"),
    ("Преступление и наказание", "Достоевский, Ф. М.", "891.733 ДОС", "rus"),
    ("Евгений Онегин", "Пушкин, А. С.", "891.713 ПУШ", "rus"),
)
"""Titles without a MARC record: title, author, call number, language."""

CLASSIC = ("红楼梦", "曹雪芹", "I242.47 CXQ", "chi")
"""Title of the search hint: the kiosk suggests to type its pinyin initials."""

SPECIAL: tuple[tuple[str, str], ...] = (
    ("on_loan", BOOK),
    ("held_for_other", BOOK),
    ("reading_room", READING_ROOM),
    ("lost", BOOK),
    ("no_renewals", EXPRESS),
    ("overdue", BOOK),
)
FREE = 60
SHORT_FROM = 58
"""Number of the first free item that is a short loan, counted in hours."""
EAST = range(51, 57)
"""Numbers of the free items that belong to the other branch."""
PLACES_OF_SHORT_TITLES = (5, 14, 23, 32, 41, 50)
"""Numbers of free items whose title has no record."""


@dataclass(frozen=True, slots=True)
class DemoPatron:
    """A patron of the demo library. `card` is the UID in upper-case hex."""

    case: str
    identifier: str
    ref: str
    name: str
    category: str
    language: str
    card: str
    pin: str


@dataclass(frozen=True, slots=True)
class DemoItem:
    """An item of the demo library; `title` is a record of the sample or a short title."""

    case: str
    barcode: str
    title: DescribedTitle | tuple[str, str, str, str]
    type: str
    branch: str

    @property
    def shown_title(self) -> str:
        return self.title.title if isinstance(self.title, DescribedTitle) else self.title[0]


class Cases:
    """All patrons and items, in order."""

    @cached_property
    def patrons(self) -> tuple[DemoPatron, ...]:
        return tuple(_patron(*person) for person in PEOPLE)

    @cached_property
    def items(self) -> tuple[DemoItem, ...]:
        """The free items, the special ones, those of the patron at the limit, and the one of the search hint."""
        records = iter(sample())
        short = iter(SHORT_TITLES)
        free = [
            _item(
                f"free_{number:02}",
                SHORT if number >= SHORT_FROM else BOOK,
                next(short) if number in PLACES_OF_SHORT_TITLES else next(records),
                "east" if number in EAST else "main",
            )
            for number in range(1, FREE + 1)
        ]
        special = [_item(case, kind, next(records), "main") for case, kind in SPECIAL]
        taken = [_item(f"taken_{number}", BOOK, next(records), "main") for number in range(LIMIT_OF_VISITORS)]
        return (*free, *special, *taken, _item("classic", BOOK, CLASSIC, "main"))

    def patron(self, case: str) -> DemoPatron:
        """Return the patron of the case."""
        return next(each for each in self.patrons if each.case == case)

    def item(self, case: str) -> DemoItem:
        """Return the item of the case."""
        return next(each for each in self.items if each.case == case)

    def as_lists(self) -> dict[str, list[dict[str, str]]]:
        """Return the two lists that `kiosk-hub demo --json` prints."""
        return {
            "patrons": [
                {"case": p.case, "identifier": p.identifier, "name": p.name, "card": p.card, "pin": p.pin}
                for p in self.patrons
                if p.case
            ],
            "items": [
                {"case": i.case, "barcode": i.barcode, "title": i.shown_title, "type": i.type, "branch": i.branch}
                for i in self.items
                if not i.case.startswith("taken_")
            ],
        }


def sample() -> list[DescribedTitle]:
    """Read the sample of real records, those with a cover class first."""
    with open_marc_file(SAMPLE) as file:
        found = [each for each in read(file) if isinstance(each, DescribedTitle)]
    return sorted(found, key=lambda each: not each.subject)


def _patron(case: str, name: str, category: str, language: str) -> DemoPatron:
    chance = _chance(f"patron {case}")
    uid = f"{0x10 + chance % 0x70:02X}{chance // 0x70 % (1 << 24):06X}"
    if case.startswith("uid7"):
        uid = "04A3C15E" + ("926180" if case == "uid7_a" else "926181")
    return DemoPatron(
        case=case,
        identifier=_luhn_number("2", chance),
        ref=f"{_chance(f'ref {case}'):064x}"[:32],
        name=name,
        category=category,
        language=language,
        card=uid,
        pin=f"{1000 + chance // 10**20 % 9000}",
    )


@dataclass(frozen=True, slots=True)
class CardlessPatron:
    """A patron of the demo library without a card."""

    identifier: str
    ref: str
    name: str


def stranger(number: int) -> CardlessPatron:
    """Invent a patron who only counts in figures, with an identifier in the usual form."""
    chance = _chance(f"stranger {number}")
    return CardlessPatron(
        _luhn_number("2", chance), f"{_chance(f'ref stranger {number}'):064x}"[:32], f"读者样本{number:03}"
    )


def _item(case: str, kind: str, title: DescribedTitle | tuple[str, str, str, str], branch: str) -> DemoItem:
    return DemoItem(case, _luhn_number("3", _chance(f"item {case}")), title, kind, branch)


def _chance(what: str) -> int:
    """Return a number of 256 bits that is the same on every machine."""
    return int(hashlib.sha256(f"{SEED} {what}".encode()).hexdigest(), 16)


def _luhn_number(prefix: str, chance: int) -> str:
    """Return fourteen digits with a Luhn check digit."""
    body = f"{prefix}{chance // 10**40 % 10**12:012}"
    doubled = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
    return f"{body}{-doubled % 10}"
