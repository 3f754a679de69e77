"""Imports contacts from a CSV sheet, each with its source and when it was last right; keeps of them what is sealed."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import translation

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.asking import the_central
from kiosk.hub.outreach.people import telling
from kiosk.hub.outreach.people.channels import IN_HOUSE, BadAddress, Channel, tidied
from kiosk.hub.outreach.people.known import person_of
from kiosk.hub.outreach.people.models import Person, Source
from kiosk.hub.outreach.people.sealed import keyed
from kiosk.hub.outreach.people.telling import By
from kiosk.hub.sheets import Plan, Row, imported

ADDRESSES = tuple(str(each) for each in Channel if each not in IN_HOUSE)
NEEDED = ("identifier",)
KNOWN = (*NEEDED, *ADDRESSES, "language", "verified")


def import_contacts(path: Path, really: bool) -> Plan:
    """Judges every row; writes the good ones when `really`. Raises BadSheet.

    `identifier` is the patron's number or a card's; `verified` is the day on which the row was last right.
    """
    seen: dict[str, int] = {}
    zone = ZoneInfo(the_central().time_zone())
    by = By(Source.IMPORT, path.name[:150])
    with translation.override("en"):
        return imported(path, NEEDED, KNOWN, really, lambda row: _import(row, by, seen, zone))


def _import(row: Row, by: By, seen: dict[str, int], zone: ZoneInfo) -> bool:
    person, verified = _person(row, seen), _day(row, zone)
    told = {each: row[each] for each in ADDRESSES if row[each]}
    if not told:
        row.wrong(f"none of {', '.join(ADDRESSES)} is filled")
    for channel, text in told.items():
        try:
            address = tidied(channel, text)
        except BadAddress as bad:
            row.wrong(f"{channel}: {bad}")
        else:
            if person is not None and _newer(person, channel, address, verified):
                row.wrong(f"{channel}: another one of hers was right after that day")
    if row["language"] not in ("", "zh", "en"):
        row.wrong("language is zh, en or empty")
    row.judged()
    assert person is not None
    fresh = [_is_new(person, channel, text) for channel, text in told.items()]
    for channel, text in told.items():
        telling.tell(person, channel, text, by, verified_at=verified)
    if row["language"]:
        Person.objects.filter(pk=person.pk).update(language=row["language"])
    return any(fresh)


def _newer(person: Person, channel: str, address: str, verified: datetime | None) -> bool:
    """Whether an address of hers was told later than the row was right: an old sheet takes no new one's place."""
    others = person.contacts.filter(channel=channel, replaced_at=None, bounced_at=None)
    others = others.exclude(hash=keyed(channel, address)).exclude(verified_at=None)
    return others.exists() if verified is None else others.filter(verified_at__gt=verified).exists()


def _is_new(person: Person, channel: str, text: str) -> bool:
    """Whether nobody has told this address of hers before."""
    address = tidied(channel, text)
    return not person.contacts.filter(channel=channel, hash=keyed(channel, address)).exists()


def _person(row: Row, seen: dict[str, int]) -> Person | None:
    identifier = row.filled("identifier", 32)
    ref = the_central().by_card(identifier) if identifier else None
    found = person_of(ref) if ref else None
    if identifier and found is None:
        row.wrong("nobody has this identifier: import the patrons first")
    if found is not None and found.ref in seen:
        row.wrong(f"the same patron stands in row {seen[found.ref]} already")
    elif found is not None:
        seen[found.ref] = row.number
    return found


def _day(row: Row, zone: ZoneInfo) -> datetime | None:
    if not row["verified"]:
        return None
    try:
        day = date.fromisoformat(row["verified"])
    except ValueError:
        row.wrong(f"verified {row['verified']!r} is no day: write 2026-09-01")
        return None
    moment = datetime.combine(day, time(12), zone).astimezone(UTC)
    if moment > hub_clock().now():
        row.wrong(f"verified {row['verified']} is still to come")
    return moment
