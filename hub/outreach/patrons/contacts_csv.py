"""Import contacts from a CSV file with their source and the day they were last verified; encrypt them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils import translation

from hub.core.encrypted_fields import keyed_hash
from hub.core.language import text_languages
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn
from hub.csv_sheets.sheet_import import Became, CsvSheet, ImportPlan, RowResult, ignore
from hub.outreach.library_system.central import the_central, zone
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import ADDRESSED, BadAddress, normalise_address
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.patrons.records import RecordSource, person_of

ADDRESSES = tuple(str(each) for each in ADDRESSED)


class ContactSheet(CsvSheet):
    """Contacts by `identifier`, the patron's or a card's number. `verified` is the day when a row was last verified."""

    columns = (
        SheetColumn("identifier", needed=True, private=True),
        *(SheetColumn(each, private=True) for each in (*ADDRESSES, "language", "verified")),
    )

    def run(
        self,
        path: Path,
        really: bool,
        read_rows: Iterable[CsvRow] | None = None,
        report: Callable[[RowResult], object] = ignore,
    ) -> ImportPlan:
        self._lines = dict[str, int]()
        self._languages = text_languages()
        self._zone, self._by = zone(), RecordSource(Source.IMPORT, path.name[:150])
        with translation.override("en"):
            return super().run(path, really, read_rows, report)

    def totals(self) -> list[str]:
        rows = Contact.objects.filter(replaced_at=None).order_by().values_list("channel").annotate(count=Count("pk"))
        return [f"contacts by {channel}: {count}" for channel, count in sorted(rows)] or ["contacts: 0"]

    def take(self, row: CsvRow) -> Became:
        person, verified = _person(row, self._lines), _day(row, self._zone)
        addresses = {each: row[each] for each in ADDRESSES if row[each]}
        if not addresses:
            row.wrong(f"no address: fill at least one of {', '.join(ADDRESSES)}")
        for channel, text in addresses.items():
            try:
                address = normalise_address(channel, text)
            except BadAddress as bad:
                row.wrong(f"{channel}: {bad}")
            else:
                if person is not None and _newer(person, channel, address, verified):
                    row.wrong(f"{channel}: the patron has an address that was verified later")
        if row["language"] and row["language"] not in self._languages:
            row.wrong(f"language must be {', '.join(self._languages)} or empty")
        row.raise_faults()
        assert person is not None
        before = [_known_contact(person, channel, text) for channel, text in addresses.items()]
        news = [each for each, known in zip(addresses, before, strict=True) if not _stands(known, verified)]
        for channel in news:
            records.store_contact(person, channel, addresses[channel], self._by, verified_at=verified)
        language = bool(row["language"]) and person.language != row["language"]
        if language:
            Person.objects.filter(pk=person.pk).update(language=row["language"])
        return "added" if None in before else "updated" if news or language else "same"


def _newer(person: Person, channel: str, address: str, verified: datetime | None) -> bool:
    """Return whether another address was verified later: an old file must not replace a newer address."""
    others = person.contacts.filter(channel=channel, replaced_at=None, bounced_at=None)
    others = others.exclude(hash=keyed_hash(channel, address)).exclude(verified_at=None)
    return others.exists() if verified is None else others.filter(verified_at__gt=verified).exists()


def _known_contact(person: Person, channel: str, text: str) -> Contact | None:
    """Return the patron's contact with this address, or None if it is new."""
    return person.contacts.filter(channel=channel, hash=keyed_hash(channel, normalise_address(channel, text))).first()


def _stands(known: Contact | None, verified: datetime | None) -> bool:
    """Return whether the row adds nothing to the contact."""
    if known is None or known.replaced_at or known.bounced_at:
        return False
    return verified is None or (known.verified_at is not None and known.verified_at >= verified)


def _person(row: CsvRow, seen: dict[str, int]) -> Person | None:
    identifier = row.required_text("identifier", 32)
    ref = the_central().by_card(identifier) if identifier else None
    found = person_of(ref) if ref else None
    if identifier and found is None:
        row.wrong("no patron has this identifier: import the patrons first")
    if found is not None and found.ref in seen:
        row.wrong(f"identifier is already in line {seen[found.ref]}: merge the two rows")
    elif found is not None:
        seen[found.ref] = row.number
    return found


def _day(row: CsvRow, zone: ZoneInfo) -> datetime | None:
    """Return noon of the day on which the row was last verified."""
    before, day = len(row.faults), row.day("verified")
    return row.moment("verified", zone) if day and len(row.faults) == before else None
