"""Pages of the snapshot, by which a kiosk works offline: policy, cards, items, titles, floor plans.

It carries a patron's recommendations encrypted for the patron's card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from lending import model, policy, shelves
from lending.call_numbers import Scheme
from lending.wire.base import CardHash, CoverMark, Lenient, first_fault
from lending.wire.lookups import WireItem, WirePatron


class WirePick(Lenient):
    """A title with the reason by language code, and its copies; the kiosk adds their location from its snapshot."""

    title: str
    author: str = ""
    call_number: str = ""
    why: dict[str, str] = Field(default_factory=dict)
    new: bool = False
    items: list[str] = Field(default_factory=list)
    about: str = ""
    """Comes back in a `said` with the patron's feedback on it."""
    again: bool = False


PICKS = TypeAdapter(list[WirePick])


def picks_text(found: Iterable[model.Recommendation]) -> str:
    """Return the JSON text to encrypt."""
    picks = [WirePick.model_validate(asdict(each)) for each in found]
    return PICKS.dump_json(picks, exclude_defaults=True).decode()


def picks_from(text: str) -> tuple[model.Recommendation, ...]:
    """Parse the decrypted text. Raise ValueError that names the first fault."""
    try:
        found = PICKS.validate_json(text)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
    return tuple(
        model.Recommendation(
            each.title,
            each.author,
            each.call_number,
            each.why,
            each.new,
            tuple(map(model.ItemId, each.items)),
            each.about,
            each.again,
        )
        for each in found
    )


class WireBay(Lenient):
    """A rectangle in grid cells of its floor; `first` and `last` are call numbers, or empty for an empty bay."""

    code: str
    x: int
    y: int
    width: int
    height: int
    first: str = ""
    last: str = ""


class WireFloor(Lenient):
    """A floor plan. `you` is the cell of the kiosk; `scheme` is `clc`, `dewey`, `lcc`, or empty."""

    name: dict[str, str]
    position: int
    width: int
    height: int
    you: tuple[int, int]
    scheme: str = ""
    bays: list[WireBay]


class ShelvesAnswer(Lenient):
    """GET shelves: the floors of the kiosk's branch, lowest first."""

    floors: list[WireFloor]


def floors_from(answer: ShelvesAnswer) -> tuple[shelves.Floor, ...]:
    """Convert the floor plans from the wire."""
    return tuple(_floor(each) for each in answer.floors)


def _floor(floor: WireFloor) -> shelves.Floor:
    """Ignore a scheme that this kiosk version does not support: it is then guessed per call number."""
    scheme = None
    with suppress(ValueError):
        scheme = Scheme(floor.scheme) if floor.scheme else None
    bays = tuple(shelves.Bay(**bay.model_dump()) for bay in floor.bays)
    return shelves.Floor(floor.name, floor.position, floor.width, floor.height, floor.you, scheme, bays)


ADDRESS = re.compile(r"https?://[!-~]{1,70}/")
"""URL prefix for a QR code; a longer one would make the code too dense to scan from a receipt."""


MOST_EXTRA = 366
"""Greatest addition of a service."""


class WireRule(Lenient):
    """Loan conditions for patron category, item type and branch; `*` matches all."""

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
    """Days before the due date from which renewal is allowed; null means as soon as it would move the due date."""


class WireEdition(Lenient):
    """Rules that apply from a day on; a kiosk without support for editions receives them on that day."""

    since: date
    rules: list[WireRule]


class WireCalendar(Lenient):
    """Closed weekdays (0 is Monday) and dates of a branch."""

    weekdays: list[int] = Field(default_factory=list)
    dates: list[date] = Field(default_factory=list)


class WireService(Lenient):
    """Additions to the loan rule for the patrons that have this service; `words` say why, by language code."""

    days: Annotated[int, Field(ge=0, le=MOST_EXTRA)] = 0
    loans: Annotated[int, Field(ge=0, le=MOST_EXTRA)] = 0
    renewals: Annotated[int, Field(ge=0, le=MOST_EXTRA)] = 0
    until: date | None = None
    words: dict[str, str] = Field(default_factory=dict)


class WirePolicy(Lenient):
    """Lending policy of the library."""

    rules: list[WireRule]
    timezone: str
    calendars: dict[str, WireCalendar] = Field(default_factory=dict)
    branches: dict[str, dict[str, str]] = Field(default_factory=dict)
    offline_cap: int = 10
    currency: str = "CNY"
    receipts: str = ""
    """URL prefix at which a phone opens a receipt by its code; empty if phones cannot reach a hub."""
    editions: list[WireEdition] = Field(default_factory=list)
    services: dict[str, WireService] = Field(default_factory=dict)
    """By the id that a patron's `services` name. An older kiosk ignores them and applies the rules alone."""


class SnapshotCard(Lenient):
    """A card and its patron, without name or number. `picks` and `look` are encrypted for this card."""

    card: CardHash
    patron: WirePatron
    picks: str = ""
    look: str = ""


class SnapshotTitle(Lenient):
    """A title. `words` are its search tokens, in order and separated by blanks (`lending.title_search`).

    `link` opens its online edition on a phone; `cover` names its picture (`GET covers/{cover}`). Either may be empty.
    """

    id: Annotated[int, Field(gt=0, lt=2**63)]
    title: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    year: int = 0
    link: str = ""
    cover: CoverMark = ""
    words: str = ""


class SnapshotPage(Lenient):
    """One page: the changes since the mark of the request.

    `whole`: the snapshot starts again and the kiosk drops its data. `more`: the pages so far become valid only together
    with those after `mark`. `floors`: all floors of the kiosk's branch, if one of them changed.
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
    """Convert the loan rules from the wire."""
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
        services={key: policy.Service(**each.model_dump()) for key, each in wire.services.items()},
    )


def _rules_from(rules: list[WireRule]) -> tuple[policy.Rule, ...]:
    return tuple(policy.Rule(**rule.model_dump()) for rule in rules)


def policy_to(law: policy.Policy) -> WirePolicy:
    """Convert the loan rules to the wire."""
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
        services={key: WireService.model_validate(asdict(each)) for key, each in law.services.items()},
    )


def _rules_to(rules: tuple[policy.Rule, ...]) -> list[WireRule]:
    return [WireRule.model_validate({name: getattr(rule, name) for name in WireRule.model_fields}) for rule in rules]
