"""Compare two sets of loan rules by combination."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lending.policy import Policy, Rule

Key = tuple[str, str, str]
"""Category, item type and branch, each by code or `*`."""


@dataclass(frozen=True, slots=True)
class Change:
    """The rule of a combination before and after; None if nothing can be borrowed."""

    key: Key
    before: Rule | None
    after: Rule | None


def key(rule: Rule) -> Key:
    return (rule.category, rule.item_type, rule.branch)


def covering(rules: Iterable[Rule], wanted: Key) -> Rule | None:
    """Return the rule that decides for the combination: its own, else the most specific wider one."""
    return Policy(tuple(rules), "UTC").rule(*wanted)


def says_the_same(one: Rule | None, other: Rule | None) -> bool:
    """Return whether both rules have the same effect on a loan."""
    return one is other or (one is not None and other is not None and terms(one) == terms(other))


def terms(rule: Rule) -> tuple[object, ...]:
    """Return the effect of a rule. A rule that permits no loans has no other effect."""
    if rule.reading_room_only:
        return (True,)
    return (
        False, rule.days, rule.hours, rule.limit, rule.type_limit, rule.renewals, rule.fee_threshold,
        rule.renews_awaited, rule.earliest_renewal,
    )  # fmt: skip


def changes(before: Iterable[Rule], after: Iterable[Rule]) -> list[Change]:
    """Return the combinations, named by either set, whose rule differs."""
    old, new = tuple(before), tuple(after)
    keys = sorted({key(each) for each in (*old, *new)})
    found = (Change(each, covering(old, each), covering(new, each)) for each in keys)
    return [each for each in found if not says_the_same(each.before, each.after)]
