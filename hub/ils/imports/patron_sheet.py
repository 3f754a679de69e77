"""Import patrons from a sheet that may name the guardian of each new child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hub.circulation import lookup
from hub.circulation.models import Patron
from hub.circulation.sheets.imports import PatronSheet
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn, Wrong
from hub.csv_sheets.sheet_import import Became
from hub.outreach.patrons.models import Person


class FamilySheet(PatronSheet):
    """Patrons with an optional `guardian`, a patron's or card's number, to whom a new child's messages go.

    The guardian of a known patron is changed in the patron's record, so that an import never redirects messages.
    """

    def _guardian(self, row: CsvRow, name: str) -> None:
        guardian = lookup.patron_by_number(row[name])
        if guardian is None or guardian.identifier == row["identifier"]:
            row.wrong("guardian is the number of no other patron; import the guardian first", Wrong.NOBODYS)
        elif Person.objects.filter(ref=guardian.ref, child=True).exists():
            row.wrong("guardian is a child; give the number of an adult", Wrong.FORM)

    columns: ClassVar[Sequence[SheetColumn]] = (
        *PatronSheet.columns,
        SheetColumn("guardian", private=True, read=_guardian, optional=True, chinese="监护人证号"),
    )

    def write(self, row: CsvRow, found: Patron | None, values: dict[str, Any]) -> tuple[Patron, Became]:
        patron, became = super().write(row, found, values)
        adult = lookup.patron_by_number(row["guardian"]) if found is None and row["guardian"] else None
        if adult is not None:
            now = hub_clock().now()
            guardian, _new = Person.objects.get_or_create(ref=adult.ref, defaults={"since": now})
            Person.objects.update_or_create(
                ref=patron.ref, defaults={"child": True, "guardian": guardian}, create_defaults={
                    "child": True, "guardian": guardian, "since": now,
                },
            )  # fmt: skip
        return patron, became
