"""Describe faults, fields and next actions of conflicting rows in the language of the page."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.csv_sheets.csv_errors import Wrong
from hub.ils.imports.sources import Source
from hub.ils.models import Conflict, ImportRun


def in_words(wrong: str) -> str:
    """Return the description of a fault."""
    return {
        Wrong.EMPTY: _("The field is empty"),
        Wrong.UNKNOWN: _("Value not in the hub"),
        Wrong.NO_DATE: _("Not a valid date or time"),
        Wrong.TO_COME: _("The time is in the future, but must be past"),
        Wrong.NO_NUMBER: _("Not a valid number"),
        Wrong.TWICE: _("Repeats a line above"),
        Wrong.REPEATED: _("It repeats the patron number, which already counts as a card. Leave it empty."),
        Wrong.NOBODYS: _("Not in the hub: not imported yet"),
        Wrong.NEWER: _("A kiosk has checked it out to another patron since the file was written"),
        Wrong.ANOTHERS: _("In the hub it belongs to another patron"),
        Wrong.FORM: _("Not in the required format"),
    }[Wrong(wrong)]


def why_of(run: ImportRun) -> str:
    """Return why nothing was imported and what to do; the fault itself says where."""
    words = {
        ImportRun.Why.FILE: _("Cannot read the file. Check that the ILS writes it and that the hub may read it."),
        ImportRun.Why.FORM: _("The file format is not valid. Export it again from the ILS."),
        ImportRun.Why.TOO_MUCH: _(
            "It would end more than a fifth of the hub's records. Check whether the file is truncated."
        ),
        ImportRun.Why.CATALOGUE: _("The catalogue source did not respond correctly. The next run tries again."),
        ImportRun.Why.LIBRARY: _("No library is set up yet."),
        ImportRun.Why.HUB: _("The hub failed; see its log. The next run tries again."),
    }
    return words[ImportRun.Why(run.why)] if run.why else ""


def action(conflict: Conflict) -> tuple[str, str]:
    """Return the next action: its name in the URL, and the label of its button."""
    if conflict.row and conflict.wrong == Wrong.NEWER:
        return "believe", _("Use the imported value")
    if conflict.row and conflict.wrong in (Wrong.NOBODYS, Wrong.UNKNOWN):
        return "again", _("Read again")
    return "mended", _("Corrected in the ILS")


def field_of(column: str) -> str:
    """Return the label of a column, or the column's own name if it has none."""
    names = {
        "identifier": _("Patron number"),
        "patron_identifier": _("Patron number"),
        "name": _("Name"),
        "category": _("Patron category"),
        "status": _("Status"),
        "expires": _("Valid until"),
        "card": pgettext("field", "Card"),
        "pin": _("PIN"),
        "barcode": _("Barcode"),
        "item_barcode": _("Barcode"),
        "type": _("Item type"),
        "branch": _("Branch"),
        "pickup": _("Pickup branch"),
        "control_number": _("Control number"),
        "isbn": _("ISBN"),
        "title": _("Title"),
        "checked_out_at": _("Loan date"),
        "due": _("Due"),
        "renewals": _("Renewal count"),
        "placed_at": _("Placed"),
        "until": _("Hold expires"),
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
    return _("{what} (full)").format(what=what) if source.full else _("{what} (changes)").format(what=what)
