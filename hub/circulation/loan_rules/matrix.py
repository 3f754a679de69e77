"""Arrange a set of loan rules as a matrix of patron categories and item types, for one branch or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.circulation.loan_rules import rule_text
from hub.circulation.loan_rules.rule_diff import Key, covering, key, says_the_same
from hub.circulation.loan_rules.rule_text import Names
from lending.policy import ANY, Rule


@dataclass(frozen=True, slots=True)
class Cell:
    """The rule of a combination; `own` if it is the combination's own, else that of a wider one."""

    key: Key
    name: str
    period: str
    rest: tuple[str, ...]
    own: bool
    stays: bool
    changed: bool = False

    @property
    def query(self) -> str:
        group, kind, branch = self.key
        return f"group={group}&kind={kind}&branch={branch}"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    kinds: tuple[str, ...]
    lines: tuple[MatrixRow, ...]


def matrix(rules: Sequence[Rule], branch: str, names: Names, before: Sequence[Rule] | None = None) -> Matrix:
    """Return the rules at a branch as a matrix, with the differences from `before` marked."""
    kinds, own = (*names.kinds, ANY), {key(each) for each in rules}

    def cell(group: str, kind: str) -> Cell:
        wanted = (group, kind, branch)
        rule = covering(rules, wanted)
        changed = before is not None and not says_the_same(rule, covering(before, wanted))
        stays = rule is None or rule.reading_room_only
        period, rest = rule_text.period(rule), tuple(rule_text.rest(rule))
        return Cell(wanted, names.combination(wanted), period, rest, wanted in own, stays, changed)

    lines = (
        MatrixRow(names.group(group), tuple(cell(group, kind) for kind in kinds)) for group in (*names.groups, ANY)
    )
    return Matrix(tuple(names.kind(kind) for kind in kinds), tuple(lines))


def branches(rules: Sequence[Rule], names: Names) -> list[tuple[str, str]]:
    """Return the branches that have rules of their own, by code and name."""
    found = {each.branch for each in rules}
    return [(code, name) for code, name in names.branches.items() if code in found]
