"""Draw who gets a message and why the others do not, from published counts alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.core import small_cell_suppression
from hub.outreach.engagement.segments.audience import Audience


@dataclass(frozen=True, slots=True)
class ReachPart:
    """A part of the reach bar: its width is calculated from the published counts alone."""

    name: str
    count: str
    words: str
    width: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Counts of an audience after small-cell suppression, and the parts of its bar."""

    reached: str
    meant: str
    parts: tuple[ReachPart, ...]


def without_control_group(people: int, share: int) -> int:
    """Return the expected number of these people who get a message if each is left out by chance, `share` in 100."""
    return people - round(people * share / 100)


def reach_of(found: Audience | dict[str, int], control_share: int = 0) -> Reach:
    """Return the reach bar of an audience or of stored counts: who gets it, and why the others do not.

    `control_share` is the control group's share of those who can be reached, in per cent.
    """
    if isinstance(found, Audience):
        found = {name: getattr(found, name) for name in ("meant", "not_agreed", "stopped", "less", "no_way")} | {
            "reached": found.count
        }
    words = {
        "reached": _("would get it"),
        "held_out": _("in the control group"),
        "not_agreed": _("no consent to events and campaigns"),
        "stopped": _("unsubscribed"),
        "less": _("asked for fewer"),
        "no_way": _("no usable contact method"),
    }
    counts = {name: int(found.get(name, 0)) for name in ("meant", *words)}
    reachable, counts["reached"] = counts["reached"], without_control_group(counts["reached"], control_share)
    counts["held_out"] = reachable - counts["reached"]
    shown = {name: small_cell_suppression.round_down(counts[name]) for name in words}
    whole, told = sum(each or 0 for each in shown.values()) or 1, small_cell_suppression.format_count
    parts = tuple(
        ReachPart(name, told(counts[name]), text, round(1000 * (shown[name] or 0) / whole))
        for name, text in words.items()
        if counts[name] or name == "reached"
    )  # fmt: skip
    return Reach(told(counts["reached"]), told(counts["meant"]), parts)
