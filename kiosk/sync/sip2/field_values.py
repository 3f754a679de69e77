"""Parse single SIP2 field values: dates, counts, amounts, flags, entities. Bad input raises nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import IntEnum

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
STAMP = re.compile(r"(\d{8})(.{4})(\d{6})")
NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
END_OF_DAY = (23, 59, 59)


class Flag(IntEnum):
    """Positions in the 14 characters of the patron status; `Y` means what the name says."""

    CHARGE_DENIED = 0
    RENEWAL_DENIED = 1
    RECALL_DENIED = 2
    HOLD_DENIED = 3
    CARD_LOST = 4
    TOO_MANY_CHARGED = 5
    TOO_MANY_OVERDUE = 6
    TOO_MANY_RENEWALS = 7
    TOO_MANY_CLAIMS_OF_RETURN = 8
    TOO_MANY_LOST = 9
    EXCESSIVE_FINES = 10
    EXCESSIVE_FEES = 11
    RECALL_OVERDUE = 12
    TOO_MANY_BILLED = 13


NO_BAR_TO_LOANS = frozenset({Flag.RENEWAL_DENIED, Flag.RECALL_DENIED, Flag.HOLD_DENIED})


def flags(text: str) -> frozenset[Flag]:
    """Return the flags that are set: `Y`, and nothing else."""
    return frozenset(flag for flag in Flag if text[flag : flag + 1] == "Y")


def stamp(moment: datetime, zone: tzinfo) -> str:
    """Format 18 characters of local time, `YYYYMMDD    HHMMSS` (3M SIP2 2.00)."""
    return moment.astimezone(zone).strftime("%Y%m%d    %H%M%S")


def moment(text: str, zone: tzinfo, day_first: bool | None = None) -> datetime | None:
    """Parse a date as any ILS writes it. A day without a time means its end. None if it is ambiguous or unknown.

    Args:
        text: Value of the field.
        zone: The library's time zone.
        day_first: How the ILS writes 5/6/2026; None: such a date is ambiguous.
    """
    text = text.strip()
    if found := STAMP.fullmatch(text):
        at = _local_time(zone, found[1] + found[3])
        return at.replace(tzinfo=UTC) if at and found[2] == "   Z" else at
    if re.fullmatch(r"\d{8}", text):
        return _local_time(zone, text + "235959")
    try:
        at = datetime.fromisoformat(text)
        plain = len(text) <= len("YYYY-MM-DD")
        at = at.replace(hour=23, minute=59, second=59) if plain else at
        return at if at.tzinfo else at.replace(tzinfo=zone)
    except ValueError:
        pass
    found = NUMBERS.fullmatch(text)
    if found is None:
        return None
    days = set(_days(found[1], found[2], found[3], day_first))
    if len(days) != 1:
        return None
    year, month, day = days.pop()
    hour, minute, second = (int(each or 0) for each in found.groups()[3:]) if found[4] else END_OF_DAY
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _days(one: str, two: str, three: str, day_first: bool | None) -> Iterator[tuple[int, int, int]]:
    """Yield every date that it may mean, as year, month, day."""
    if len(one) == 4:
        yield int(one), int(two), int(three)
        return
    year = int(three) + (2000 if len(three) <= 2 else 0)
    if day_first is not False and int(two) <= 12:
        yield year, int(two), int(one)
    if day_first is not True and int(one) <= 12:
        yield year, int(one), int(two)


def _local_time(zone: tzinfo, digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None


def count(text: str | None) -> int | None:
    """Parse `0005`, `  10`; None for blanks and for anything but a number: unknown is not zero."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def amount(text: str | None) -> Decimal | None:
    """Parse `5.00`, `2.5`, `1,50`, `1.234,56`, with or without a currency before or after; None if there is none.

    The last point or comma with one or two digits behind it separates the cents.
    """
    found = re.search(r"-?\d[\d.,' ]*", text or "")
    if found is None:
        return None
    whole, mark, cents = re.fullmatch(r"(-?[\d.,' ]*?)(?:([.,])(\d{1,2}))?", found[0].strip(" .,'")).groups()  # type: ignore[union-attr]
    try:
        return Decimal(re.sub(r"[^\d-]", "", whole) + (f".{cents}" if mark else ""))
    except InvalidOperation:
        return None


def currency(text: str | None) -> str:
    """Return the ISO 4217 code; empty if the text is none."""
    code = (text or "").strip().upper()
    return code if re.fullmatch(r"[A-Z]{3}", code) else ""


def words(text: str | None) -> str:
    """Clean a text for display: decode entities, collapse blanks, remove control characters."""
    plain = ENTITY.sub(lambda found: html.unescape(found[0]), text or "")
    return " ".join("".join(" " if sign < " " or "\x7f" <= sign <= "\x9f" else sign for sign in plain).split())


def yes(text: str | None) -> bool | None:
    """Parse a flag; None if unclear. Some servers send 1 and 0 where others send Y and N."""
    return {"Y": True, "1": True, "N": False, "0": False}.get((text or "").strip().upper())
