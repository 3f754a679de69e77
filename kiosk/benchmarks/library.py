"""Invent a library of any size and serve it page by page like a hub's snapshot feed.

The titles are the same at every run and belong to no real book. Characters, letters and words follow Zipf's law,
so some occur in thousands of titles.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain
from random import Random

from lending import title_search, wire
from lending.model import CardRef, ItemId, PatronRef
from lending.number_patterns import with_check
from lending.policy import Policy, Rule
from lending.wire import SnapshotTitle

SIGNS = (
    "的中国学人文史大小法生美世书新一不经济论理日本与现代化研究社"
    "会心花水山海风月天地家女子王红黑白金木石东西南北春夏秋冬年"
)
INITIALS = "dzgxrwsdxfsmssxybjjllrbyxdhyjshxhsshfytdjnzwhhbjmsdxnbcxqdn"
CHINESE = 0.75
"""Share of Chinese titles."""
WORD_COUNT = 4000


class InventedTitles:
    """Titles by number, each the same every time."""

    def __init__(self) -> None:
        chance = Random(1)
        self._words = [_word(chance) for _ in range(WORD_COUNT)]
        self._often = list(accumulate(1 / (rank + 8) for rank in range(WORD_COUNT)))
        self._signs_often = list(accumulate(1 / (rank + 8) for rank in range(len(SIGNS))))

    def title(self, number: int) -> SnapshotTitle:
        """Return title `number`, which begins with 1."""
        chance = Random(number)
        isbn = with_check(f"978{number:09}")
        if chance.random() < CHINESE:
            places = chance.choices(range(len(SIGNS)), cum_weights=self._signs_often, k=chance.randint(2, 9))
            name, letters = "".join(SIGNS[each] for each in places), "".join(INITIALS[each] for each in places)
            found = [
                title_search.title_token(name),
                title_search.INITIALS + letters[:12],
                *title_search.tokens(name),
            ]
        else:
            words = chance.choices(self._words, cum_weights=self._often, k=chance.randint(1, 6))
            name = " ".join(words).capitalize()
            found = [title_search.title_token(title_search.fold(name)), *words]
        author = chance.choice(self._words)
        found += [author, isbn]
        return SnapshotTitle(
            id=number,
            title=name,
            author=author.capitalize(),
            call_number=f"I247.5/{number % 9973}",
            subject="I",
            year=1980 + number % 45,
            words=" ".join(found),
        )


def _word(chance: Random) -> str:
    syllables = chance.randint(1, 4)
    return "".join(
        chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") + chance.choice(("", "n", "r"))
        for _ in range(syllables)
    )


PAGE = 256 * 1024
"""Bytes per page, as on the hub."""
DUE = datetime(2026, 12, 20, 15, 59, tzinfo=UTC)
WORDS = ("红楼梦", "三体", "围城", "活着", "平凡的世界", "边城", "呐喊", "家", "Dune", "Emma", "Middlemarch", "Walden")
AUTHORS = (
    "曹雪芹",
    "刘慈欣",
    "钱锺书",
    "余华",
    "路遥",
    "沈从文",
    "Herbert, Frank",
    "Austen, Jane",
    "Thoreau, Henry David",
)
POLICY = Policy((Rule(days=28), Rule(item_type="express", days=7, type_limit=2)), "Asia/Shanghai")
ON_LOAN = 7
"""One in so many items is on loan."""


@dataclass(frozen=True, slots=True)
class Day:
    """Changes of a day as shares of the library: for a million items 20,000 loans, as many returns, and so on."""

    lent: float = 0.02
    back: float = 0.02
    fresh: float = 0.0005
    gone: float = 0.0005
    blocked: float = 0.0005


class InventedLibrary:
    """Library with as many patrons (one card each) as items."""

    def __init__(self, size: int, copies: int = 2) -> None:
        """Create a library of `size` items with one title per `copies` items."""
        self.size = size
        self._copies = copies
        self._titles = InventedTitles()
        self.day = 0
        """Day whose changes come next; day 0 is the initial library."""
        self.sent = 0
        """Bytes of all pages so far."""
        self.pages = 0
        self.making = 0.0
        """Seconds spent inventing pages, which a hub reads from its database."""
        self._rows: Iterator[tuple[str, str]] = iter(())
        self._invented = 0
        self._ahead: deque[bytes] = deque()

    def card(self, patron: int) -> CardRef:
        return CardRef(hashlib.sha256(b"card %d" % patron).hexdigest())

    def item(self, number: int) -> ItemId:
        return ItemId(f"3000{number:010d}")

    def ref(self, patron: int) -> PatronRef:
        return PatronRef(hashlib.md5(b"patron %d" % patron, usedforsecurity=False).hexdigest())

    def turn_to(self, day: int) -> None:
        """Invent all pages of the day in advance, so that this work does not compete for the CPU."""
        self.day, more, since = day, True, ""
        while more:
            self._ahead.append(self._page(since))
            page = wire.parse(wire.SnapshotPage, self._ahead[-1])
            more, since = page.more, page.mark

    async def snapshot_page(self, since: str) -> wire.SnapshotPage | None:
        if since == f"day{self.day}":
            return None
        began = time.perf_counter()
        body = self._ahead.popleft() if self._ahead else await asyncio.to_thread(self._page, since)
        self.making += time.perf_counter() - began
        self.sent += len(body)
        self.pages += 1
        return await asyncio.to_thread(wire.parse, wire.SnapshotPage, body)

    def _page(self, since: str) -> bytes:
        """Return the next page of the library or of the day; pages are requested in order."""
        self._invented += 1
        begins = "w" not in since
        if begins:
            self._rows = self._changes(self.day) if self.day else self._whole()
        texts: dict[str, list[str]] = {"cards": [], "items": [], "titles": [], "gone_items": []}
        size = 0
        for kind, text in self._rows:
            texts[kind].append(text)
            size += len(text.encode()) + 1
            if size >= PAGE:
                break
        more = size >= PAGE
        whole = begins and not self.day
        mark = f"day{self.day}w{self._invented}" if more else f"day{self.day}"
        head = wire.SnapshotPage(
            wire=1, mark=mark, whole=whole, more=more, policy=wire.policy_to(POLICY) if whole else None
        )
        opening = head.model_dump_json(exclude={*texts}).removesuffix("}")
        return (opening + "".join(f',"{kind}":[{",".join(each)}]' for kind, each in texts.items()) + "}").encode()

    def _whole(self) -> Iterator[tuple[str, str]]:
        cards = (self._card(patron, 1 if patron % ON_LOAN == 0 else 0) for patron in range(self.size))
        items = (self._item(number, number if number % ON_LOAN == 0 else None) for number in range(self.size))
        titles = self._title_rows(range(1, self.size // self._copies + 2))
        return chain((("cards", each) for each in cards), (("items", each) for each in items), titles)

    def _title_rows(self, numbers: range) -> Iterator[tuple[str, str]]:
        return (("titles", self._titles.title(each).model_dump_json(exclude_defaults=True)) for each in numbers)

    def _changes(self, day: int) -> Iterator[tuple[str, str]]:
        chance, share = Random(day), Day()
        some = [round(self.size * each) for each in (share.lent, share.back, share.blocked, share.gone, share.fresh)]
        lent, back, blocked, gone, fresh = some
        taken = chance.sample(range(self.size), lent + back + gone)
        borrowers = chance.choices(range(self.size), k=lent)
        newcomers = range(self.size + (day - 1) * fresh, self.size + day * fresh)
        yield from self._cards((each, 1) for each in {*borrowers})
        yield from self._cards((each, 0) for each in chance.sample(range(self.size), back))
        yield from (("cards", self._card(each, 0, "blocked")) for each in chance.sample(range(self.size), blocked))
        yield from self._cards((each, 0) for each in newcomers)
        yield from (("items", self._item(each, who)) for each, who in zip(taken, borrowers, strict=False))
        yield from (("items", self._item(each, None)) for each in taken[lent : lent + back])
        yield from (("items", self._item(each, None)) for each in newcomers)
        yield from self._title_rows(range(newcomers.start // self._copies + 2, newcomers.stop // self._copies + 2))
        yield from (("gone_items", f'"{self.item(each)}"') for each in taken[lent + back :])

    def _cards(self, loans: Iterable[tuple[int, int]]) -> Iterator[tuple[str, str]]:
        return (("cards", self._card(patron, count)) for patron, count in loans)

    def _card(self, patron: int, loans: int, status: str = "active") -> str:
        lent = f',"loans":{{"book":{loans}}}' if loans else ""
        about = f'"ref":"{self.ref(patron)}","category":"adult","card":"{status}","expires":"2027-11-25"{lent}'
        return f'{{"card":"{self.card(patron)}","patron":{{{about}}}}}'

    def _item(self, number: int, holder: int | None) -> str:
        title = f"{WORDS[number % len(WORDS)]} {WORDS[number // 7 % len(WORDS)]} {number % 997}"
        author = AUTHORS[number % len(AUTHORS)]
        what = (
            f'"id":"{self.item(number)}","title":"{title}","author":"{author}","call_number":"I247.5/{number % 9973}"'
            f',"title_id":{number // self._copies + 1}'
        )
        due = (DUE + timedelta(days=number % 28)).isoformat()
        how = "" if holder is None else f',"status":"on_loan","holder":"{self.ref(holder)}","due":"{due}"'
        return f'{{{what},"subject":"I","branch":"main"{how}}}'
