"""Translate English error messages of the imports for pages, by matching their sentence patterns.

An unknown message is returned in English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop

from hub.ils_import.display_text import kinds

BLANK = re.compile(r"\\\{(\w+)\\\}")


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
        gettext_noop("{file}: its cells are parted by {sign}: save it anew with commas"),
        gettext_noop("{file}: the heading lacks {columns}; known columns are {known}"),
        gettext_noop("{file}: unknown column {columns}; known columns are {known}"),
        gettext_noop("{file}: {columns} stands twice in the heading"),
        gettext_noop("{file} is neither in UTF-8 nor in GB 18030: save it anew as “CSV UTF-8”"),
        gettext_noop("{file}, line {line}: this is no CSV: {detail}"),
        gettext_noop(
            "{file}: No such file or directory: does the library's system write it, and may this user read it?"
        ),
        gettext_noop("{file}: Permission denied: does the library's system write it, and may this user read it?"),
        gettext_noop("{file}: {detail}: does the library's system write it, and may this user read it?"),
        gettext_noop(
            "the full sheet names {named} of the {there} {what} that are here, and would end {ending}: "
            "nothing was taken of it. Look whether it is cut off; where it is right say --most-may-end"
        ),
        gettext_noop("the row has {cells} cells, the heading {columns}: a comma too many, or a quote missing"),
        gettext_noop("the source gives the same list for ever: tell those who keep it"),
        gettext_noop("the source says {detail}"),
        gettext_noop("{url} does not answer: {detail}"),
        gettext_noop("{url} answers with more than {bytes} bytes: let it give shorter lists"),
        gettext_noop("{url} answers with a document type, which no OAI-PMH source has"),
        gettext_noop("{url} answers no XML: {detail}"),
        gettext_noop("{url} answers {status}: is that the address of its OAI-PMH?"),
        gettext_noop("{url} is busy and asked to wait {times} times: try later"),
        gettext_noop("hub error: {detail}"),
        gettext_noop("no title in field 245"),
        gettext_noop("no record begins here: is it MARC 21, CNMARC or MARCXML?"),
        gettext_noop("it breaks off after {there} of {said} bytes: fetch the file anew"),
        gettext_noop(
            "it says that it has {said} bytes and has {there}: a program that knows no MARC "
            "has changed it; export it anew"
        ),
        gettext_noop("its directory is broken, export it anew ({detail})"),
        gettext_noop("the file breaks off: {detail}"),
        gettext_noop("no record in it: MARCXML is a <collection>, and this a <{name}>"),
        gettext_noop("{file}: {name} is unknown: it has [[source]] only"),
        gettext_noop("{file}: two sources are called {name}: each has a name of its own"),
        gettext_noop("{file}, source {number}: it has either a file or a url"),
        gettext_noop('{file}, source {number}: a url is a catalogue by OAI-PMH: reads = "titles"'),
        gettext_noop("{file}, source {number}: file is written from the root: /srv/export/loans.csv"),
        gettext_noop("{file}, source {number}: no title ends with a file of records: leave full out"),
        gettext_noop("{file}, source {number}, {place}: {detail}"),
    )
