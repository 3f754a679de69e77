"""Decides what may be told of few patrons, for every page, sheet and printed table; counts nobody itself.

A count of patrons is told as the five at or below it, one to four as "under 5"; a share only of fifteen or more,
reckoned from nothing but the fives that both sides are told as, and as a bound where fewer than five are on one side.
None are fewer than five too: that it was all of a group, or nobody, would tell of each of them. So a share tells no
more than counts do, and neither a sum nor another branch or group beside it gives away what is not told.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

NOT_TOLD = "–"
FEWEST = 5
"""Where fewer patrons are behind a figure it is not told: they could be known by it."""
SOME, MANY = 15, 120
"""From so many on a share is told in steps of ten percent, and in whole percent: finer ones would feign it."""


def told(count: int) -> int | None:
    """So many patrons at least, in fives; None for one to four. In fives, no two figures give a third by a sum."""
    return None if 0 < count < FEWEST else FEWEST * (count // FEWEST)


def plain(count: int) -> int | None:
    """So many of what is no patron: messages, searches; None for one to four, and not rounded."""
    return None if 0 < count < FEWEST else count


def words(count: int | None) -> str:
    """A count of patrons in words; None is one that was not told."""
    return unrounded(None if count is None else told(count))


def unrounded(count: int | None) -> str:
    """What `told` or `plain` has given, in words."""
    return _("under {fewest}").format(fewest=FEWEST) if count is None else f"{count:,}"


def percent(part: int, whole: int) -> int | None:
    """Which share of the patrons it was, in percent: a bound where fewer than five were, or were not."""
    about = told(whole)
    if about is None or about < SOME:
        return None
    bound = -(-100 * FEWEST // about)
    if part < FEWEST:
        return bound
    if whole - part < FEWEST:
        return 100 - bound
    step = 1 if about >= MANY else 10
    mine, others = middle(part), middle(whole - part)
    return step * round(100 * mine / (mine + others) / step)


def middle(count: int) -> int:
    """Of the five counts that are told as the same."""
    return FEWEST * (count // FEWEST) + FEWEST // 2


def bounded(part: int, whole: int) -> bool:
    """Whether the share can be told as a bound only: above or below so many percent."""
    return part < FEWEST or whole - part < FEWEST


def share(part: int, whole: int) -> str:
    """The same in words."""
    found = percent(part, whole)
    if found is None:
        return NOT_TOLD
    if part < FEWEST:
        return _("under {share}").format(share=f"{found} %")
    if whole - part < FEWEST:
        return _("over {share}").format(share=f"{found} %")
    return f"{found} %"


def hidden(counts: Sequence[int]) -> list[int | None]:
    """The cells of a list whose sum is known, unrounded: each of one to four is hidden, and the next smallest with it.

    The hidden ones are two and five at least, else what is hidden could be told from the sum of all.
    """
    shown = [plain(count) for count in counts]
    while None in shown and (shown.count(None) == 1 or _sum(counts, shown) < FEWEST):
        rest = [number for number, count in enumerate(shown) if count]
        if not rest:
            break
        shown[min(rest, key=lambda number: counts[number])] = None
    return shown


def _sum(counts: Sequence[int], shown: Sequence[int | None]) -> int:
    return sum(count for count, kept in zip(counts, shown, strict=True) if kept is None)


def covered(groups: Mapping[str, Mapping[str, int]]) -> set[str]:
    """The groups of which nothing is told, from the patrons of each group at each branch.

    A group with one to four patrons at any branch is covered at all of them, else the branches tell of each other; and
    so many others with it that wherever covered groups have patrons they have five together, else the sum tells.
    """
    found = {name for name, places in groups.items() if any(0 < count < FEWEST for count in places.values())}
    rest = sorted(groups.keys() - found, key=lambda name: (sum(groups[name].values()), name))
    while rest and _seen_through(groups[name] for name in found):
        found.add(rest.pop(0))
    return found


def _seen_through(groups: Iterable[Mapping[str, int]]) -> bool:
    sums: dict[str, int] = {}
    for places in groups:
        for place, count in places.items():
            sums[place] = sums.get(place, 0) + count
    return any(0 < count < FEWEST for count in sums.values())
