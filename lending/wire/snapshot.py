"""The library as a kiosk knows it offline: policy, cards, items, page by page; knows no question."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from lending import policy
from lending.wire.base import CardHash, Lenient
from lending.wire.lookups import WireItem, WirePatron
from lending.wire.shelves import WireFloor

ADDRESS = re.compile(r"https?://[!-~]{1,70}/")
"""Where a phone finds something; a longer one makes a code that no phone reads off a receipt."""


class WireRule(Lenient):
    category: str = policy.ANY
    item_type: str = policy.ANY
    branch: str = policy.ANY
    days: int | None = None
    hours: int | None = None
    limit: int = 10
    type_limit: int | None = None
    renewals: int = 2
    fee_threshold: Decimal = Decimal(10)
    reading_room_only: bool = False
    renews_awaited: bool = False
    earliest_renewal: int | None = None
    """Days before the due date from which a loan may be renewed; null: as soon as that moves the date."""


class WireEdition(Lenient):
    """Rules that hold from a day on; a kiosk that does not know them hears of them on that day."""

    since: date
    rules: list[WireRule]


class WireCalendar(Lenient):
    weekdays: list[int] = Field(default_factory=list)
    dates: list[date] = Field(default_factory=list)


class WirePolicy(Lenient):
    rules: list[WireRule]
    timezone: str
    calendars: dict[str, WireCalendar] = Field(default_factory=dict)
    branches: dict[str, dict[str, str]] = Field(default_factory=dict)
    offline_cap: int = 10
    currency: str = "CNY"
    receipts: str = ""
    """Where a phone looks up a receipt: its code and a slash follow. Empty where phones find no hub."""
    editions: list[WireEdition] = Field(default_factory=list)


class SnapshotCard(Lenient):
    """A card in the snapshot: its patron without name or number. `picks` and `look` are sealed for this card."""

    card: CardHash
    patron: WirePatron
    picks: str = ""
    look: str = ""


class SnapshotTitle(Lenient):
    """A title, and in `words` the tokens that it is found by, in order and parted by blanks (lending.search_tokens).

    `link` is where it is read on a phone; empty where it has no e-edition.
    """

    id: Annotated[int, Field(gt=0, lt=2**63)]
    title: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    year: int = 0
    link: str = ""
    words: str = ""


class SnapshotPage(Lenient):
    """One page: what a kiosk does not know yet, after the mark that it asked by.

    `whole`: it begins the library anew, and what the kiosk had is forgotten. `more`: what came so far counts only
    together with what follows `mark`. `floors`: all those of the kiosk's branch, where one of them has changed.
    """

    wire: int
    mark: Annotated[str, Field(pattern=r"^[0-9a-z.]{1,100}$")]
    whole: bool = False
    more: bool = False
    policy: WirePolicy | None = None
    cards: list[SnapshotCard] = Field(default_factory=list)
    items: list[WireItem] = Field(default_factory=list)
    titles: list[SnapshotTitle] = Field(default_factory=list)
    gone_cards: list[CardHash] = Field(default_factory=list)
    gone_items: list[str] = Field(default_factory=list)
    gone_titles: list[int] = Field(default_factory=list)
    floors: list[WireFloor] | None = None


def policy_from(wire: WirePolicy) -> policy.Policy:
    return policy.Policy(
        rules=_rules_from(wire.rules),
        timezone=wire.timezone,
        calendars={
            branch: policy.Calendar(frozenset(each.weekdays), frozenset(each.dates))
            for branch, each in wire.calendars.items()
        },
        branches=wire.branches,
        offline_cap=wire.offline_cap,
        currency=wire.currency,
        editions=tuple(policy.RuleVersion(each.since, _rules_from(each.rules)) for each in wire.editions),
    )


def _rules_from(rules: list[WireRule]) -> tuple[policy.Rule, ...]:
    return tuple(policy.Rule(**rule.model_dump()) for rule in rules)


def policy_to(law: policy.Policy) -> WirePolicy:
    return WirePolicy(
        rules=_rules_to(law.rules),
        timezone=law.timezone,
        calendars={
            branch: WireCalendar(weekdays=sorted(each.weekdays), dates=sorted(each.dates))
            for branch, each in law.calendars.items()
        },
        branches={branch: dict(names) for branch, names in law.branches.items()},
        offline_cap=law.offline_cap,
        currency=law.currency,
        editions=[WireEdition(since=each.since, rules=_rules_to(each.rules)) for each in law.editions],
    )


def _rules_to(rules: tuple[policy.Rule, ...]) -> list[WireRule]:
    return [WireRule.model_validate({name: getattr(rule, name) for name in WireRule.model_fields}) for rule in rules]
