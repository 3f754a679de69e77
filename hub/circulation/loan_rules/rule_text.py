"""Compare sets of loan rules, arrange them as a matrix of categories and item types, and describe them in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.models import Branch, ItemType
from hub.circulation.loan_rules.drafts import DraftFault
from hub.circulation.models import PatronCategory
from hub.core.pages import formatting
from lending.policy import ANY, Policy, Rule

Key = tuple[str, str, str]
"""Category, item type and branch, each by code or `*`."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The rule of a combination before and after; None if nothing can be borrowed."""

    key: Key
    before: Rule | None
    after: Rule | None


def key_of(rule: Rule) -> Key:
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


def changes(before: Iterable[Rule], after: Iterable[Rule]) -> list[RuleChange]:
    """Return the combinations, named by either set, whose rule differs."""
    old, new = tuple(before), tuple(after)
    keys = sorted({key_of(each) for each in (*old, *new)})
    found = (RuleChange(each, covering(old, each), covering(new, each)) for each in keys)
    return [each for each in found if not says_the_same(each.before, each.after)]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of patron categories, item types and branches, by code."""

    groups: dict[str, str]
    kinds: dict[str, str]
    branches: dict[str, str]

    @staticmethod
    def read() -> Names:
        return Names(
            {each.code: str(each) for each in PatronCategory.objects.order_by("pk")},
            {each.code: str(each) for each in ItemType.objects.order_by("pk")},
            {each.code: str(each) for each in Branch.objects.order_by("pk")},
        )

    def group(self, code: str) -> str:
        return _("other patrons") if code == ANY else self.groups.get(code, code)

    def kind(self, code: str) -> str:
        return _("other items") if code == ANY else self.kinds.get(code, code)

    def branch(self, code: str) -> str:
        return "" if code == ANY else self.branches.get(code, code)

    def combination(self, key: Key) -> str:
        """Return the name of a combination, such as Adult × DVD, with the branch if it is for one branch only."""
        group, kind, branch = key
        pair = f"{self.group(group)} × {self.kind(kind)}"
        return pair if branch == ANY else _("{pair}, {branch}").format(pair=pair, branch=self.branch(branch))


def period(rule: Rule | None) -> str:
    """Return the loan period."""
    if rule is None:
        return _("not loaned")
    if rule.reading_room_only:
        return _("in-house only")
    return formatting.period(rule.days, rule.hours)


def rest(rule: Rule | None) -> list[str]:
    """Return the other terms of a rule, each in a few words."""
    if rule is None or rule.reading_room_only:
        return []
    terms = [ngettext("{count} at once", "{count} at once", rule.limit).format(count=rule.limit)]
    if rule.type_limit is not None:
        terms.append(ngettext("{count} of these", "{count} of these", rule.type_limit).format(count=rule.type_limit))
    terms.append(ngettext("{count} renewal", "{count} renewals", rule.renewals).format(count=rule.renewals))
    if rule.earliest_renewal is not None and rule.renewals:
        days = rule.earliest_renewal
        terms.append(ngettext("from {count} day before", "from {count} days before", days).format(count=days))
    if rule.renews_awaited:
        terms.append(_("renewable despite holds"))
    return terms


def whole(rule: Rule | None) -> str:
    """Return a rule in one line, without the fee threshold."""
    return _(", ").join([period(rule), *rest(rule)])


def both(change: RuleChange) -> tuple[str, str]:
    """Return both sides of a change; if they read the same, with the fee thresholds, which then differ."""
    before, after = whole(change.before), whole(change.after)
    if before == after and change.before is not None and change.after is not None:
        stops = _("{rule}, blocked above {sum} in fees")
        return (
            stops.format(rule=before, sum=formatting.money(change.before.fee_threshold)),
            stops.format(rule=after, sum=formatting.money(change.after.fee_threshold)),
        )
    return before, after


def fault(found: DraftFault) -> str:
    """Return why nothing was published or withdrawn, and what to do."""
    return {
        DraftFault.NO_DRAFT: _("No draft. Start one first."),
        DraftFault.EMPTY: _("The draft has no rules, so nothing could be checked out. Add a rule first."),
        DraftFault.SAME: _("The draft equals the current rules. Change something first."),
        DraftFault.TOO_SOON: _("Kiosks need the rules before they apply. Choose tomorrow or a later day."),
        DraftFault.TOO_FAR: _("That is more than 1 year ahead. Choose an earlier day."),
        DraftFault.BEFORE_ANOTHER: _("Other rules start on that day or later. Choose a later day, or withdraw them."),
        DraftFault.HAS_BEGUN: _("These rules already apply and cannot be changed. Publish a new version."),
        DraftFault.DRAFT_IN_THE_WAY: _("A draft already exists. Publish or discard it first."),
    }[found]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """The rule of a combination; `is_own` if it is the combination's own, else that of a wider one."""

    key: Key
    name: str
    period: str
    rest: tuple[str, ...]
    is_own: bool
    stays: bool
    changed: bool = False

    @property
    def query(self) -> str:
        group, kind, branch = self.key
        return f"group={group}&kind={kind}&branch={branch}"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    name: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    kinds: tuple[str, ...]
    lines: tuple[MatrixRow, ...]


def matrix(rules: Sequence[Rule], branch: str, names: Names, before: Sequence[Rule] | None = None) -> Matrix:
    """Return the rules at a branch as a matrix, with the differences from `before` marked."""
    kinds, own = (*names.kinds, ANY), {key_of(each) for each in rules}

    def cell(group: str, kind: str) -> MatrixCell:
        wanted = (group, kind, branch)
        rule = covering(rules, wanted)
        changed = before is not None and not says_the_same(rule, covering(before, wanted))
        stays = rule is None or rule.reading_room_only
        stated = period(rule), tuple(rest(rule))
        return MatrixCell(wanted, names.combination(wanted), *stated, wanted in own, stays, changed)

    lines = (
        MatrixRow(names.group(group), tuple(cell(group, kind) for kind in kinds)) for group in (*names.groups, ANY)
    )
    return Matrix(tuple(names.kind(kind) for kind in kinds), tuple(lines))


def branches(rules: Sequence[Rule], names: Names) -> list[tuple[str, str]]:
    """Return the branches that have rules of their own, by code and name."""
    found = {each.branch for each in rules}
    return [(code, name) for code, name in names.branches.items() if code in found]
