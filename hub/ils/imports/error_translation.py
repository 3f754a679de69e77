"""Translate English error messages of the imports for pages, by matching their sentence patterns.

An unknown message is returned in English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop

from hub.ils.imports.display_text import kinds

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
