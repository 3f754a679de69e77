"""Test by exhaustive search that published figures disclose no small count, by sums or by shares."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from django.utils.translation import override

from hub.core import small_cell_suppression


def possible(others: list[int], total: int, figure: Callable[[int], int | None]) -> set[int]:
    """Return the values that the one suppressed count can have, given the others and the sum as published."""
    worlds = range(total + 6)
    readings = [[count for count in worlds if figure(count) == figure(each)] for each in others]
    totals = {count for count in worlds if figure(count) == figure(total)}
    return {
        all_ - sum(read)
        for read in product(*readings)
        for all_ in totals
        if 0 < all_ - sum(read) < small_cell_suppression.FEWEST
    }


def only_hidden(count: int) -> int | None:
    """Control: suppress counts from 1 to 4, but do not round."""
    return None if 0 < count < small_cell_suppression.FEWEST else count


@pytest.mark.parametrize("others", [[9], [5], [6, 7], [5, 5, 5], [12, 8]])
@pytest.mark.parametrize("small", [1, 2, 3, 4])
def test_rounded_total_does_not_disclose_small_count(others: list[int], small: int) -> None:
    total = sum(others) + small
    found = possible(others, total, small_cell_suppression.round_down)
    assert small in found and len(found) > 1
    assert possible(others, total, only_hidden) == {small}, "control: the count is disclosed"


def counts_behind(share: Callable[[int, int], str]) -> dict[tuple[int, str], list[set[int]]]:
    """Return by published pair (rounded count, share) the values of both sides and of their sum behind it."""
    found: dict[tuple[int, str], list[set[int]]] = {}
    for whole in range(small_cell_suppression.FEWEST, 303):
        for part in range(whole + 1):
            behind = found.setdefault(
                (small_cell_suppression.round_down(whole) or 0, share(part, whole)), [set(), set(), set()]
            )
            for each, count in zip(behind, (part, whole - part, whole), strict=True):
                each.add(count)
    return {figure: behind for figure, behind in found.items() if figure[0] < 300}


def known(part: set[int], rest: set[int], whole: set[int]) -> bool:
    """Return whether the total is disclosed, or a side below five."""
    return len(whole) < 2 or any(
        len(side) < 2 and 0 < min(side) < small_cell_suppression.FEWEST for side in (part, rest)
    )


def test_share_does_not_disclose_count() -> None:
    assert [figure for figure, behind in counts_behind(small_cell_suppression.share).items() if known(*behind)] == []
    exact = counts_behind(lambda part, whole: f"{round(100 * part / whole)} %")
    assert exact[10, "42 %"] == [{5}, {7}, {12}] and known(*exact[10, "42 %"]), (
        "control: exact percentages disclose the count"
    )


def discloses_each(part: set[int], rest: set[int]) -> bool:
    """Return whether it is disclosed that all or none did, which discloses it of each patron."""
    return {0} in (part, rest)


def test_share_does_not_disclose_behaviour_of_whole_group() -> None:
    assert [
        figure for figure, behind in counts_behind(small_cell_suppression.share).items() if discloses_each(*behind[:2])
    ] == []
    exact = counts_behind(lambda part, whole: f"{round(100 * part / whole)} %")
    assert discloses_each(*exact[5, "100 %"][:2]), "control: the count is disclosed"


Pair = tuple[int | None, str]


def published_pairs(first: int, last: int, share: Callable[[int, int], str]) -> dict[Pair, list[tuple[int, int]]]:
    """Return by published pair (count, share) each whole and part that can be behind it."""
    found: dict[Pair, list[tuple[int, int]]] = {}
    for whole in range(first, last):
        for part in range(whole + 1):
            found.setdefault((small_cell_suppression.round_down(whole), share(part, whole)), []).append((whole, part))
    return found


def disclosures(first: int, last: int, share: Callable[[int, int], str]) -> list[tuple[Pair, Pair, Pair]]:
    """Return each group, small group and union whose published figures disclose a part below five.

    The disclosed part is that of the small group.
    """
    small = published_pairs(1, 25, share)
    found = []
    for one, counts in published_pairs(first, last, share).items():
        for other, added in small.items():
            together: dict[Pair, set[int]] = {}
            for whole, part in counts:
                for other_whole, other_part in added:
                    sum_ = whole + other_whole
                    together.setdefault(
                        (small_cell_suppression.round_down(sum_), share(part + other_part, sum_)), set()
                    ).add(other_part)
            found += [(one, other, all_) for all_, parts in together.items() if len(parts) == 1 and 0 < min(parts) < 5]
    return found


@pytest.mark.parametrize(("first", "last"), [(5, 40), (115, 125), (300, 305), (500, 505)])
def test_shares_of_group_and_union_do_not_disclose_small_difference(first: int, last: int) -> None:
    """Group sizes are published in steps of five, so each range covers whole steps."""
    assert disclosures(first, last, small_cell_suppression.share) == []


def test_exact_percentages_disclose_small_difference() -> None:
    """Control: the former rule, for groups of 120 and more."""

    def exact(part: int, whole: int) -> str:
        return (
            small_cell_suppression.share(part, whole)
            if small_cell_suppression.bounded(part, whole)
            else f"{round(100 * part / whole)} %"
        )

    assert disclosures(120, 125, exact) != []


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 4, "–"),
        (7, 12, "–"),
        (0, 7, "–"),
        (7, 7, "–"),
        (0, 20, "under 25 %"),
        (20, 20, "over 75 %"),
        (4, 20, "under 25 %"),
        (57, 60, "over 91 %"),
        (7, 15, "50 %"),
        (13, 60, "20 %"),
        (50, 200, "25 %"),
        (0, 0, "–"),
    ],
)
def test_share_is_bound_when_fewer_than_five_on_one_side(part: int, whole: int, expected: str) -> None:
    with override("en"):
        assert small_cell_suppression.share(part, whole) == expected


def test_counts_are_formatted_as_bands_in_both_languages() -> None:
    with override("en"):
        assert [small_cell_suppression.format_count(count) for count in (0, 3, 5, 12, 1033, None)] == [
            "0",
            "under 5",
            "5",
            "10",
            "1,030",
            "under 5",
        ]
        assert (small_cell_suppression.share(3, 12), small_cell_suppression.share(412, 1033)) == ("–", "40 %")
    with override("zh-hans"):
        assert small_cell_suppression.format_count(3) == "不足 5"


def test_second_cell_is_hidden_when_total_is_known() -> None:
    assert small_cell_suppression.suppress_cells([3, 9, 20]) == [None, None, 20]
    assert small_cell_suppression.suppress_cells([1, 2, 9, 20]) == [None, None, None, 20]
    assert small_cell_suppression.suppress_cells([0, 9, 20]) == [0, 9, 20]


def test_group_small_at_any_branch_is_covered_with_another_group() -> None:
    adult, child = {"main": 40, "east": 30}, {"main": 9, "east": 12}
    assert small_cell_suppression.groups_to_suppress({"adult": adult, "child": child}) == set()
    assert small_cell_suppression.groups_to_suppress(
        {"adult": adult, "child": child, "guest": {"main": 3, "east": 8}}
    ) == {
        "guest",
        "child",
    }
    assert small_cell_suppression.groups_to_suppress({"adult": adult, "guest": {"main": 3}}) == {"guest", "adult"}
    assert small_cell_suppression.groups_to_suppress({"guest": {"main": 2}, "other": {"main": 3}, "adult": adult}) == {
        "guest",
        "other",
    }
