"""Lay out counts as inline SVG charts."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.outreach.reminders.calibration import Calibration
from hub.outreach.reminders.upcoming_reminders import Day
from hub.staff import formatting

WIDTH, HEIGHT, TOP = 554, 180, 22
TENTH, GAP = 50, 6


@dataclass(frozen=True, slots=True)
class Column:
    x: int
    y: int
    width: int
    height: int
    words: str
    figure: str
    figure_y: int
    label: str
    last: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of a chart; `mark` is the expected height of each."""

    columns: tuple[Column, ...]
    words: str
    mark: int = 0
    width: int = WIDTH
    height: int = HEIGHT


def tenths(found: Calibration) -> Chart:
    """Chart eight tenths, and the last two together as one column of twice the width."""
    shares = [*found.tenths[:-1], found.tenths[-1] / 2]
    scale = (HEIGHT - TOP) / max(0.14, *shares)
    mark = HEIGHT - round(0.1 * scale)
    columns = []
    for number, share in enumerate(shares):
        last = number == len(shares) - 1
        percent = round(100 * found.tenths[number])
        words = (
            _("{percent} of 100 came later still, or are out yet; 20 should")
            if last
            else _("{percent} of 100 came in tenth {tenth} of their forecast; 10 should")
        )
        height = round(share * scale)
        columns.append(
            Column(
                x=number * (TENTH + GAP),
                y=HEIGHT - height,
                width=2 * TENTH + GAP if last else TENTH,
                height=height,
                words=words.format(percent=percent, tenth=number + 1),
                figure=f"{percent}",
                figure_y=min(HEIGHT - height, mark) - 6,
                label=_("later") if last else f"{10 * number + 10} %",
                last=last,
            )
        )
    return Chart(tuple(columns), _("When loans came back, in tenths of their forecast"), mark)


def planned(days: list[Day]) -> Chart:
    """Chart a column for each day."""
    most = max((each.total for each in days), default=0) or 1
    width, gap = 66, 16
    columns = []
    for number, each in enumerate(days):
        height = round((HEIGHT - TOP) * each.total / most)
        words = _("{day}: {habit} at her usual day, {hers} at a day she chose, {due} by the due date, {early} early")
        columns.append(
            Column(
                x=number * (width + gap),
                y=HEIGHT - height,
                width=width,
                height=height,
                words=words.format(
                    day=formatting.day(each.day), habit=each.habit, hers=each.hers, due=each.due, early=each.early
                ),
                figure=str(each.total),
                figure_y=HEIGHT - height - 6,
                label=_("today") if number == 0 else formatting.short(each.day),
            )
        )
    return Chart(tuple(columns), _("Reminders planned for the next seven days"))
