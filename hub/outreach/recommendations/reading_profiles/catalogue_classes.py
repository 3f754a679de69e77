"""List the classes and subjects in the catalogue, each with its number of titles and an example title."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, Min, Q
from django.db.models.functions import Left

from hub.catalogue.models import Title
from hub.outreach.recommendations.reading_profiles import subjects

COLUMNS = ("clc", "dewey", "call_number", "subject")
SIGNS = {1: 3, 2: 5}
"""Characters of a class number that identify a class, and a subject: at most 813 and TP312."""


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
    starts = {f"{each}_": Left(each, SIGNS[level]) for each in COLUMNS}
    maybe = reduce(or_, (Q(**{f"{each}__startswith": prefix}) for each in COLUMNS)) if prefix else Q()
    found = Title.objects.filter(maybe).order_by().annotate(**starts).values(*starts)
    rows = found.annotate(titles=Count("pk"), such=Min("title"))
    counts: dict[str, tuple[int, str]] = {}
    for row in rows:
        codes = subjects.codes(Title(**{each: row[f"{each}_"] for each in COLUMNS}))
        for code in codes[:level] if codes and codes[0].startswith(prefix[:1]) else ():
            titles, such = counts.get(code, (0, row["such"]))
            counts[code] = titles + row["titles"], min(such, row["such"])
    return [
        HeldClass(code, subjects.label(code), titles, such)
        for code, (titles, such) in sorted(counts.items())
        if subjects.is_subject_code(code)
    ]
