"""Describe faults, fields and next actions of conflicting rows in the language of the page."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.csv_sheets.csv_errors import Wrong
from hub.ils_import.models import Conflict, ImportRun
from hub.ils_import.sources import Source


def in_words(wrong: str) -> str:
    """Return the description of a fault."""
    return {
        Wrong.EMPTY: _("The field is empty"),
        Wrong.UNKNOWN: _("No such value is known here"),
        Wrong.NO_DATE: _("It is no day or moment"),
        Wrong.TO_COME: _("It is still to come, and must have happened"),
        Wrong.NO_NUMBER: _("It is no such number"),
        Wrong.TWICE: _("It stands in a line above already"),
        Wrong.REPEATED: _("It repeats the patron's number, which counts as a card already. Leave it empty."),
        Wrong.NOBODYS: _("It is not known here: it was not imported yet"),
        Wrong.NEWER: _("A kiosk has lent it to somebody else since the sheet was written"),
        Wrong.ANOTHERS: _("Here it is somebody else's"),
        Wrong.FORM: _("It is not written as it must be"),
    }[Wrong(wrong)]


def why_of(run: ImportRun) -> str:
    """Return why nothing was imported and what to do; the fault itself says where."""
    words = {
        ImportRun.Why.FILE: _("The file cannot be read. Does the library's system write it, and may the hub read it?"),
        ImportRun.Why.FORM: _("The file is not as it must be. Let the library's system write it anew."),
        ImportRun.Why.TOO_MUCH: _("It would end more than a fifth of what is here. Is the file cut off?"),
        ImportRun.Why.CATALOGUE: _("The catalogue did not answer as it must. The next run asks it again."),
        ImportRun.Why.LIBRARY: _("No library is set up here yet."),
        ImportRun.Why.HUB: _("The hub itself failed at it; its log says more. The next run tries again."),
    }
    return words[ImportRun.Why(run.why)] if run.why else ""


def action(conflict: Conflict) -> tuple[str, str]:
    """Return the next action: its name in the URL, and the label of its button."""
    if conflict.row and conflict.wrong == Wrong.NEWER:
        return "believe", _("Take the sheet's word")
    if conflict.row and conflict.wrong in (Wrong.NOBODYS, Wrong.UNKNOWN):
        return "again", _("Read it again")
    return "mended", _("It is mended there")


def field_of(column: str) -> str:
    """Return the label of a column, or the column's own name if it has none."""
    names = {
        "identifier": _("Patron's number"),
        "patron_identifier": _("Patron's number"),
        "name": _("Name"),
        "category": _("Patron group"),
        "status": _("Standing"),
        "expires": _("Valid until"),
        "card": pgettext("field", "Card"),
        "pin": _("PIN"),
        "barcode": _("Barcode"),
        "item_barcode": _("Barcode"),
        "type": _("Item type"),
        "branch": _("Branch"),
        "pickup": _("Pick-up branch"),
        "control_number": _("Control number"),
        "isbn": _("ISBN"),
        "title": _("Title"),
        "checked_out_at": _("Lent"),
        "due": _("Due"),
        "renewals": _("Renewals"),
        "placed_at": _("Placed"),
        "until": _("Kept until"),
        "state": _("State"),
        "condition": _("Condition"),
    }
    return names.get(column, column)


def kinds() -> dict[str, str]:
    """Return the labels of what sources contain."""
    return {
        "titles": _("Titles"),
        "items": _("Copies"),
        "patrons": _("Patrons"),
        "holds": _("Holds"),
        "loans": _("Loans"),
    }


def what_of(source: Source) -> str:
    """Return what a source contains, and whether it is complete."""
    what = kinds()[source.reads]
    return _("{what}, all of them").format(what=what) if source.full else _("{what}, changes").format(what=what)
