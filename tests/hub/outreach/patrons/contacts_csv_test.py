"""Test the import of contacts: dry run first, all errors of a row, no newer address overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import BadSheet
from hub.outreach.patrons import records
from hub.outreach.patrons.contacts_csv import ContactSheet
from hub.outreach.patrons.models import Change, Contact, Person, Source
from hub.outreach.patrons.records import RecordSource, usable_addresses
from tests.hub.support.world import World

ADA, LIN = "20000000000012", "20000000000020"


def sheet(
    folder: Path, *rows: str, heading: str = "identifier,mail,sms,language,verified", encoding: str = "utf-8"
) -> Path:
    path = folder / "contacts.csv"
    path.write_text("\n".join((heading, *rows)) + "\n", encoding=encoding)
    return path


def test_valid_rows_are_imported_with_source_and_date(world: World, tmp_path: Path) -> None:
    path = sheet(tmp_path, f"{ADA},ada@example.org,13800000000,en,2026-09-01", f"{LIN},,13800000001,,")
    assert ContactSheet().run(path, really=False).added == 2
    assert not Contact.objects.exists()
    plan = ContactSheet().run(path, really=True)
    assert (plan.added, plan.bad) == (2, [])
    ada = Person.objects.get(ref=world.ada.ref)
    assert {each.address for each in usable_addresses(ada) if each.address} == {"ada@example.org", "+8613800000000"}
    mail = ada.contacts.get(channel="mail")
    assert (mail.source, mail.verified_at) == ("import", datetime(2026, 9, 1, 4, tzinfo=UTC))
    assert (ada.language, ada.changes.first().by) == ("en", "contacts.csv")
    again = ContactSheet().run(path, really=True)
    assert (again.same, again.added, again.updated, Change.objects.count()) == (2, 0, 0, 3), "idempotent"


def test_every_fault_of_a_row_is_reported(world: World, tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "999999,ada@example.org,,,",
        f"{ADA},ada,12,de,tomorrow",
        f"{LIN},,,,",
        f"{LIN},lin@example.org,,,2027-01-01",
    )
    plan = ContactSheet().run(path, really=True)
    assert dict(plan.bad) == {
        2: "no patron has this identifier: import the patrons first",
        3: "verified (…ow) is not a date; use the form 2027-12-31 | mail: Not a valid email address. Enter one like "
        "name@example.org. | sms: Not a valid mobile number. Enter it as dialled here, or start with + and the "
        "country code. | language must be zh, en or empty",
        4: "no address: fill at least one of mail, sms, wechat, wecom, apprise",
        5: "identifier is already in line 4: merge the two rows | "
        "verified (…01) is in the future; it must be in the past",
    }
    assert not Contact.objects.exists()


def test_older_sheet_does_not_replace_newer_address(world: World, tmp_path: Path) -> None:
    ada = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    records.store_contact(
        ada, "mail", "ada@example.net", RecordSource(Source.STAFF, "grace"), verified_at=hub_clock().now()
    )
    plan = ContactSheet().run(sheet(tmp_path, f"{ADA},ada@example.org,,,2026-09-01"), really=True)
    assert plan.bad == [(2, "mail: the patron has an address that was verified later")]
    assert [each.address for each in usable_addresses(ada)] == ["ada@example.net", ""]


def test_gb18030_sheet_is_read_and_unknown_column_rejected(world: World, tmp_path: Path) -> None:
    path = sheet(tmp_path, f"{ADA},ada@example.org", heading="identifier,mail", encoding="gb18030")
    assert ContactSheet().run(path, really=False).added == 1
    with pytest.raises(BadSheet, match="unknown column 电话; known columns are identifier, mail"):
        ContactSheet().run(sheet(tmp_path, "x", heading="identifier,电话", encoding="gb18030"), really=False)


def test_command_imports_nothing_without_yes(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sheet(tmp_path, f"{ADA},ada@example.org,,,", "x,,,,")
    assert main(["import-contacts", str(path)]) == 1
    output = capsys.readouterr()
    assert "1 contact would be added" in output.out and "add --yes to write" in output.out
    assert "contacts.csv, line 3: " in output.err
    assert not Contact.objects.exists()
