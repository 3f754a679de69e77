"""List the staff pages behind the last entry of the top bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Entry:
    """A page: `name` is the entry under which it declares itself, `url` the name of its URL."""

    name: str
    words: _StrPromise
    url: str


MORE: tuple[Entry, ...] = (
    Entry("titles", gettext_lazy("Catalogue"), "search:titles"),
    Entry("searches", gettext_lazy("Watching"), "finding:staff_searches"),
    Entry("records", gettext_lazy("Records"), "people:lists"),
    Entry("messages", gettext_lazy("Messages"), "delivery:log"),
    Entry("news", gettext_lazy("What is new"), "news:overview"),
    Entry("campaigns", gettext_lazy("Campaigns"), "campaigns:campaigns"),
    Entry("events", gettext_lazy("Events"), "campaigns:list_events"),
    Entry("posters", gettext_lazy("Posters"), "campaigns:posters"),
    Entry("questions", gettext_lazy("Ask a librarian"), "voice:questions"),
    Entry("feedback", gettext_lazy("Feedback"), "voice:feedback"),
    Entry("suggestions", gettext_lazy("Suggestions"), "voice:suggestions"),
    Entry("questionnaires", gettext_lazy("Questionnaires"), "voice:questionnaires"),
    Entry("courses", gettext_lazy("Courses"), "voice:courses"),
    Entry("resources", gettext_lazy("Online resources"), "voice:resources"),
    Entry("phones", gettext_lazy("Patrons' phones"), "phone:posters"),
    Entry("habits", gettext_lazy("When books come back"), "habit:habits"),
    Entry("rules", gettext_lazy("Lending rules"), "rules:overview"),
    Entry("imports", gettext_lazy("Imports"), "following:overview"),
    Entry("in_house", gettext_lazy("Used in the library"), "rules:in_house"),
    Entry("overdue", gettext_lazy("Overdue and lost"), "habit:overdue"),
    Entry("figures", gettext_lazy("Figures"), "day:figures"),
    Entry("goals", gettext_lazy("Goals"), "day:goals"),
    Entry("absent", gettext_lazy("Key patrons away"), "day:absent"),
    Entry("segments", gettext_lazy("Segments"), "reading:segments"),
    Entry("editions", gettext_lazy("E-editions"), "editions:editions"),
    Entry("shelves", gettext_lazy("Shelf maps"), "shelves:floors"),
    Entry("audit", gettext_lazy("Who saw what"), "audit:overview"),
    Entry("policy", gettext_lazy("Policy and own sign-in"), "audit:policy"),
)
"""Entries in the order of the menu; an app appends its own."""
