"""Describe faults, fields and next actions of conflicting rows in the language of the page.

English error messages of the imports are translated by the patterns of their sentences; an unknown one stays English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop, pgettext
from django.utils.translation import gettext as _

from hub.csv_sheets.csv_reader import Wrong
from hub.ils.imports.sources import Source
from hub.ils.models import Conflict, ImportRun

BLANK = re.compile(r"\\\{(\w+)\\\}")


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


@dataclass(frozen=True, slots=True)
class TranslatedError:
    """An error message for display; `english` if it could not be translated."""

    text: str
    english: bool

    def __bool__(self) -> bool:
        return bool(self.text)


def translate(fault: str) -> TranslatedError:
    if (get_language() or "en").startswith("en"):
        return TranslatedError(fault, english=False)
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(fault):
            facts = found.groupdict()
            if what := facts.get("what"):
                facts["what"] = kinds().get(what, what)
            return TranslatedError(gettext(sentence).format(**facts), english=False)
    return TranslatedError(fault, english=True)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, re.compile(BLANK.sub(r"(?P<\1>.+?)", re.escape(each)), re.DOTALL)) for each in _sentences())


def _sentences() -> tuple[str, ...]:
    """Return the patterns, specific ones before general ones."""
    return (
        gettext_noop("{file}: columns are separated by {sign}; save it with commas"),
        gettext_noop("{file}: the header lacks {columns}; known columns are {known}"),
        gettext_noop("{file}: unknown column {columns}; known columns are {known}"),
        gettext_noop("{file}: {columns} occurs twice in the header"),
        gettext_noop("{file} is neither UTF-8 nor GB 18030; save it as “CSV UTF-8”"),
        gettext_noop("{file}, line {line}: not valid CSV: {detail}"),
        gettext_noop("{file}: No such file or directory; check that the ILS writes it and that this user may read it"),
        gettext_noop("{file}: Permission denied; check that the ILS writes it and that this user may read it"),
        gettext_noop("{file}: {detail}; check that the ILS writes it and that this user may read it"),
        gettext_noop(
            "the full file lists {named} of the {there} {what} in the hub and would end {ending}; "
            "nothing was imported. Check whether it is truncated; if it is correct, use --most-may-end"
        ),
        gettext_noop("the row has {cells} cells, the header {columns}; check for an extra comma or a missing quote"),
        gettext_noop("the source repeats the same list; contact its administrator"),
        gettext_noop("the source reports {detail}"),
        gettext_noop("{url} does not respond: {detail}"),
        gettext_noop("{url} responds with more than {bytes} bytes; configure shorter lists"),
        gettext_noop("{url} responds with a document type declaration; this is not OAI-PMH"),
        gettext_noop("{url} does not respond with XML: {detail}"),
        gettext_noop("{url} responds with status {status}; check the OAI-PMH address"),
        gettext_noop("{url} is busy and asked to wait {times} times; try again later"),
        gettext_noop("hub error: {detail}"),
        gettext_noop("no title in field 245"),
        gettext_noop("no record starts here; check that the file is MARC 21, CNMARC or MARCXML"),
        gettext_noop("the record ends after {there} of {said} bytes; fetch the file again"),
        gettext_noop(
            "the record states {said} bytes but has {there}; a program without MARC support changed it, export it again"
        ),
        gettext_noop("the record directory is damaged; export it again ({detail})"),
        gettext_noop("the file ends early: {detail}"),
        gettext_noop("no record in the file: MARCXML starts with <collection>, this file with <{name}>"),
        gettext_noop("{file}: {name} is unknown; only [[source]] is allowed"),
        gettext_noop("{file}: two sources are named {name}; each needs its own name"),
        gettext_noop("{file}, source {number}: needs either a file or a url"),
        gettext_noop('{file}, source {number}: a url is an OAI-PMH catalogue; set reads = "titles"'),
        gettext_noop("{file}, source {number}: file must be an absolute path, such as /srv/export/loans.csv"),
        gettext_noop("{file}, source {number}: a record file never ends titles; remove full"),
        gettext_noop("{file}, source {number}, {place}: {detail}"),
    )
