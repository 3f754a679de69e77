"""Derive class and subject codes of a title from its class numbers, and name them.

Source: Dewey Decimal Classification; Chinese Library Classification (中图法).
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Title
from hub.outreach.recommendations.reading_profiles.recommender.features import Text, plain

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


def text(title: Title) -> Text:
    """Return the recommender's input for a title."""
    return Text(
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
