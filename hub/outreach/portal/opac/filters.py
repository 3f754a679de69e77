"""Narrow and sort search results on phones; each choice is a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Value
from django.db.models.functions import Lower, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.outreach.library_system.central import the_central

LANGUAGES = {
    "chi": pgettext_lazy("language of a book", "Chinese"),
    "eng": pgettext_lazy("language of a book", "English"),
    "mon": pgettext_lazy("language of a book", "Mongolian"),
    "rus": pgettext_lazy("language of a book", "Russian"),
    "jpn": pgettext_lazy("language of a book", "Japanese"),
    "kor": pgettext_lazy("language of a book", "Korean"),
    "tib": pgettext_lazy("language of a book", "Tibetan"),
    "fre": pgettext_lazy("language of a book", "French"),
    "ger": pgettext_lazy("language of a book", "German"),
    "spa": pgettext_lazy("language of a book", "Spanish"),
}
"""Names of languages by their MARC code."""
SORTS = {
    "": pgettext_lazy("sorted by", "Best match"),
    "newest": pgettext_lazy("sorted by", "Newest first"),
    "author": pgettext_lazy("sorted by", "Author"),
    "title": pgettext_lazy("sorted by", "Title"),
}
"""Names of the orders; without one, titles stay in the order of the search."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search: codes of an item type, a branch and a language, and copies on the shelf only."""

    type: str = ""
    here: str = ""
    branch: str = ""
    language: str = ""

    def active(self) -> list[str]:
        """Return the names of the filters that are set."""
        return [each for each in self.__slots__ if getattr(self, each)]

    def apply(self, titles: Sequence[int]) -> list[int]:
        """Return the titles that pass, in their order. One copy has to meet all that is asked of copies."""
        kept = set(titles)
        if self.here:
            kept = the_central().on_shelf(list(titles), self.branch, self.type)
        elif self.branch or self.type:
            copies = Item.objects.filter(title__in=titles, condition=Item.Condition.NORMAL)
            copies = copies.filter(branch__code=self.branch) if self.branch else copies
            copies = copies.filter(type__code=self.type) if self.type else copies
            kept = set(copies.values_list("title_id", flat=True))
        if self.language:
            kept &= set(Title.objects.filter(pk__in=titles, language=self.language).values_list("pk", flat=True))
        return [each for each in titles if each in kept]


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """Value that a filter can have, or none, and the address of the results with it."""

    words: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterChip:
    """Filter above the results. One without choices is switched by its own link."""

    words: str
    on: bool
    url: str
    question: str = ""
    choices: tuple[FilterChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterRemoval:
    """Filter whose removal brings titles back: its words, how many there are then, and the address."""

    words: str
    count: int
    url: str


class FilteredSearch:
    """A search with the filters and the order of its address."""

    def __init__(self, typed: str, query: Mapping[str, Any]) -> None:
        self.typed = typed
        self.branches = {each.code: str(each) for each in Branch.objects.all()}
        self.types = {each.code: str(each) for each in ItemType.objects.all()}
        found = {name: query.get(name, "") for name in ("type", "branch", "language")}
        found = {name: value for name, value in found.items() if value in self._values(name)}
        self.filters = Filters(**found, here="1" if query.get("here") else "")
        self.sort: str = query.get("sort", "") if query.get("sort") in SORTS else ""

    def _values(self, name: str) -> Mapping[str, Any]:
        return {"type": self.types, "branch": self.branches, "language": LANGUAGES}[name]

    @property
    def link(self) -> str:
        """The address of these results."""
        return self._url(self.filters)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Name and value of each choice that the next search keeps."""
        return list(self._choices(self.filters, self.sort).items())

    def _choices(self, filters: Filters, sort: str) -> dict[str, str]:
        return {each: getattr(filters, each) for each in filters.active()} | ({"sort": sort} if sort else {})

    def _url(self, filters: Filters, sort: str | None = None) -> str:
        chosen = self._choices(filters, self.sort if sort is None else sort)
        return "?" + urlencode({"q": self.typed, **chosen})

    @property
    def everything(self) -> str:
        """The address of the results without filters."""
        return self._url(Filters())

    def titles(self, found: Sequence[int]) -> list[int]:
        """Return the titles that pass the filters, in the chosen order."""
        kept = self.filters.apply(found)
        if not self.sort:
            return kept
        match self.sort:
            case "newest":
                order = [F("year").desc(nulls_last=True), F("added_at").desc(nulls_last=True)]
            case "author":
                order = [Lower(NullIf("author", Value(""))).asc(nulls_last=True), Lower("title").asc()]
            case _:
                order = [Lower("title").asc()]
        return list(Title.objects.filter(pk__in=kept).order_by(*order, "pk").values_list("pk", flat=True))

    def sorting(self) -> FilterChip:
        """Return the choice of the order."""
        choices = tuple(
            FilterChoice(str(words), self._url(self.filters, name), name == self.sort) for name, words in SORTS.items()
        )
        return FilterChip(str(SORTS[self.sort]), False, choices[0].url, _("Sort by"), choices)

    def chips(self, titles: Sequence[int]) -> list[FilterChip]:
        """Return the filters that have something to choose, those in use first; `titles` is without filters."""
        return sorted(self._chips(titles), key=lambda each: not each.on)

    def _chips(self, titles: Sequence[int]) -> Iterator[FilterChip]:
        spoken = set(Title.objects.filter(pk__in=titles).order_by().values_list("language", flat=True).distinct())
        languages = {each: str(name) for each, name in LANGUAGES.items() if each in {*spoken, self.filters.language}}
        yield from self._chip("type", _("All types"), _("Which type?"), self.types)
        switched = replace(self.filters, here="" if self.filters.here else "1")
        yield FilterChip(_("On the shelf"), bool(self.filters.here), self._url(switched))
        yield from self._chip("branch", _("All branches"), _("Which branch?"), self.branches)
        yield from self._chip("language", _("All languages"), _("Which language?"), languages)

    def _chip(self, name: str, every: str, question: str, values: Mapping[str, str]) -> Iterator[FilterChip]:
        if len(values) > 1:
            now = getattr(self.filters, name)
            choices = tuple(
                FilterChoice(words, self._url(replace(self.filters, **{name: value})), value == now)
                for value, words in (("", every), *values.items())
            )
            yield FilterChip(values.get(now, every), bool(now), choices[0].url, question, choices)

    def removals(self, titles: Sequence[int]) -> list[FilterRemoval]:
        """Return the filters without which there would be titles; none if one more has to go."""
        found = []
        for each in self.filters.active():
            wider = replace(self.filters, **{each: ""})
            if count := len(wider.apply(titles)):
                words = _("On the shelf") if each == "here" else str(self._values(each)[getattr(self.filters, each)])
                found.append(FilterRemoval(words, count, self._url(wider)))
        return found
