"""List the classes of all kinds of CSV sheets, for the commands, the scheduled imports and the rehearsal."""

from __future__ import annotations

from collections.abc import Mapping

from hub.catalogue.items_csv import ItemSheet
from hub.circulation.sheets.fees_csv import FeeSheet
from hub.circulation.sheets.holds_csv import HoldSheet
from hub.circulation.sheets.loans_csv import LoanSheet
from hub.circulation.sheets.patrons_csv import PatronSheet
from hub.csv_sheets.sheet_import import CsvSheet
from hub.outreach.patrons.contacts_csv import ContactSheet

SHEETS: Mapping[str, type[CsvSheet]] = {
    "patrons": PatronSheet,
    "items": ItemSheet,
    "loans": LoanSheet,
    "holds": HoldSheet,
    "fees": FeeSheet,
    "contacts": ContactSheet,
}
