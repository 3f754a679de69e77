"""Format values for staff pages: dates, amounts, masked numbers, covers, state marks and QR codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zlib import crc32
from zoneinfo import ZoneInfo

import segno
from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from hub.core.clock import hub_clock
from hub.core.pages.frame import StaffLibrary
from lending.cover_design import class_index
from lending.money import format_amount
from lending.name_masking import mask_name as mask_name

LIGHT = frozenset({3, 4, 5, 7, 8})
"""Rows with a light colour, which need a darker figure."""


def _library_variable() -> ContextVar[StaffLibrary]:
    """Return the context variable of the request's library, which the core app configuration holds."""
    return apps.get_app_config("core").library


def library() -> StaffLibrary:
    """Return the library for whose staff the page is rendered."""
    return _library_variable().get()


@contextmanager
def for_staff_of(found: StaffLibrary) -> Iterator[None]:
    """Use the library's time zone for dates and its currency for amounts within the context."""
    before = _library_variable().set(found)
    try:
        with timezone.override(ZoneInfo(found.timezone)):
            yield
    finally:
        _library_variable().reset(before)


def today() -> date:
    """Return today's date in the library's time zone."""
    return timezone.localtime(hub_clock().now()).date()


WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)
MONTHS = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)


def weekday(day: date) -> str:
    """Return the short name of the day's weekday."""
    return str(WEEKDAYS[day.weekday()])


def month(day: date) -> str:
    """Return the short name of the day's month."""
    return str(MONTHS[day.month - 1])


def day(moment: date | datetime | None) -> str:
    """Format a date as Sun 20 Dec or 12月20日 周日; with the year if it is not the current one."""
    if moment is None:
        return ""
    found = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    form = _("{weekday} {day} {month}") if found.year == today().year else _("{day} {month} {year}")
    return form.format(weekday=weekday(found), day=found.day, month=month(found), number=found.month, year=found.year)


def short(found: date) -> str:
    """Format a date of this year without its weekday."""
    return _("{day} {month}").format(day=found.day, month=month(found), number=found.month)


def date_and_time(moment: datetime | None) -> str:
    """Format a date and time; today and yesterday by name."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    names = {today(): _("today"), today() - timedelta(days=1): _("yesterday")}
    return f"{names.get(local.date()) or day(local)} {local:%H:%M}"


def time_on_paper(moment: datetime) -> str:
    """Format a date and time for paper, which is read on another day and in another year."""
    local = timezone.localtime(moment)
    form = _("{day} {month} {year}")
    return f"{form.format(day=local.day, month=month(local), number=local.month, year=local.year)} {local:%H:%M}"


def hours(begin: datetime, end: datetime) -> str:
    """Format a period within a day, such as Sat 5 Dec, 14:00 to 16:00."""
    first, last = timezone.localtime(begin), timezone.localtime(end)
    return _("{day}, {begin} to {end}").format(day=day(first), begin=f"{first:%H:%M}", end=f"{last:%H:%M}")


def due(moment: datetime) -> str:
    """Format a due date; with its time only if the loan ends during opening hours."""
    local = timezone.localtime(moment)
    return day(local) if (local.hour, local.minute) == (23, 59) else f"{day(local)} {local:%H:%M}"


def money(amount: Decimal, currency: str = "") -> str:
    """Format an amount in this currency, by default that of the library for whose staff the page is rendered."""
    currency = currency or library().currency
    unit = pgettext("currency", "CNY") if currency == "CNY" else currency
    return _("{amount} {currency}").format(amount=format_amount(amount, currency), currency=unit)


def last4(number: str) -> str:
    """Return the last four digits of a patron or card number."""
    return f"···{number[-4:]}" if number else ""


@dataclass(frozen=True, slots=True)
class Cover:
    """A cover: class row, CSS classes for colours and layout, the spine's size in pixels, and the picture."""

    row: int
    style: str
    slip: bool
    width: int
    height: int
    picture: str
    """Name of the stored picture (`lending.cover_store`); empty for a drawn cover."""


def cover(subject: str, title: str, picture: str = "") -> Cover:
    """Return the cover of a title; the same title gets the same cover and spine here and at the kiosk."""
    row, n = class_index(subject), crc32(title.encode())
    light = " light" if row in LIGHT else ""
    return Cover(
        row=row,
        style=f"c{row} t{n % 3} b{n // 810 % 3} v{n // 2430 % 4} o{(row + 1 + n // 9720 % 9) % 10}{light}",
        slip="\u4e00" <= title[:1] <= "\u9fff",
        width=(22, 26, 30)[n // 54 % 3],
        height=(56, 60, 64, 68, 71)[n // 162 % 5],
        picture=picture,
    )


def period(days: int | None, hours: int | None) -> str:
    """Format a loan period; whole weeks as weeks."""
    if hours is not None:
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if days and days % 7 == 0:
        return ngettext("{count} week", "{count} weeks", days // 7).format(count=days // 7)
    return ngettext("{count} day", "{count} days", days or 0).format(count=days or 0)


def by_rule(days: int | None, hours: int | None, group: str, kind: str) -> str:
    """Format a loan period with its patron category and item type; an empty name stands for all of them."""
    words = _("{period}: {group} × {kind}")
    return words.format(period=period(days, hours), group=group or _("all patrons"), kind=kind or _("all items"))


class Tone(StrEnum):
    """Shape and colour of a state mark."""

    DONE = "done"
    STOP = "stop"
    WAITS = "waits"
    CLOCK = "clock"
    LOOK = "look"
    RING = "ring"


def qr(text: str) -> str:
    """Return the text as a QR code: a scalable SVG, black on white in every colour scheme of the page."""
    return segno.make(text, error="m", micro=False).svg_inline(
        scale=6, border=4, dark="#000000", light="#ffffff", omitsize=True
    )
