"""Derive class and subject codes of a title from its class numbers, name them, and list those in the catalogue.

Source: Dewey Decimal Classification; Chinese Library Classification (中图法).
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, Min, Q
from django.db.models.functions import Left
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Title
from hub.outreach.recommendations.reading_profiles.recommender import TitleText, plain

CHINESE, DEWEY = re.compile(r"([A-Z]{1,2})(\d{0,3})"), re.compile(r"\d{3}")
COLUMNS = (
    "pk",
    "title",
    "subtitle",
    "author",
    "clc",
    "dewey",
    "call_number",
    "subject",
    "year",
    "headings",
    "language",
)
NO_LANGUAGE = ("mis", "mul", "und", "zxx")
"""MARC language codes that name no single language."""
NUMBER_COLUMNS = ("clc", "dewey", "call_number", "subject")
SIGNS = {1: 3, 2: 5}
"""Characters of a class number that identify a class, and a subject: at most 813 and TP312."""


def codes(title: Title) -> tuple[str, ...]:
    """Return the broad class and the finer subject: I and I247, or 8 and 813.

    A call number is used only if it is of the record's scheme: PL410 is not class P of 中图法.
    """
    for number in (title.clc, title.dewey, title.call_number):
        found = DEWEY.match(number) or (CHINESE.match(number) if number == title.clc or _of_cover(title) else None)
        if found:
            return tuple(dict.fromkeys((found[0][0], found[0])))
    return (title.subject[:1],) if title.subject else ()


class Classes:
    """Cache of title classes, each title read once; a title without a class number has the empty class."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def is_another(self, title: int, others: set[int]) -> bool:
        """Return whether the title's class differs from all others'; False if it has none."""
        unread = {title, *others} - self._known.keys()
        if unread:
            self._known |= dict.fromkeys(unread, "")
            found = Title.objects.filter(pk__in=unread).only(*COLUMNS)
            self._known |= {each.pk: next(iter(codes(each)), "") for each in found}
        own = self._known[title]
        return bool(own) and own not in {self._known[each] for each in others}


def _of_cover(title: Title) -> bool:
    return bool(title.subject[:1].isalpha() and title.call_number.startswith(title.subject[:1]))


def text(title: Title) -> TitleText:
    """Return the recommender's input for a title."""
    return TitleText(
        f"{title.title} {title.subtitle}",
        title.author,
        codes(title),
        title.year,
        tuple(title.headings.splitlines()),
        "" if title.language in NO_LANGUAGE else title.language,
    )


def topic(title: Title, feature: str) -> str:
    """Return the heading topic as the catalogue writes it."""
    topics = (each.partition(" -- ")[0] for each in title.headings.splitlines())
    return next((each for each in topics if plain(each) == feature), feature)


def is_subject_code(code: str) -> bool:
    """Return whether it is the code of a class or subject."""
    return code[:1] in names() and bool(re.fullmatch(r"[A-Z]{1,2}\d{0,3}|\d|\d{3}", code))


def label(code: str) -> str:
    """Return its name; a subject is named by its class, followed by the code."""
    name = names().get(code[:1], code)
    return name if len(code) == 1 else _("{name} ({code})").format(name=name, code=code)


def names() -> dict[str, str]:
    """Return the translated names of the Dewey and 中图法 classes."""
    return {
        "0": pgettext("class", "General and computing"),
        "1": pgettext("class", "Philosophy and psychology"),
        "2": pgettext("class", "Religion"),
        "3": pgettext("class", "Social sciences"),
        "4": pgettext("class", "Language"),
        "5": pgettext("class", "Natural sciences"),
        "6": pgettext("class", "Technology and medicine"),
        "7": pgettext("class", "Arts and sport"),
        "8": pgettext("class", "Literature"),
        "9": pgettext("class", "History and geography"),
        "A": pgettext("class", "Marxism, Leninism"),
        "B": pgettext("class", "Philosophy and religion"),
        "C": pgettext("class", "Social sciences in general"),
        "D": pgettext("class", "Politics and law"),
        "E": pgettext("class", "Military"),
        "F": pgettext("class", "Economics"),
        "G": pgettext("class", "Culture, education, sport"),
        "H": pgettext("class", "Languages"),
        "I": pgettext("class", "Literature"),
        "J": pgettext("class", "Art"),
        "K": pgettext("class", "History and geography"),
        "N": pgettext("class", "Science in general"),
        "O": pgettext("class", "Mathematics, physics, chemistry"),
        "P": pgettext("class", "Astronomy and earth"),
        "Q": pgettext("class", "Biology"),
        "R": pgettext("class", "Medicine and health"),
        "S": pgettext("class", "Agriculture"),
        "T": pgettext("class", "Technology"),
        "U": pgettext("class", "Transport"),
        "V": pgettext("class", "Aviation and space"),
        "X": pgettext("class", "Environment"),
        "Z": pgettext("class", "General works"),
    }


@dataclass(frozen=True, slots=True)
class HeldClass:
    """Class or subject in the catalogue.

    `such` is an example title, for readers who do not know the number.
    """

    code: str
    words: str
    titles: int
    such: str


def classes() -> list[HeldClass]:
    """Return the classes in the catalogue, by code."""
    return _count_titles("", 1)


def subjects_of_class(class_code: str) -> list[HeldClass]:
    """Return the subjects of a class, those with the most titles first."""
    return sorted(
        (each for each in _count_titles(class_code, 2) if each.code != class_code),
        key=lambda each: (-each.titles, each.code),
    )


def has(code: str) -> bool:
    """Return whether the catalogue has titles of this class or subject."""
    return any(each.code == code for each in _count_titles(code[:1], 2))


def _count_titles(prefix: str, level: int) -> list[HeldClass]:
    """Return classes or subjects by code. SQL groups titles by number prefix, so that not each is read."""
    starts = {f"{each}_": Left(each, SIGNS[level]) for each in NUMBER_COLUMNS}
    maybe = reduce(or_, (Q(**{f"{each}__startswith": prefix}) for each in NUMBER_COLUMNS)) if prefix else Q()
    found = Title.objects.filter(maybe).order_by().annotate(**starts).values(*starts)
    rows = found.annotate(titles=Count("pk"), such=Min("title"))
    counts: dict[str, tuple[int, str]] = {}
    for row in rows:
        own = codes(Title(**{each: row[f"{each}_"] for each in NUMBER_COLUMNS}))
        for code in own[:level] if own and own[0].startswith(prefix[:1]) else ():
            titles, such = counts.get(code, (0, row["such"]))
            counts[code] = titles + row["titles"], min(such, row["such"])
    return [
        HeldClass(code, label(code), titles, such)
        for code, (titles, such) in sorted(counts.items())
        if is_subject_code(code)
    ]
