"""Apply small-cell suppression to every published patron count and share.

Counts of patrons are rounded down to a multiple of five, and one to four are shown as "under 5". A share is
published only for fifteen patrons or more. It is calculated from the rounded counts of both sides alone, and is a
bound if fewer than five patrons are on one side. Zero counts as fewer than five there too: that all or none of a
group did something would say it of each member.

So a share discloses no more than counts do, and neither a sum nor a neighbouring branch or group discloses a
suppressed value.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

NOT_TOLD = "–"
FEWEST = 5
"""Smallest number of patrons behind a published figure; fewer could be identified."""
SOME, MANY = 15, 120
"""Patrons from which a share is published in steps of 10 %, and in steps of 1 %.

Finer steps would feign precision.
"""


def round_down(count: int) -> int | None:
    """Round a count of patrons down to a multiple of five; None for one to four.

    With rounding, no two published figures give a third one by subtraction.
    """
    return None if 0 < count < FEWEST else FEWEST * (count // FEWEST)


def suppress_small(count: int) -> int | None:
    """Return a count of things other than patrons (messages, searches) unrounded; None for one to four."""
    return None if 0 < count < FEWEST else count


def format_count(count: int | None) -> str:
    """Format a count of patrons; None is a suppressed count."""
    return format_figure(None if count is None else round_down(count))


def format_figure(count: int | None) -> str:
    """Format a value returned by `round_down` or `suppress_small`."""
    return _("under {fewest}").format(fewest=FEWEST) if count is None else f"{count:,}"


def percent(part: int, whole: int) -> int | None:
    """Return the share of patrons in percent: a bound if a side has fewer than five, None if suppressed."""
    about = round_down(whole)
    if about is None or about < SOME:
        return None
    bound = -(-100 * FEWEST // about)
    if part < FEWEST:
        return bound
    if whole - part < FEWEST:
        return 100 - bound
    step = 1 if about >= MANY else 10
    part_middle, rest_middle = middle(part), middle(whole - part)
    return step * round(100 * part_middle / (part_middle + rest_middle) / step)


def middle(count: int) -> int:
    """Return the middle of the five counts that are published as the same value."""
    return FEWEST * (count // FEWEST) + FEWEST // 2


def bounded(part: int, whole: int) -> bool:
    """Return whether the share can only be published as a bound, above or below a percentage."""
    return part < FEWEST or whole - part < FEWEST


def share(part: int, whole: int) -> str:
    """Format the share of patrons, or `NOT_TOLD` if it is suppressed."""
    found = percent(part, whole)
    if found is None:
        return NOT_TOLD
    if part < FEWEST:
        return _("under {share}").format(share=f"{found} %")
    if whole - part < FEWEST:
        return _("over {share}").format(share=f"{found} %")
    return f"{found} %"


def suppress_cells(counts: Sequence[int]) -> list[int | None]:
    """Suppress cells of a list whose sum is known: each of one to four, and the next smallest with it.

    At least two cells, with a sum of five or more, are suppressed; otherwise the total would disclose them.
    """
    shown = [suppress_small(count) for count in counts]
    while None in shown and (shown.count(None) == 1 or _sum(counts, shown) < FEWEST):
        rest = [number for number, count in enumerate(shown) if count]
        if not rest:
            break
        shown[min(rest, key=lambda number: counts[number])] = None
    return shown


def _sum(counts: Sequence[int], shown: Sequence[int | None]) -> int:
    return sum(count for count, kept in zip(counts, shown, strict=True) if kept is None)


def groups_to_suppress(groups: Mapping[str, Mapping[str, int]]) -> set[str]:
    """Return the groups to suppress entirely, from the patrons of each group at each branch.

    A group with one to four patrons at any branch is suppressed at all branches, because the branches would
    disclose each other. Further groups are suppressed until the suppressed groups together have no patrons or at
    least five at each branch, because the total would disclose them.
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
